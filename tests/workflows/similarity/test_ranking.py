"""A list that a person wants to see: filters, versions folded, busy artists held back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from searched_library import at, put, stems

from musicemb.errors import TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.workflows.similarity import ranking
from musicemb.workflows.similarity.ranking import ResultFilters
from musicemb.workflows.similarity.similar import find_similar


def test_matches_are_ordered_by_scaled_similarity(catalogue: Catalogue) -> None:
    matches = find_similar(catalogue, at(catalogue, 0), n=50)
    values = [match.scaled_similarity for match in matches]
    assert values == sorted(values, reverse=True)
    assert all(0 <= value <= 1 for value in values)


def test_artist_album_genre_and_folder(catalogue: Catalogue) -> None:
    seed = at(catalogue, 0)
    found = find_similar(catalogue, seed, n=60, filters=ResultFilters(same_artist=False))
    assert "Artist 0" not in {match.track.tags.artist for match in found}
    found = find_similar(catalogue, seed, n=60, filters=ResultFilters(same_album=False))
    own = [m for m in found if m.track.tags.album == "Album 0" and m.track.path.parent == seed.path.parent]
    assert not own
    found = find_similar(catalogue, seed, n=60, filters=ResultFilters(within="jazz"))
    assert {match.track.tags.genres for match in found} == {("Jazz",)}
    assert stems(
        find_similar(catalogue, seed, n=60, filters=ResultFilters(within=str(Path("/m/b").absolute())))
    ) == stems(found)
    for nothing in ("polka", "/no/where"):
        with pytest.raises(TrackNotFound):
            find_similar(catalogue, seed, filters=ResultFilters(within=nothing))


def test_versions_are_folded_and_unfolded(catalogue: Catalogue) -> None:
    for number, title in ((70, "Song 8 (Live)"), (71, "Song 8 - 2011 Remaster")):
        put(catalogue, number, title=title, artist="Artist 1")
    folded = find_similar(catalogue, at(catalogue, 0), n=80)
    (row,) = [match for match in folded if {match.track, *match.versions} & {at(catalogue, 8)}]
    assert sorted(stems([row.track, *row.versions])) == ["70", "71", "8"]
    assert (
        len(find_similar(catalogue, at(catalogue, 0), n=80, filters=ResultFilters(all_versions=True)))
        == len(folded) + 2
    )
    assert not {"70", "71"} & set(stems(find_similar(catalogue, at(catalogue, 8), n=80)))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=40))
def test_the_first_come_before_the_others_are_put_in_order(values: list[tuple[int, int]]) -> None:
    score, cosines = (np.array([pair[which] / 10 for pair in values], dtype=np.float64) for which in (0, 1))
    ids = np.arange(len(values))[::-1].copy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "_FIRST_RANKED", 4)
        order = list(ranking._best_first(ids, cosines, score))
    assert order == np.lexsort((ids, -cosines, -score)).tolist()


@pytest.mark.parametrize("filters", [ResultFilters(), ResultFilters(among={1, 4, 7}), None])
def test_recordings_are_those_of_whole_tracks(
    filters: ResultFilters | None, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "_AT_ONCE", 5)
    ids = np.array([track.id for track in catalogue.tracks()])
    places = [3, 1, *range(6, len(ids))]
    wanted = [(row, catalogue.track(int(ids[row]))) for row in places]
    expected = [
        (row, track.payload_hash, track.tags.artist)
        for row, track in wanted if (filters or ResultFilters()).allow(track)
    ]  # fmt: skip
    assert list(ranking.look_up_recordings(catalogue, ids, places, filters)) == expected
    assert expected
