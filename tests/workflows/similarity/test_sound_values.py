"""What is heard in tracks, and in clusters."""

from __future__ import annotations

from dataclasses import replace

from searched_library import LISTENING

from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import NOISE, SoundValues
from musicemb.workflows.similarity.library_vectors import open_space
from musicemb.workflows.similarity.sound_values import hear_values, share_by_cluster


def test_every_track_has_its_values(calm_library: Catalogue) -> None:
    assert LISTENING.tag_heads is not None
    values = hear_values(open_space(calm_library), LISTENING.tag_heads)
    tracks = calm_library.tracks()
    assert values.keys() == {track.id for track in tracks}
    for track in tracks:
        even = int(track.path.stem) % 2 == 0
        assert ("calm" in values[track.id].moods, "piano" in values[track.id].instruments) == (even, not even)


def test_a_cluster_has_what_most_of_its_tracks_have(calm_library: Catalogue) -> None:
    calm, other = SoundValues(moods=("calm",)), SoundValues(energy="high")
    tracks = [
        replace(track, cluster=cluster)
        for track, cluster in zip(calm_library.tracks(), [0, 0, 0, 1, 1, NOISE, None], strict=False)
    ]
    values = dict(zip([track.id for track in tracks], [calm, calm, other, calm, other, other, other], strict=True))
    assert share_by_cluster(tracks, values) == {0: calm, 1: SoundValues(), NOISE: other}
    assert share_by_cluster(tracks, {}) == {}
