"""What the index counts is what the catalogue counts, whatever changed since the index was made."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from searched_library import ENCODER, put

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.index import places
from musicemb.records import NOISE, Guess, MusicalKey, TrackTags, TrackValues
from musicemb.settings import LONGEST_TRACK
from musicemb.workflows.index import library_index, summaries
from musicemb.workflows.index.library_index import open_index

GENRES = ((), ("Rock",), ("Jazz", "Rock"), ("r\udcffck",))


@pytest.fixture(autouse=True)
def _small_libraries_have_an_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 5)


def both_agree(catalogue: Catalogue) -> None:
    """Whether the answers of the index are those of the catalogue, which knows nothing of it."""
    assert open_index(catalogue) is not None
    assert summaries._find(catalogue) is not None
    assert summaries.track_totals(catalogue) == catalogue.totals(LONGEST_TRACK)
    assert summaries.count_values(catalogue) == catalogue.count_values()
    assert summaries.cluster_sizes(catalogue, ENCODER) == catalogue.cluster_sizes(ENCODER)
    ids, clusters = summaries.clusters_of_tracks(catalogue, ENCODER)
    known = {track: home for track, (home, _, gone) in catalogue.memberships(ENCODER).items() if not gone}
    assert dict(zip(ids.tolist(), clusters.tolist(), strict=True)) == known
    for cluster in {*known.values(), NOISE, 99}:
        assert summaries.tracks_in_cluster(catalogue, cluster) == catalogue.tracks_in_cluster(cluster)
    counted = Counter[tuple[TrackTags, bool]]()
    for tags, guessed, number in summaries.genre_counts(catalogue):
        counted[tags, guessed] += number
    assert counted == {(tags, guessed): number for tags, guessed, number in catalogue.genre_counts()}
    for wanted in ("Rock", "Jazz", "Folk", "r\udcffck"):
        chosen = summaries.tracks_with_words(
            catalogue,
            lambda tags, guess, wanted=wanted: wanted in tags.listener_genres + (guess.genres if guess else ()),  # type: ignore[misc]
        )
        assert chosen == [
            track.id
            for track in catalogue.tracks()
            if wanted in track.tags.listener_genres + (track.guess.genres if track.guess else ())
        ]


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    what = st.sampled_from(["gone", "guess", "group", "measure", "retag", "import", "nothing"])
    return draw(st.lists(st.tuples(what, st.integers(1, 9), st.integers(0, 3)), max_size=6))


def apply(catalogue: Catalogue, what: str, track: int, value: int) -> None:
    if what == "gone":
        catalogue.mark_gone([track])
    elif what == "guess":
        catalogue.put_guesses(ENCODER, {track: Guess(("Folk", "Rock")[:value] or ("Jazz",), 0.5, "neighbours")})
    elif what == "group":
        catalogue.put_clusters(ENCODER, [], {track: (value, 0.5, value), 10 - track: (NOISE, 0.1, value)})
    elif what == "measure":
        key = MusicalKey.from_text("Am") if value else None
        catalogue.put_values(f"payload {track}", TrackValues(120.0 if value > 1 else None, 0.9, key, 0.8, None, 0.0))
    elif what == "import":
        catalogue.put_imported_genres({f"payload {track}": GENRES[value]})
    elif what == "retag":
        put(catalogue, track, genres=GENRES[value])


@given(changes())
@settings(max_examples=trials(25), deadline=None)
def test_the_index_counts_what_the_catalogue_counts(steps: list[tuple[str, int, int]]) -> None:

    with (
        tempfile.TemporaryDirectory() as folder,
        open_catalogue(Path(folder).absolute() / "library.sqlite") as catalogue,
    ):
        catalogue.set_active_encoder(ENCODER, "fake")
        for number in range(1, 10):
            put(catalogue, number, genres=GENRES[number % 4])
        both_agree(catalogue)
        for step in steps:
            apply(catalogue, *step)
        both_agree(catalogue)


def test_what_only_counts_makes_no_index(catalogue: Catalogue) -> None:
    catalogue.put_clusters(ENCODER, [], {1: (3, 0.5, 3)})
    assert summaries.cluster_sizes(catalogue, ENCODER) == {3: 1}
    assert [track.id for track in summaries.tracks_in_cluster(catalogue, 3)] == [1]
    assert summaries.track_totals(catalogue).tracks == 60
    assert sum(number for _, _, number in summaries.genre_counts(catalogue)) == 60
    assert len(summaries.tracks_with_words(catalogue, lambda tags, _: "Jazz" in tags.genres)) == 30
    assert not list(catalogue.path.parent.glob("*.index"))
    assert open_index(catalogue) is not None  # that one was looked for in vain does not keep it from being made


def test_of_another_encoder_the_catalogue_tells(catalogue: Catalogue) -> None:
    assert open_index(catalogue) is not None
    catalogue.add_encoder("other0000000")
    catalogue.put_clusters("other0000000", [], {1: (3, 0.5, 3), 2: (3, 0.5, 3)})
    assert summaries.cluster_sizes(catalogue, "other0000000") == {3: 2}
