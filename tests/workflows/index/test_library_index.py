"""A library with an index answers as one without; an index that does not fit is never believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from searched_library import ENCODER, put, stems

from musicemb.core.similarity.folding import fold_text
from musicemb.errors import AmbiguousTrack, CatalogueError, TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.index import places
from musicemb.io.index.array_file import column, open_arrays, write_arrays
from musicemb.records import Track
from musicemb.workflows.index import contents, library_index
from musicemb.workflows.index.library_index import damaged_index, open_index, refresh_index
from musicemb.workflows.index.summaries import track_totals
from musicemb.workflows.similarity.library_vectors import open_space, store_neighbourhood_stats
from musicemb.workflows.similarity.playlist import PlaylistLength, playlist_between
from musicemb.workflows.similarity.ranking import ResultFilters, _best_first, look_up
from musicemb.workflows.similarity.similar import find_seed, find_similar

NAMES = ("Ivy", "Ivy Rose", "The Roses", "Ümlaut", "!!!", "", "a b", "ros\ued02e")


@pytest.fixture(autouse=True)
def _in_its_own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 5)


@contextmanager
def indexed(fewest: int) -> Iterator[None]:
    """Libraries of at least so many tracks have an index."""
    before = library_index.FEWEST_INDEXED
    library_index.FEWEST_INDEXED = fewest
    library_index._OPENED.clear()
    try:
        yield
    finally:
        library_index.FEWEST_INDEXED = before
        library_index._OPENED.clear()


@st.composite
def libraries(draw: st.DrawFn) -> list[tuple[int, str, str, str]]:
    """Tracks of few different vectors, so that many are as near as others: vector, artist, title and album."""
    name = st.sampled_from(NAMES)
    return draw(st.lists(st.tuples(st.integers(0, 6), name, name, name), min_size=33, max_size=50))


def fill(path: Path, library: list[tuple[int, str, str, str]]) -> None:
    with open_catalogue(path) as catalogue, catalogue.transaction():
        catalogue.set_active_encoder(ENCODER)
        for number, (kind, artist, title, album) in enumerate(library):
            vector = np.random.default_rng(kind).normal(size=12) + 0.5
            put(catalogue, number, vector, artist=artist, title=title, album=album, genres=(("Jazz",), ())[number % 2])
        catalogue.mark_gone([3, 4])
        store_neighbourhood_stats(catalogue, ENCODER)


def named(catalogue: Catalogue, words: str) -> list[Track] | str:
    try:
        return [find_seed(catalogue, words)]
    except AmbiguousTrack as several:
        return list(several.candidates)  # type: ignore[arg-type]
    except TrackNotFound as error:
        return str(error)


def plainly_named(catalogue: Catalogue, words: list[str]) -> list[int]:
    """Tracks that hold all words, as one reads it: each text of each track."""
    found = []
    for track in catalogue.tracks():
        texts = (track.tags.artist, track.tags.title, track.tags.album, track.path.stem)
        if all(word in " ".join(map(fold_text, texts)) for word in words):
            found.append(track.id)
    return found


@settings(max_examples=trials(6), deadline=None)
@given(libraries())
def test_answers_are_those_of_the_catalogue(
    tmp_path_factory: pytest.TempPathFactory, library: list[tuple[int, str, str, str]]
) -> None:
    path = tmp_path_factory.mktemp("library") / "library.sqlite"
    fill(path, library)
    filters = (ResultFilters(), ResultFilters(all_versions=True, within="jazz"), ResultFilters(max_per_artist=1))
    answers = []
    for fewest in (5, 1 << 20):
        path.with_name(f"{path.name}.index").unlink(missing_ok=True)
        with indexed(fewest), open_catalogue(path, read_only=True) as catalogue:
            assert (open_index(catalogue) is None) == (fewest > 5)
            seeds = [catalogue.track(1), catalogue.track(33)]
            found: list[object] = [find_similar(catalogue, seeds[0], n=40, filters=each) for each in filters]
            found.append(find_similar(catalogue, seeds[0], n=7, unlike=[seeds[1]]))
            found += [named(catalogue, words) for words in ("rose", "ivy ro", "i", "!", "umlaut", "7", "none such")]
            found.append(playlist_between(catalogue, *seeds, PlaylistLength(9)))
            answers.append(found)
    assert answers[0] == answers[1]


@settings(max_examples=trials(8), deadline=None)
@given(libraries(), st.sampled_from(["o", "ro", "rose", "ivy", "u", "!!", "1", "e"]), st.sampled_from(["", "a", "s"]))
def test_words_are_found_wherever_they_stand(
    tmp_path_factory: pytest.TempPathFactory, library: list[tuple[int, str, str, str]], one: str, two: str
) -> None:
    path = tmp_path_factory.mktemp("library") / "library.sqlite"
    fill(path, library)
    words = [word for word in (one, two) if word]
    with indexed(5), open_catalogue(path) as catalogue:
        index = open_index(catalogue)
        assert index is not None
        assert [track for track, _ in index.lines_with(words)] == plainly_named(catalogue, words)


def test_text_longer_than_a_part_is_found(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "_TEXT_AT_ONCE", 64)
    index = open_index(catalogue)
    assert index is not None
    for words in (["song", "1"], ["artist"], ["59"]):
        assert [track for track, _ in index.lines_with(words)] == plainly_named(catalogue, words)


def test_the_best_come_in_the_order_of_a_full_sort(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.workflows.similarity.ranking._FIRST_RANKED", 4)
    monkeypatch.setattr("musicemb.workflows.similarity.ranking._LOOKED_UP", 2)
    space = open_space(catalogue)
    random = np.random.default_rng(5)
    for levels in (1, 3, 50):
        score = random.integers(0, levels, len(space.ids)) / 10
        cosines = random.integers(0, 4, len(space.ids)) / 10
        wanted = np.lexsort((space.ids, -cosines, -np.round(score, 6))).tolist()
        found = list(look_up(catalogue, space.ids, _best_first(space.ids, cosines, score)))
        assert [row for row, _ in found] == wanted
        assert [track.id for _, track in found] == space.ids[wanted].tolist()


def test_every_change_of_the_library_makes_another_index(catalogue: Catalogue) -> None:
    def place() -> Path:
        return catalogue.path.with_name(f"{catalogue.path.name}.index")

    assert open_index(catalogue) is open_index(catalogue)
    written = place().read_bytes()
    fresh = put(catalogue, 99, artist="Newcomer")
    index = open_index(catalogue)
    assert index is not None
    assert fresh in index.ids
    assert find_seed(catalogue, "newcomer").id == fresh
    assert place().read_bytes() != written
    place().write_bytes(written)  # what was there before, as from a backup
    library_index._OPENED.clear()
    assert find_seed(catalogue, "newcomer").id == fresh
    catalogue.mark_gone([fresh])
    with pytest.raises(TrackNotFound):
        find_seed(catalogue, "newcomer")
    assert stems(find_similar(catalogue, catalogue.track(1), n=90)).count("99") == 0
    catalogue.set_active_encoder("other0000000")
    assert open_index(catalogue) is None


def test_a_torn_or_damaged_index_is_made_again(catalogue: Catalogue) -> None:
    assert open_index(catalogue) is not None
    place = catalogue.path.with_name(f"{catalogue.path.name}.index")
    whole = place.read_bytes()
    assert damaged_index(catalogue) is None
    place.write_bytes(whole[:-5])
    library_index._OPENED.clear()
    assert open_index(catalogue) is not None
    assert place.read_bytes() == whole
    place.write_bytes(whole[:9000] + bytes([whole[9000] ^ 1]) + whole[9001:])
    assert damaged_index(catalogue) == place


def test_an_index_of_another_encoder_is_not_believed(catalogue: Catalogue) -> None:
    assert open_index(catalogue) is not None
    place = catalogue.path.with_name(f"{catalogue.path.name}.index")
    opened = open_arrays(place)
    assert opened is not None
    facts = {**opened.facts, "encoder": "other0000000"}
    before = similar_names(catalogue)
    write_arrays(place, facts, {**opened.columns(), "vectors": column(np.float32, [-opened["vectors"][::-1]])})
    library_index._OPENED.clear()
    assert similar_names(catalogue) == before
    made = open_arrays(place)
    assert made is not None and made.facts["encoder"] == ENCODER


def test_damaged_words_are_told_in_one_line(catalogue: Catalogue) -> None:
    assert open_index(catalogue) is not None
    place = catalogue.path.with_name(f"{catalogue.path.name}.index")
    whole = place.read_bytes()
    at = whole.index(b'{"totals"')
    place.write_bytes(whole[:at] + b"\0" + whole[at + 1 :])
    library_index._OPENED.clear()
    with pytest.raises(CatalogueError, match=r"index is damaged: delete it, and it is made anew$"):
        track_totals(catalogue)
    place.unlink()
    library_index._OPENED.clear()
    assert track_totals(catalogue).tracks == 60


def similar_names(catalogue: Catalogue) -> list[str]:
    return stems(find_similar(catalogue, catalogue.track(1), n=5))


def test_where_the_folder_is_read_only_the_cache_serves(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write = library_index.write_arrays

    def refused(path: Path, *rest: object, **more: object) -> None:
        if path.parent == catalogue.path.parent:
            raise PermissionError(13, "Permission denied")
        write(path, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(library_index, "write_arrays", refused)
    assert open_index(catalogue) is not None
    assert [each.suffix for each in (tmp_path / "cache" / "indexes").iterdir()] == [".index"]
    assert not catalogue.notices


def test_a_full_disk_leaves_the_query_working(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(library_index, "write_arrays", full)
    assert find_similar(catalogue, catalogue.track(1), n=3)
    (notice,) = catalogue.notices
    assert "No space left on device" in notice
    assert "\n" not in notice
    assert not list(catalogue.path.parent.glob("*.index"))


def test_while_another_process_scans_none_is_made(catalogue: Catalogue) -> None:
    with open_catalogue(catalogue.path) as other, other.holding():
        assert open_index(catalogue) is None
        assert find_similar(catalogue, catalogue.track(1), n=3)
        assert list(refresh_index(other)) == ["preparing quick answers"]
        assert list(refresh_index(other)) == []
    library_index._OPENED.clear()
    assert open_index(catalogue) is not None


def test_a_change_while_it_is_made_spoils_it(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    gather = contents.gather_texts

    def slowly(one: Catalogue, *known: object) -> object:
        found = gather(one, *known)
        put(one, 99)
        return found

    monkeypatch.setattr(contents, "gather_texts", slowly)
    assert open_index(catalogue) is None
    assert not list(catalogue.path.parent.glob("*.index"))
    assert len(open_space(catalogue).ids) == 61
