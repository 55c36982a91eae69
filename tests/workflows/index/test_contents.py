"""An index that was made from the last one holds what one holds that was made from the catalogue."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder, made_tag_heads
from searched_library import ENCODER, put

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.index import places
from musicemb.io.index.array_file import ArrayFile
from musicemb.records import NOISE, FoundFile, GenreOdds, Guess
from musicemb.workflows.genres.guess import guess_genres
from musicemb.workflows.index import contents, library_index
from musicemb.workflows.index.library_index import grow_index, open_index, open_outgrown, refresh_index
from musicemb.workflows.index.summaries import genre_counts, tracks_with_words
from musicemb.workflows.library.indexing import prepare_queries
from musicemb.workflows.similarity.library_vectors import store_neighbourhood_stats

HEADS = made_tag_heads(("calm", "mood"), ("piano", "instrument"), ("no voice", "voice"), dimensions=12)
LISTENING = FakeEncoder(tag_heads=HEADS)


@pytest.fixture(autouse=True)
def _in_its_own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 5)


def settle(catalogue: Catalogue) -> None:
    """Group the tracks and leave an index, as a scan does."""
    ids = catalogue.embedded_ids(ENCODER)
    catalogue.put_clusters(ENCODER, [], {track: (track % 3 + 1 if track % 5 else NOISE, 0.5, 1) for track in ids})
    guess_genres(catalogue, ENCODER, None)
    store_neighbourhood_stats(catalogue, ENCODER)
    list(prepare_queries(catalogue, LISTENING))


def add(catalogue: Catalogue, numbers: range) -> None:
    """Tracks come, join groups and are guessed: with new words, other writing, and one without a group."""
    for number in numbers:
        track = put(catalogue, number, title=f"Süß {number}!", artist=f"New {number % 2}", genres=("Gabber", "Rock"))
        if number % 3:
            catalogue.join_tracks(ENCODER, {track: (number % 4 + 1, 0.25, 1)})
        odds = {track: GenreOdds({"gabber": 0.5, "rock": 0.25}, 0.5, "cluster")}
        catalogue.add_guesses(ENCODER, [track], {track: Guess(("Gabber",), 0.5, "cluster")}, odds)
    store_neighbourhood_stats(catalogue, ENCODER, altered=[])


def held(file: ArrayFile) -> dict[str, list[object]]:
    return {name: one.parts[0].tolist() for name, one in file.columns().items()}  # type: ignore[index]


def test_what_has_grown_is_what_is_made_anew(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue.mark_gone([4])
    settle(catalogue)
    add(catalogue, range(60, 67))
    with monkeypatch.context() as patch:
        patch.setattr(library_index, "refresh_index", lambda _: ())  # nothing but what has grown
        assert [one.text for one in prepare_queries(catalogue, LISTENING)] == ["preparing quick answers"]
    index = open_index(catalogue, make=False)
    assert index is not None and catalogue.indexed()[0] == catalogue.edition()
    grown, extensions = held(index.file), index.file.facts["extensions"]
    assert index.ids.tolist() == catalogue.embedded_ids(ENCODER)
    index.file.facts.clear()
    next(catalogue.path.parent.glob("*.index")).unlink()
    library_index._OPENED.clear()
    list(prepare_queries(catalogue, LISTENING))
    anew = open_index(catalogue, make=False)
    assert anew is not None and anew.file.facts["extensions"] == extensions
    made = held(anew.file)
    ours = {"ensemble", "translation"}  # those that grew are of the last fit
    assert made.keys() == grown.keys()
    assert [name for name in made if name not in ours and made[name] != grown[name]] == []


def test_it_grows_again_and_again(catalogue: Catalogue) -> None:
    settle(catalogue)
    for first in (60, 64):
        add(catalogue, range(first, first + 4))
        outgrown = open_outgrown(catalogue)
        assert outgrown is not None and outgrown[1] == first
        assert grow_index(catalogue, *outgrown)
        catalogue.note_index(catalogue.edition())
        index = open_index(catalogue, make=False)
        assert index is not None and len(index.ids) == first + 4 == len(index.file["clusters"])
        rows = np.asarray(index.vectors)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-6)


def write_ours(catalogue: Catalogue, tracks: list[int], *words: str) -> None:
    """As `tag` stores what it has written."""
    for track in map(catalogue.track, tracks):
        tags = replace(track.tags, genres=words, our_genres=words)
        catalogue.retag_track(track.id, FoundFile(track.path, 2, 2), tags)


@pytest.mark.parametrize("come", [False, True])
@pytest.mark.parametrize("asked", [False, True], ids=["", "asked in between"])
def test_what_we_write_into_tags_lets_it_grow(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, come: bool, asked: bool
) -> None:
    untagged = [put(catalogue, number, genres=()) for number in range(100, 106)]
    settle(catalogue)
    before = open_index(catalogue)
    assert before is not None
    kept = before.file.facts["extensions"]
    write_ours(catalogue, untagged[:4], "House")
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "vector_blocks", lambda *_: pytest.fail("all vectors are read again"))
        if asked:
            assert open_index(catalogue) is not None
        write_ours(catalogue, untagged[:2], "Techno", "House")
        if come:
            add(catalogue, range(60, 63))
        list(prepare_queries(catalogue, LISTENING))
    index = open_index(catalogue, make=False)
    assert index is not None and catalogue.indexed()[0] == catalogue.edition()
    assert tracks_with_words(catalogue, lambda tags, _: "House" in tags.our_genres) == untagged[:4]
    assert tracks_with_words(catalogue, lambda tags, _: "Techno" in tags.our_genres) == untagged[:2]
    counted = Counter[object]()
    for tags, guessed, number in genre_counts(catalogue):
        assert number > 0
        counted[tags, guessed] += number
    assert counted == {(tags, guessed): number for tags, guessed, number in catalogue.genre_counts()}
    assert catalogue.retagged() == []
    assert index.file.facts["extensions"] == kept


def test_what_was_written_after_a_backup_is_not_believed_once_that_is_back(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    untagged = [put(catalogue, number, genres=()) for number in range(100, 104)]
    settle(catalogue)
    catalogue.backup(tmp_path / "backup.sqlite")
    write_ours(catalogue, untagged[:2], "House")
    assert open_index(catalogue) is not None  # one is made that knows of it
    next(tmp_path.glob("library.sqlite.index")).replace(tmp_path / "backup.sqlite.index")
    with open_catalogue(tmp_path / "backup.sqlite") as older:
        write_ours(older, untagged[2:], "Techno")
        assert open_outgrown(older) is not None
        list(prepare_queries(older, LISTENING))
        assert open_index(older, make=False) is not None
        assert tracks_with_words(older, lambda tags, _: "House" in tags.our_genres) == []
        assert tracks_with_words(older, lambda tags, _: "Techno" in tags.our_genres) == untagged[2:]


@pytest.mark.parametrize("what", ["a change", "an index of later", "another encoder's", "no index"])
def test_an_index_that_may_be_wrong_does_not_grow(catalogue: Catalogue, what: str, tmp_path: Path) -> None:
    settle(catalogue)
    if what == "a change":
        catalogue.mark_gone([7])
    elif what == "an index of later":  # a backup is put in the catalogue's place, and other tracks come
        catalogue.backup(tmp_path / "backup.sqlite")
        add(catalogue, range(60, 63))
        list(prepare_queries(catalogue, LISTENING))
        later = next(tmp_path.glob("library.sqlite.index"))
        later.replace(tmp_path / "backup.sqlite.index")
        with open_catalogue(tmp_path / "backup.sqlite") as older:
            add(older, range(80, 84))
            assert older.indexed()[0] is not None and open_outgrown(older) is None
        return
    elif what == "another encoder's":
        catalogue.set_active_encoder("another00000")
    else:
        next(tmp_path.glob("library.sqlite.index")).unlink()
    assert open_outgrown(catalogue) is None


def test_a_change_while_it_grows_spoils_it(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(catalogue)
    add(catalogue, range(60, 62))
    gather = contents.gather_texts

    def slowly(one: Catalogue, *known: object) -> object:
        found = gather(one, *known)
        one.mark_gone([2])
        return found

    monkeypatch.setattr(contents, "gather_texts", slowly)
    outgrown = open_outgrown(catalogue)
    assert outgrown is not None
    assert not grow_index(catalogue, *outgrown)
    assert open_index(catalogue, make=False) is None
    monkeypatch.undo()


def test_a_catalogue_that_has_an_index_has_nothing_to_do(catalogue: Catalogue) -> None:
    settle(catalogue)
    assert list(refresh_index(catalogue)) == [] and list(prepare_queries(catalogue, LISTENING)) == []
