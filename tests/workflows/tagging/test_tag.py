"""Tagging: what is planned, what is written, and what is left alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sounds
import tag_bytes as made
from tagged_library import ENCODER, add, found, snapshot

from musicemb.errors import CatalogueError, SettingsError, TagError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.io.tags.replacing.atomic_replace import Replacement
from musicemb.records import Applied, Change, Guess
from musicemb.workflows.genres.vocabulary import store_preferences
from musicemb.workflows.library.summary import is_written
from musicemb.workflows.tagging.tag import apply_tags, plan_tags


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        yield opened


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


def plans(catalogue: Catalogue, **options: Any) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    return {change.track.path.name: (change.before, change.after) for change in plan_tags(catalogue, **options)}


def apply(catalogue: Catalogue, changes: list[Change]) -> dict[str, tuple[str, str]]:
    return {each.path.name: (each.status, each.reason) for each in apply_tags(catalogue, changes)}


# ------------------------------------------------------------------------------------ the plan


def test_policies(catalogue: Catalogue, music: Path) -> None:
    add(catalogue, sounds.write_music(music / "empty.mp3", 1.0), "jazz")
    add(catalogue, sounds.write_music(music / "rock.flac", 1.0, genre="Rock"), "jazz")
    add(catalogue, sounds.write_music(music / "same.ogg", 1.0, genre="Jazz"), "jazz")
    add(catalogue, sounds.write_music(music / "unsure.mp3", 1.0))
    assert plans(catalogue) == {"empty.mp3": ((), ("Jazz",))}
    assert plans(catalogue, policy="add") == {
        "empty.mp3": ((), ("Jazz",)),
        "rock.flac": (("Rock",), ("Rock", "Jazz")),
    }
    assert plans(catalogue, policy="replace") == {
        "empty.mp3": ((), ("Jazz",)),
        "rock.flac": (("Rock",), ("Jazz",)),
    }
    with pytest.raises(SettingsError, match="policy cannot be 'all'"):
        plan_tags(catalogue, policy="all")  # type: ignore[arg-type]


def test_planning_writes_nothing(catalogue: Catalogue, music: Path) -> None:
    add(catalogue, sounds.write_music(music / "a.mp3", 1.0), "jazz")
    before = snapshot(music)
    plan_tags(catalogue)
    assert snapshot(music) == before and catalogue.runs() == []


def test_confidence(catalogue: Catalogue, music: Path) -> None:
    add(catalogue, sounds.write_music(music / "sure.mp3", 1.0), "jazz", 0.9)
    add(catalogue, sounds.write_music(music / "unsure.mp3", 1.0), "jazz", 0.5)
    assert set(plans(catalogue)) == {"sure.mp3", "unsure.mp3"}
    assert set(plans(catalogue, min_confidence=0.9)) == {"sure.mp3"}
    assert plans(catalogue, min_confidence=0.91) == {}


@pytest.mark.parametrize(
    ("guess", "word"),
    [
        ("pop/rock", "Pop Rock"),
        ("hip-hop", "Hip-Hop"),
        ("drum & bass", "Drum & Bass"),
        ("r&b", "R&B"),
        ("A/B;C", "A B C"),
    ],
)
def test_words_are_written_as_people_write_them(catalogue: Catalogue, music: Path, guess: str, word: str) -> None:
    add(catalogue, sounds.write_music(music / "a.mp3", 1.0), guess)
    assert plans(catalogue)["a.mp3"] == ((), (word,))


def test_words_of_a_vocabulary_are_written_as_they_stand(music: Path, catalogue: Catalogue) -> None:
    track = add(catalogue, sounds.write_music(music / "a.mp3", 1.0), "hip hop")
    assert [change.after for change in plan_tags(catalogue)] == [("Hip Hop",)]
    once = {track.id: Guess(("hip hop",), 0.9, "genre head")}
    assert [change.after for change in plan_tags(catalogue, guesses=once)] == [("hip hop",)]
    store_preferences(catalogue, vocabulary=["hip hop"])
    assert [change.after for change in plan_tags(catalogue)] == [("hip hop",)]


def test_the_listeners_own_spelling_comes_first(catalogue: Catalogue, music: Path) -> None:
    add(catalogue, sounds.write_music(music / "theirs.mp3", 1.0, genre="IDM"))
    add(catalogue, sounds.write_music(music / "a.mp3", 1.0), "idm")
    assert plans(catalogue)["a.mp3"] == ((), ("IDM",))


def test_the_file_is_believed_and_not_the_catalogue(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.mp3", 1.0, title="T")
    add(catalogue, path, "jazz")
    sounds.tag(path, genre="Polka")
    assert plans(catalogue) == {}
    assert plans(catalogue, policy="add") == {"a.mp3": (("Polka",), ("Polka", "Jazz"))}


def test_gone_files_are_left_out_and_missing_ones_told(
    catalogue: Catalogue, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = add(catalogue, sounds.write_music(music / "gone.mp3", 1.0), "jazz")
    catalogue.mark_gone([gone.id])
    missing = sounds.write_music(music / "missing.mp3", 1.0)
    add(catalogue, missing, "jazz")
    missing.unlink()
    (change,) = plan_tags(catalogue, policy="replace")
    assert (change.track.path, change.obstacle) == (missing, "does not exist; is its drive mounted?")
    assert not change.failed
    monkeypatch.setattr("musicemb.workflows.tagging.tag._is_away", lambda path: False)  # it goes a moment later
    assert plan_tags(catalogue, policy="replace") == [change]


def test_obstacles_are_in_the_plan(catalogue: Catalogue, music: Path) -> None:
    add(catalogue, sounds.write_music(music / "a.wav", 1.0), "jazz")
    linked = sounds.write_music(music / "b.mp3", 1.0)
    os.link(linked, music / "other.mp3")
    add(catalogue, linked, "jazz")
    add(catalogue, sounds.write_music(music / "c.mp3", 1.0), "jazz")
    obstacles = {change.track.path.name: change.obstacle for change in plan_tags(catalogue)}
    assert obstacles == {
        "a.wav": "genre is not written to .wav files",
        "b.mp3": "has 2 hard links, which a write would separate",
        "c.mp3": "",
    }


def test_upgrading_is_asked_for(catalogue: Catalogue, music: Path) -> None:
    path = music / "old.mp3"
    path.write_bytes(made.old_tag((b"TT2", b"\0T")) + sounds.write_music(music / "x.mp3", 1.0).read_bytes())
    add(catalogue, path, "jazz")
    assert "ID3v2.2" in plan_tags(catalogue)[0].obstacle
    assert apply(catalogue, plan_tags(catalogue))["old.mp3"][0] == "skipped"
    changes = plan_tags(catalogue, upgrade_tags=True)
    assert changes[0].obstacle == "" and apply(catalogue, changes)["old.mp3"] == ("written", "")
    assert read_tags(path).genres == ("Jazz",) and read_tags(path).title == "T"


# --------------------------------------------------------------------------------- the writing


@pytest.mark.parametrize("suffix", sounds.WRITABLE)
def test_written_journalled_and_known(catalogue: Catalogue, music: Path, suffix: str) -> None:
    path = sounds.write_music(music / f"a.{suffix}", 1.0, title="T")
    track = add(catalogue, path, "jazz", 0.834)
    assert list(apply_tags(catalogue, plan_tags(catalogue))) == [Applied(path, "written")]
    tags = read_tags(path)
    assert (tags.genres, tags.our_genres, tags.our_confidence) == (("Jazz",), ("Jazz",), 0.83)
    assert tags.our_encoder == ENCODER and tags.title == "T"
    (run,) = catalogue.runs()
    assert (run.kind, run.files, run.encoder_id) == ("tag", 1, ENCODER)
    (entry,) = catalogue.journal(run.id)
    assert (entry.path, entry.payload_hash, entry.undone) == (path, track.payload_hash, False)
    assert sorted(map(tuple, entry.after.values())) == [("0.83",), ("Jazz",), ("Jazz",), (ENCODER,)]
    assert set(entry.before) == set(entry.after) and not any(entry.before.values())
    # The next scan sees an unchanged file, with tags that are as in the file.
    (known,) = catalogue.known_files(ENCODER)
    assert same_file(known, path) and catalogue.track(track.id).tags == tags


def same_file(known: Any, path: Path) -> bool:
    file = found(path)
    return bool((known.size, known.mtime_ns) == (file.size, file.mtime_ns))


def test_a_second_time_writes_nothing(catalogue: Catalogue, music: Path) -> None:
    for number, suffix in enumerate(("mp3", "flac", "m4a")):
        add(catalogue, sounds.write_music(music / f"{number}.{suffix}", 1.0), "jazz")
    changes = plan_tags(catalogue)
    assert {status for status, _ in apply(catalogue, changes).values()} == {"written"}
    before, times = snapshot(music), [path.stat().st_mtime_ns for path in sorted(music.iterdir())]
    assert {status for status, _ in apply(catalogue, changes).values()} == {"unchanged"}
    assert plan_tags(catalogue) == [] and plan_tags(catalogue, policy="add") == []
    assert snapshot(music) == before and [path.stat().st_mtime_ns for path in sorted(music.iterdir())] == times
    assert len(catalogue.runs()) == 1


def test_what_we_wrote_counts_as_empty(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.mp3", 1.0)
    add(catalogue, path, "jazz")
    apply(catalogue, plan_tags(catalogue))
    add(catalogue, path, "funk")
    assert plans(catalogue) == {"a.mp3": (("Jazz",), ("Funk",))}
    apply(catalogue, plan_tags(catalogue))
    assert read_tags(path).genres == read_tags(path).our_genres == ("Funk",)
    sounds.tag(path, genre="Bebop")  # the listener's word now
    add(catalogue, path, "funk")
    assert plans(catalogue) == {}
    assert plans(catalogue, policy="add") == {"a.mp3": (("Bebop",), ("Bebop", "Funk"))}


def test_adding_keeps_the_listeners_words_theirs(catalogue: Catalogue, music: Path) -> None:
    path = sounds.write_music(music / "a.flac", 1.0, genre="Rock")
    add(catalogue, path, "jazz")
    apply(catalogue, plan_tags(catalogue, policy="add"))
    add(catalogue, path, "funk")
    assert read_tags(path).listener_genres == ("Rock",) and plans(catalogue) == {}
    apply(catalogue, plan_tags(catalogue, policy="add"))
    assert read_tags(path).genres == ("Rock", "Funk"), "our earlier word gives way"


def test_a_file_that_changed_since_the_plan(catalogue: Catalogue, music: Path) -> None:
    retagged, other = sounds.write_music(music / "a.mp3", 1.0, title="T"), sounds.write_music(music / "b.mp3", 1.0)
    missing, good = sounds.write_music(music / "c.mp3", 1.0), sounds.write_music(music / "d.mp3", 1.0)
    for path in (retagged, other, missing, good):
        add(catalogue, path, "jazz")
    changes = plan_tags(catalogue)
    sounds.tag(retagged, genre="Polka")
    sounds.write_music(other, 1.0, seed=5)
    missing.unlink()
    before = snapshot(music)
    results = apply(catalogue, changes)
    assert results["a.mp3"] == ("skipped", "has other genres than when this was planned")
    assert results["b.mp3"][0] == "skipped" and "other audio" in results["b.mp3"][1]
    assert results["c.mp3"][0] == "failed"
    assert results["d.mp3"] == ("written", ""), "one bad file never stops the run"
    assert {path for path, content in snapshot(music).items() if before[path] != content} == {good}


def test_a_failing_write_leaves_no_entry(catalogue: Catalogue, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(catalogue, sounds.write_music(music / "a.mp3", 1.0), "jazz")
    before = snapshot(music)

    def refuse(self: Replacement) -> None:
        raise TagError(self.asked, "disk full", transient=True)

    monkeypatch.setattr(Replacement, "commit", refuse)
    assert apply(catalogue, plan_tags(catalogue)) == {"a.mp3": ("failed", "disk full")}
    assert snapshot(music) == before
    assert all(catalogue.journal(run.id) == [] for run in catalogue.runs())


def test_the_journal_is_written_before_the_file(
    catalogue: Catalogue, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sounds.write_music(music / "a.mp3", 1.0)
    original = path.read_bytes()
    add(catalogue, path, "jazz")
    seen = []
    commit = Replacement.commit

    def look(self: Replacement) -> Any:
        with open_catalogue(catalogue.path, read_only=True) as other:  # what a kill now would leave
            seen.extend(other.journal(1))
        assert path.read_bytes() == original
        return commit(self)

    monkeypatch.setattr(Replacement, "commit", look)
    apply(catalogue, plan_tags(catalogue))
    assert [entry.path for entry in seen] == [path]


def test_leftovers_of_a_kill_are_swept(catalogue: Catalogue, music: Path) -> None:
    add(catalogue, sounds.write_music(music / "a.mp3", 1.0), "jazz")
    left = music / ".musicemb-00112233445566ff.partial"
    left.write_bytes(b"half a file")
    apply(catalogue, plan_tags(catalogue))
    assert not left.exists() and [path.name for path in music.iterdir()] == ["a.mp3"]


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
@pytest.mark.parametrize("name", [b"caf\xe9.mp3", "日本.mp3".encode(), b"new\nline.mp3", b"-rf.mp3"])
def test_odd_names(catalogue: Catalogue, music: Path, name: bytes) -> None:
    plain = sounds.write_music(music / "a.mp3", 1.0)
    try:
        path = plain.rename(music / os.fsdecode(name))
    except OSError:
        pytest.skip("this file system refuses such names")
    add(catalogue, path, "jazz")
    assert list(apply_tags(catalogue, plan_tags(catalogue))) == [Applied(path, "written")]
    assert [each.path for each in catalogue.journal(1)] == [path] and read_tags(path).genres == ("Jazz",)


def test_stopping_halfway_keeps_what_was_done(catalogue: Catalogue, music: Path) -> None:
    for number in range(3):
        add(catalogue, sounds.write_music(music / f"{number}.mp3", 1.0, seed=number), "jazz")
    results = apply_tags(catalogue, plan_tags(catalogue))
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert plans(catalogue).keys() == {"1.mp3", "2.mp3"} and catalogue.runs()[0].files == 1


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".ogg"])
def test_two_genres_are_two_values_and_stay_ours(catalogue: Catalogue, music: Path, suffix: str) -> None:
    track = add(catalogue, sounds.write_music(music / f"two{suffix}", 1.0), "Rock; Jazz")
    add(catalogue, sounds.write_music(music / f"one{suffix}", 1.0, genre="jazz"), "Rock; Jazz")
    assert plans(catalogue) == {f"two{suffix}": ((), ("Rock", "Jazz"))}
    assert plans(catalogue, policy="add")[f"one{suffix}"] == (("jazz",), ("jazz", "Rock"))
    assert apply(catalogue, plan_tags(catalogue)) == {f"two{suffix}": ("written", "")}
    tags = read_tags(track.path)
    assert tags.genres == tags.our_genres == ("Rock", "Jazz")
    assert tags.listener_genres == ()
    assert is_written(catalogue.track(track.id))
    assert plan_tags(catalogue) == []


@pytest.mark.parametrize("moment", ["before", "after its entry"])
def test_no_music_is_written_once_the_catalogue_is_gone(
    catalogue: Catalogue, music: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        add(catalogue, sounds.write_music(music / f"{number}.mp3", 1.0, seed=number), "Jazz")
    tagging = apply_tags(catalogue, plan_tags(catalogue))
    assert next(tagging).status == "written"
    before = snapshot(music)
    if moment == "before":
        catalogue.path.unlink()
    else:
        add_journal = catalogue.add_journal

        def then_lose(*values: Any) -> int:
            entry = add_journal(*values)
            catalogue.path.unlink()
            return entry

        monkeypatch.setattr(catalogue, "add_journal", then_lose)
    with pytest.raises(CatalogueError, match="deleted or moved away while it was in use"):
        list(tagging)
    assert snapshot(music) == before
