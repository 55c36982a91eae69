"""Undo: every field that still holds what was written gets its former value, and nothing else moves."""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sounds
import tag_bytes as made
from laws import cases
from tagged_library import ENCODER, add, found, snapshot

from musicemb.errors import CatalogueError
from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.io.tags.replacing.atomic_replace import Replacement
from musicemb.records import JournalEntry
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        yield opened


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


def tag(catalogue: Catalogue, **options: Any) -> None:
    results = list(apply_tags(catalogue, plan_tags(catalogue, **options)))
    assert {each.status for each in results} == {"written"}


def undo(catalogue: Catalogue, entries: list[JournalEntry] | None = None) -> dict[str, tuple[str, str]]:
    results = apply_undo(catalogue, plan_undo(catalogue) if entries is None else entries)
    return {each.path.name: (each.status, each.reason) for each in results}


def test_the_real_library_comes_back_byte_for_byte(catalogue: Catalogue, music: Path, shared: Path) -> None:
    library = sorted((shared / "library").rglob("*.mp3"))
    for number, source in enumerate(cases(library, library[::4])):
        path = music / f"{number:02d}.mp3"
        path.write_bytes(source.read_bytes())
        add(catalogue, path, "pop/rock")
    before = snapshot(music)
    tag(catalogue, policy="replace", upgrade_tags=True)
    now = snapshot(music)
    assert all(now[path] != before[path] and read_tags(path).genres == ("Pop Rock",) for path in before)
    assert set(undo(catalogue).values()) == {("written", "")}
    assert snapshot(music) == before


@pytest.mark.parametrize("suffix", sounds.WRITABLE)
def test_undone_known_and_done_again(catalogue: Catalogue, music: Path, suffix: str) -> None:
    path = sounds.write_music(music / f"a.{suffix}", 1.0, title="T", genre="Rock")
    track = add(catalogue, path, "jazz")
    before = snapshot(music)
    tag(catalogue, policy="add")
    written = snapshot(music)
    assert undo(catalogue) == {path.name: ("written", "")}
    assert snapshot(music) == before and plan_undo(catalogue) == []
    assert catalogue.track(track.id).tags == read_tags(path)
    (known,) = catalogue.known_files(ENCODER)
    assert (known.size, known.mtime_ns) == (found(path).size, found(path).mtime_ns)
    run = catalogue.runs()[-1]
    assert run.kind == "undo"
    assert undo(catalogue, plan_undo(catalogue, run.id)) == {path.name: ("written", "")}
    assert snapshot(music) == written, "undoing the undo writes again"


