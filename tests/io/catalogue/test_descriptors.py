"""How tracks sound, whatever encoder heard them."""

from __future__ import annotations

from made_tracks import embedded

from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import AcousticDescriptors

ENCODER = "first"


SOUND = AcousticDescriptors(120.0, 1800.0, 6.5)


def test_a_track_sounds_as_it_was_heard_last(catalogue: Catalogue) -> None:
    first = catalogue.put_track(embedded(descriptors=SOUND), ENCODER)
    second = catalogue.put_track(embedded("/music/b.mp3", seed=1), ENCODER)
    assert catalogue.descriptors() == {first: SOUND}
    catalogue.mark_gone([first])
    assert catalogue.descriptors() == {}
    catalogue.mark_found([first])
    catalogue.put_descriptors(second, SOUND)
    catalogue.put_descriptors(first, None)
    assert catalogue.descriptors() == {second: SOUND}
    catalogue.mark_gone([second])
    catalogue.forget_gone()
    assert catalogue.descriptors() == {}


def test_tracks_that_play_longer_are_told_by_their_length(catalogue: Catalogue) -> None:
    row = catalogue.put_track(embedded(), ENCODER)  # 240 s
    assert catalogue.longer_than(239.9) == {row}
    assert catalogue.longer_than(240.0) == set()
    catalogue.mark_gone([row])
    assert catalogue.longer_than(0.0) == set()
