"""What SQLite answers by itself is what one gets by looking at every track."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import NOISE, AcousticDescriptors, EmbeddedTrack, FoundFile, Guess, TrackTags

ENCODER = "abc"


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    made = open_catalogue(tmp_path / "library.sqlite")
    made.set_active_encoder(ENCODER)
    genres = [(), ("Rock",), ("Jazz", "Rock")]
    with made.transaction():
        for number in range(1, 31):
            vector = np.random.default_rng(number).normal(size=4).astype(np.float32)
            ours = ("Rock",) if number % 5 == 0 else ()
            made.put_track(
                EmbeddedTrack(
                    FoundFile(Path(f"/m/{('a', 'a b', 'a0')[number % 3]}/{number}.x.mp3").absolute(), 1, 1),
                    f"payload {number}",
                    TrackTags(f"Artist {number}", f"Title {number}", "Ägir", genres[number % 3], ours),
                    100.5 * number,
                    "soundfile",
                    vector,
                    1.0,
                    None,
                    descriptors=AcousticDescriptors(1.0, 2.0, 3.0) if number == 7 else None,
                ),
                ENCODER,
            )
        made.put_clusters(ENCODER, [], {n: (n % 3 if n % 4 else NOISE, 0.5, 1) for n in range(1, 29)})
        made.put_guesses(ENCODER, {n: Guess(("Funk", "Soul"), 0.7, "neighbours") for n in range(1, 20, 2)})
        made.put_imported_genres({"payload 3": ["Polka"], "payload 4": []})
        made.mark_gone([2, 9])
    return made


def test_some_tracks_by_id(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.io.catalogue.track_queries._AT_ONCE", 3)
    assert catalogue.tracks_of([5, 2, 1, 30, 999]) == {one: catalogue.track(one) for one in (5, 2, 1, 30)}
    assert catalogue.tracks_of([]) == {}


def test_the_tracks_of_a_cluster(catalogue: Catalogue) -> None:
    tracks = catalogue.tracks()
    for cluster in (NOISE, 0, 1, 2, 7):
        assert catalogue.tracks_in_cluster(cluster) == [track for track in tracks if track.cluster == cluster]
    sizes = Counter(track.cluster for track in tracks if track.cluster is not None)
    assert catalogue.cluster_sizes(ENCODER) == sizes
    assert catalogue.cluster_sizes("other") == {}


def test_sums(catalogue: Catalogue) -> None:
    tracks = catalogue.tracks()
    totals = catalogue.totals(1200)
    assert totals.tracks == len(tracks) == 28
    assert totals.gone == 2
    assert totals.seconds == sum(track.duration for track in tracks)
    assert totals.mixes == sum(track.duration > 1200 for track in tracks)
    assert catalogue.durations() == [track.duration for track in tracks]
    assert catalogue.embedded(1 << 20) == 30
    assert catalogue.embedded(7) == 7
    assert catalogue.embedded_ids(ENCODER) == catalogue.vectors(ENCODER)[0].tolist()


def test_what_was_measured_is_counted(catalogue: Catalogue) -> None:
    counts = catalogue.count_values()
    assert counts == {"bpm": 0, "key": 0, "loudness": 0, "unmeasured": 28, "excerpts": 0}
    assert counts["unmeasured"] == len(catalogue.unmeasured())


def test_genres(catalogue: Catalogue) -> None:
    tracks = catalogue.tracks()
    found = list(catalogue.genre_words())
    assert [row for row, _, _ in found] == [track.id for track in tracks]
    assert [tags.listener_genres for _, tags, _ in found] == [track.tags.listener_genres for track in tracks]
    assert [guess and guess.genres for _, _, guess in found] == [
        track.guess.genres if track.guess else None for track in tracks
    ]
    counts = Counter[tuple[object, ...]]()
    for tags, guessed, number in catalogue.genre_counts():
        counts[tags.genres, tags.our_genres, tags.imported, guessed] += number
    assert counts == Counter((t.tags.genres, t.tags.our_genres, t.tags.imported, t.guess is not None) for t in tracks)


def test_texts(catalogue: Catalogue) -> None:
    assert list(catalogue.texts()) == [
        (track.id, track.tags.artist, track.tags.title, track.tags.album, track.path.stem)
        for track in catalogue.tracks()
    ]


def test_tracks_below_a_folder(catalogue: Catalogue) -> None:
    for names in (["/m/a"], ["/m/a b", "/m/a0"], ["/m"], ["/"], ["/m/a/1.x.mp3"], ["/n"], []):
        tops = {Path(name).absolute() for name in names}
        wanted = {track.id for track in catalogue.tracks() if tops & set(track.path.parents)}
        assert catalogue.tracks_below(tops) == wanted


def test_whether_any_is_described(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.io.catalogue.track_queries._AT_ONCE", 3)
    assert catalogue.any_described(list(range(1, 8)))
    assert not catalogue.any_described([1, 2, 3, 4, 5, 6, 8])
    assert not catalogue.any_described([])