def test_a_later_word_of_the_listener_stays(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.mp3", 1.0, title="T")
    add(catalogue, path, "jazz")
    tag(catalogue)
    sounds.tag(path, genre="Bebop", title="Other title")
    assert undo(catalogue) == {"a.mp3": ("written", "changed since, and left unchanged: TCON")}
    tags = read_tags(path)
    assert tags.genres == ("Bebop",) and tags.title == "Other title"
    assert tags.our_genres == () and tags.our_encoder == ""
    assert [entry.path for entry in plan_undo(catalogue)] == [path], "what was left so stays open"
    assert undo(catalogue) == {"a.mp3": ("skipped", "changed since, and left unchanged: TCON")}
    sounds.tag(path, genre="Jazz")
    assert undo(catalogue) == {"a.mp3": ("written", "")} and plan_undo(catalogue) == []
    assert read_tags(path).genres == ()


def test_other_edits_since_stay(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.flac", 1.0, title="T", genre="Rock")
    add(catalogue, path, "jazz")
    tag(catalogue, policy="replace")
    sounds.tag(path, title="Other title")
    assert undo(catalogue) == {"a.flac": ("written", "")}
    tags = read_tags(path)
    assert tags.genres == ("Rock",) and tags.title == "Other title" and tags.our_genres == ()


def test_a_tag_that_we_made_goes_again_even_where_the_file_changed(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.mp3", 1.0)
    original = path.read_bytes()
    add(catalogue, path, "jazz")
    tag(catalogue)
    tail = made.ape(Genre="Dub")
    path.write_bytes(path.read_bytes() + tail)
    assert undo(catalogue) == {"a.mp3": ("written", "")}
    assert path.read_bytes() == original + tail


def test_two_runs_are_undone_one_after_the_other(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.ogg", 1.0, title="T")
    add(catalogue, path, "jazz")
    states = [path.read_bytes()]
    for word in ("jazz", "funk"):
        add(catalogue, path, word)
        tag(catalogue)
        states.append(path.read_bytes())
    undo(catalogue)
    assert path.read_bytes() == states[1]
    undo(catalogue)
    assert path.read_bytes() == states[0] and plan_undo(catalogue) == []


def test_an_older_run_takes_nothing_from_a_newer(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.mp3", 1.0)
    for word in ("jazz", "funk"):
        add(catalogue, path, word)
        tag(catalogue)
    first = catalogue.runs()[0].id
    results = list(apply_undo(catalogue, plan_undo(catalogue, first)))
    assert read_tags(path).genres == read_tags(path).our_genres == ("Funk",)
    assert "TCON" in results[0].reason


def test_a_moved_file_is_found_by_its_audio(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.mp3", 1.0, title="T")
    original = path.read_bytes()
    track = add(catalogue, path, "jazz")
    tag(catalogue)
    (music / "sub").mkdir()
    moved = path.rename(music / "sub" / "b.mp3")
    assert undo(catalogue)["a.mp3"][0] == "failed" and plan_undo(catalogue), "not scanned yet: stays to be undone"
    catalogue.move_tracks({track.id: found(moved)})
    assert undo(catalogue) == {"b.mp3": ("written", "")}
    assert moved.read_bytes() == original and plan_undo(catalogue) == []


def test_a_duplicate_is_not_taken_for_the_moved_file(catalogue: Catalogue, music: Path) -> None:
    one, two = sounds.write_music(music / "one.mp3", 1.0, title="T"), music / "two.mp3"
    shutil.copy(one, two)
    for path in (one, two):
        add(catalogue, path, "jazz")
    sounds.tag(two, title="Two")
    originals = snapshot(music)
    tag(catalogue)
    one.unlink()
    assert {name: status for name, (status, _) in undo(catalogue).items()} == {
        "one.mp3": "failed",
        "two.mp3": "written",
    }
    assert two.read_bytes() == originals[two]


def test_another_song_at_the_old_path_is_left_alone(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.mp3", 1.0, seed=1)
    add(catalogue, path, "jazz")
    tag(catalogue)
    sounds.write_music(path, 1.0, seed=2, genre="Jazz")
    before = snapshot(music)
    assert undo(catalogue)["a.mp3"][0] == "failed"
    assert snapshot(music) == before


def test_a_kill_between_journal_and_file_harms_nothing(
    catalogue: Catalogue, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sounds.write_music(music / "a.mp3", 1.0, title="T", genre="Rock")
    add(catalogue, path, "jazz")
    before = snapshot(music)

    def killed(self: Replacement) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Replacement, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            list(apply_tags(catalogue, plan_tags(catalogue, policy="replace")))
    assert snapshot(music) == before and len(plan_undo(catalogue)) == 1
    assert undo(catalogue) == {"a.mp3": ("unchanged", "")}
    assert snapshot(music) == before and plan_undo(catalogue) == []


def test_a_kill_between_file_and_mark_is_repaired(
    catalogue: Catalogue, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sounds.write_music(music / "a.mp3", 1.0, title="T", genre="Rock")
    add(catalogue, path, "jazz")
    before = snapshot(music)
    tag(catalogue, policy="replace")

    def killed(self: Catalogue, entry: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Catalogue, "mark_undone", killed)
        with pytest.raises(KeyboardInterrupt):
            undo(catalogue)
    assert snapshot(music) == before and undo(catalogue) == {"a.mp3": ("unchanged", "")}


def test_without_a_delta_the_fields_come_back(
    catalogue: Catalogue, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sounds.write_music(music / "a.m4a", 1.0, title="T", genre="Rock")
    add(catalogue, path, "jazz")
    tags, digest = read_tags(path), payload_hash(path)
    monkeypatch.setattr("musicemb.io.tags.writer.make_delta", lambda old, new: None)
    tag(catalogue, policy="replace")
    assert undo(catalogue) == {"a.m4a": ("written", "")}
    assert read_tags(path) == tags and payload_hash(path) == digest


def test_one_bad_file_does_not_stop_the_others(catalogue: Catalogue, music: Path) -> None:
    for number in range(3):
        add(catalogue, sounds.write_music(music / f"{number}.mp3", 1.0, seed=number, title="T"), "jazz")
    before = snapshot(music)
    tag(catalogue)
    (music / "1.mp3").chmod(0o444)
    assert undo(catalogue) == {
        "0.mp3": ("written", ""),
        "1.mp3": ("failed", "is read-only"),
        "2.mp3": ("written", ""),
    }
    assert [entry.path.name for entry in plan_undo(catalogue)] == ["1.mp3"]
    (music / "1.mp3").chmod(0o644)
    assert undo(catalogue) == {"1.mp3": ("written", "")}
    assert snapshot(music) == before


def test_what_there_is_to_undo(catalogue: Catalogue) -> None:
    assert plan_undo(catalogue) == []
    with pytest.raises(CatalogueError, match="there is no run 7"):
        plan_undo(catalogue, 7)


ORDERS = list(itertools.permutations((1, 2, 3)))


@pytest.mark.parametrize("order", cases(ORDERS, ORDERS[::2]), ids=str)
@pytest.mark.parametrize("suffix", ["mp3", "flac", "m4a"])
def test_runs_are_undone_in_any_order(
    catalogue: Catalogue, music: Path, suffix: str, order: tuple[int, int, int]
) -> None:
    path = sounds.write_music(music / f"a.{suffix}", 1.0, title="T", genre="Polka")
    original = path.read_bytes()
    for word in ("jazz", "funk", "disco"):
        add(catalogue, path, word)
        tag(catalogue, policy="replace")
    for run in order:
        results = list(apply_undo(catalogue, plan_undo(catalogue, run)))
        assert [each.status for each in results] in ([], ["written"], ["skipped"])
        assert "skipped" not in [each.status for each in results] or "run" in results[0].reason
    assert path.read_bytes() == original and plan_undo(catalogue) == []


@pytest.mark.parametrize("seed", cases(range(4), range(2)))
def test_runs_whose_words_came_and_went_are_all_taken_back(catalogue: Catalogue, music: Path, seed: int) -> None:
    noise = random.Random(seed)
    path = sounds.write_music(music / "a.flac", 1.0, title="T", genre="Polka")
    original = path.read_bytes()
    for _ in range(8):
        add(catalogue, path, noise.choice(("jazz", "funk")))
        list(apply_tags(catalogue, plan_tags(catalogue, policy="replace")))
        if noise.random() < 0.5:
            runs = [run.id for run in catalogue.runs() if run.kind == "tag"]
            undo(catalogue, plan_undo(catalogue, noise.choice(runs)))
    for _ in range(20):
        undo(catalogue)
    assert path.read_bytes() == original
    assert plan_undo(catalogue) == []


def test_what_waits_is_taken_back_beside_an_edit_by_hand(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.flac", 1.0, title="T", genre="Polka")
    for word in ("jazz", "funk"):
        add(catalogue, path, word)
        tag(catalogue, policy="replace")
    sounds.tag(path, title="Other title")
    first, second = (run.id for run in catalogue.runs())
    (left,) = apply_undo(catalogue, plan_undo(catalogue, first))
    assert left.status == "skipped" and f"run {second}" in left.reason and "GENRE" in left.reason
    assert [entry.undone for entry in catalogue.journal(first)] == [False]
    assert [each.status for each in apply_undo(catalogue, plan_undo(catalogue, second))] == ["written"]
    tags = read_tags(path)
    assert (tags.title, tags.genres, tags.our_genres, tags.our_confidence) == ("Other title", ("Polka",), (), None)
    assert plan_undo(catalogue) == []


def test_a_run_that_was_redone_waits_too(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.ogg", 1.0, title="T", genre="Polka")
    original = path.read_bytes()
    for word in ("jazz", "funk"):
        add(catalogue, path, word)
        tag(catalogue, policy="replace")
    undo(catalogue, plan_undo(catalogue, 2))
    undo(catalogue, plan_undo(catalogue, 3))  # funk again
    assert undo(catalogue, plan_undo(catalogue, 1))["a.ogg"][0] == "skipped"
    undo(catalogue, plan_undo(catalogue, 4))
    assert path.read_bytes() == original


def test_a_damaged_entry_is_told_and_its_file_left(catalogue: Catalogue, music: Path) -> None:
    for number in range(3):
        add(catalogue, sounds.write_music(music / f"{number}.mp3", 1.0, seed=number), "Jazz")
    before = snapshot(music)
    tag(catalogue)
    tagged = snapshot(music)
    with catalogue.transaction() as connection:
        connection.execute("UPDATE journal SET before = replace(before, '[]', '[\"Polka\"]') WHERE id = 2")
    results = undo(catalogue)
    assert results["1.mp3"][0] == "failed"
    assert "journal is damaged" in results["1.mp3"][1]
    assert {results[name] for name in ("0.mp3", "2.mp3")} == {("written", "")}
    assert snapshot(music) == {**before, music / "1.mp3": tagged[music / "1.mp3"]}
    assert [entry.damaged for entry in plan_undo(catalogue)] == [True]


def test_a_damaged_entry_does_not_hide_older_runs(catalogue: Catalogue, music: Path) -> None:
    add(catalogue, sounds.write_music(music / "a.mp3", 1.0), "Jazz")
    tag(catalogue)
    add(catalogue, sounds.write_music(music / "b.mp3", 1.0, seed=2), "Rock")
    tag(catalogue)
    with catalogue.transaction() as connection:
        connection.execute("UPDATE journal SET note = '{}' WHERE run = 2")
    assert [entry.run for entry in plan_undo(catalogue)] == [1]


@pytest.mark.parametrize("loss", ["unlink", "replace"])
def test_no_music_is_written_once_the_catalogue_is_gone(catalogue: Catalogue, music: Path, loss: str) -> None:
    for number in range(2):
        add(catalogue, sounds.write_music(music / f"{number}.mp3", 1.0, seed=number), "Jazz")
    tag(catalogue)
    before = snapshot(music)
    undoing = apply_undo(catalogue, plan_undo(catalogue))
    assert next(undoing).status == "written"
    half = snapshot(music)
    if loss == "replace":
        shutil.copy(catalogue.path, music.parent / "copy")
        (music.parent / "copy").replace(catalogue.path)
    else:
        catalogue.path.unlink()
    with pytest.raises(CatalogueError, match="while it was in use"):
        list(undoing)
    assert snapshot(music) == half != before
