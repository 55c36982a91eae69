"""Scanning: every transition of a file, bad roots, other encoders, bad files, the end of the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sounds
from fake_encoder import FakeEncoder
from laws import cases

from musicemb.errors import CatalogueError, LibraryRootError, MusicembError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import Floats, ScanPlanned, ScanProgress, ScanStage, ScanSummary
from musicemb.settings import ScanSettings
from musicemb.workflows.library.scan import scan_library


@dataclass(frozen=True)
class Counting(FakeEncoder):
    """Counts the tracks that it is given; only for work in this process."""

    calls: list[int] = field(default_factory=list)

    def embed(self, features: Floats) -> Floats:
        self.calls.append(len(features))
        return super().embed(features)


class Library:
    """A folder of music, its catalogue and its encoder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "music"
        self.folder.mkdir()
        self.catalogue = open_catalogue(folder / "library.sqlite")
        self.encoder: FakeEncoder = Counting()
        self.events: list[Any] = []

    def add(self, name: str, seed: int = 0, seconds: float = 1.5, **tags: str) -> Path:
        samples = sounds.music(seconds, seed, sample_rate=16_000, channels=1)
        path = sounds.write(self.folder / name, samples, 16_000)
        if tags:
            sounds.tag(path, **tags)
        return path

    def scan(self, *paths: Path, **options: Any) -> ScanSummary:
        options = {"workers": 0, "encoder": self.encoder, **options}
        self.events = list(scan_library(paths or (self.folder,), catalogue=self.catalogue, **options))
        summary = self.events[-1]
        assert isinstance(summary, ScanSummary)
        assert sum(isinstance(event, ScanPlanned) for event in self.events) == 1
        return summary

    @property
    def planned(self) -> ScanPlanned:
        return next(event for event in self.events if isinstance(event, ScanPlanned))

    @property
    def listened(self) -> int:
        """Tracks that were embedded since this was last asked."""
        assert isinstance(self.encoder, Counting)
        count = len(self.encoder.calls)
        self.encoder.calls.clear()
        return count

    @property
    def names(self) -> list[str]:
        return sorted(track.path.name for track in self.catalogue.tracks())


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    # On a busy machine a first scan may take so long that it groups in between; tests of that say when.
    monkeypatch.setattr("musicemb.workflows.library.summary._EARLIEST", 1e9)
    made = Library(tmp_path)
    yield made
    made.catalogue.close()


def counts(summary: ScanSummary) -> dict[str, int]:
    """What happened, zeroes left out."""
    numbers = {
        name: getattr(summary, name)
        for name in ("new", "changed", "moved", "retagged", "gone", "unchanged", "remembered")
    }
    numbers |= {"failed": len(summary.failed), "skipped": len(summary.skipped)}
    return {name: number for name, number in numbers.items() if number}


def later(path: Path) -> None:
    """Give a file another time, as any program that writes to it does."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 2_000_000_000))


# ---------------------------------------------------------------------------------- transitions


def test_new_then_unchanged(library: Library) -> None:
    for seed in range(3):
        library.add(f"a/{seed}.flac", seed, artist="Ada", title=f"Song {seed}")
    summary = library.scan()
    assert counts(summary) == {"new": 3}
    assert summary.tracks == 3
    assert library.listened == 3
    assert library.planned == ScanPlanned(to_embed=3, unchanged=0, retagged=0, moved=0, gone=0, remembered=0)
    progress = [event for event in library.events if isinstance(event, ScanProgress)]
    assert [event.path.name for event in progress] == ["0.flac", "1.flac", "2.flac"]
    assert {(event.status, event.seconds) for event in progress} == {("new", 1.5)}

    assert counts(library.scan()) == {"unchanged": 3}
    assert library.listened == 0
    assert [type(event) for event in library.events] == [ScanPlanned, ScanSummary]  # no stage: nothing was grouped


def test_changed_audio_is_embedded_again(library: Library) -> None:
    path = library.add("a.flac", 1)
    library.scan()
    before = library.catalogue.track_at(path)
    _, old = library.catalogue.vectors(library.encoder.id)
    library.add("a.flac", 2)
    later(path)
    assert counts(library.scan()) == {"changed": 1}
    after = library.catalogue.track_at(path)
    assert before is not None
    assert after is not None
    assert (after.id, after.payload_hash != before.payload_hash) == (before.id, True)
    assert not np.allclose(old, library.catalogue.vectors(library.encoder.id)[1])


def test_retagged_and_touched_files_are_not_heard_again(library: Library) -> None:
    tagged, touched = library.add("tagged.flac", 1, title="Old"), library.add("touched.flac", 2)
    library.scan()
    assert library.listened == 2
    sounds.tag(tagged, title="New", genre="Jazz")
    later(tagged)
    later(touched)
    assert counts(library.scan()) == {"retagged": 1, "unchanged": 1}
    assert library.planned.retagged == 1
    assert isinstance(library.events[0], ScanStage)
    assert library.listened == 0
    track = library.catalogue.track_at(tagged)
    assert track is not None
    assert (track.tags.title, track.tags.genres) == ("New", ("Jazz",))
    library.scan()
    assert [type(event) for event in library.events] == [ScanPlanned, ScanSummary]


def test_moved_files_keep_everything(library: Library) -> None:
    path = library.add("a/one.flac", 1, title="One")
    library.add("a/two.flac", 2)
    library.scan()
    before = library.catalogue.track_at(path)
    assert before is not None
    assert library.listened == 2
    (library.folder / "b").mkdir()
    path.rename(library.folder / "b" / "uno.flac")
    assert counts(library.scan()) == {"moved": 1, "unchanged": 1}
    assert (library.planned.moved, library.planned.to_embed, library.planned.gone) == (1, 0, 0)
    assert library.listened == 0
    assert library.catalogue.track(before.id) == replace(before, path=library.folder / "b" / "uno.flac")


def test_a_file_that_moved_and_was_retagged_at_once_is_found_by_the_workers(library: Library) -> None:
    path = library.add("one.flac", 1, title="One")
    library.scan()
    (track,) = library.catalogue.tracks()
    assert library.listened == 1
    sounds.tag(path, title="A much longer title " * 400, artist="Ada")  # more than the padding holds
    path.rename(library.folder / "elsewhere.flac")
    assert counts(library.scan()) == {"moved": 1}
    assert library.planned.to_embed == 1
    assert [event.status for event in library.events if isinstance(event, ScanProgress)] == ["moved"]
    assert library.listened == 0
    (moved,) = library.catalogue.tracks()
    assert (moved.id, moved.path.name, moved.tags.artist) == (track.id, "elsewhere.flac", "Ada")


def test_a_whole_folder_that_was_renamed_is_moved(library: Library) -> None:
    for seed in range(3):
        library.add(f"{seed}.flac", seed)
    library.scan()
    ids = {track.id for track in library.catalogue.tracks()}
    other = library.folder.rename(library.folder.with_name("songs"))
    assert counts(library.scan(other)) == {"moved": 3}
    assert {track.id for track in library.catalogue.tracks()} == ids
    assert library.listened == 3
    # Without paths, the folder that is no more and holds no tracks is not asked for.
    events = list(scan_library(catalogue=library.catalogue, encoder=library.encoder, workers=0))
    assert counts(events[-1]) == {"unchanged": 3}  # type: ignore[arg-type]


def test_files_that_changed_places_are_not_heard_again(library: Library) -> None:
    one, two, three = (library.add(f"{seed}.flac", seed, title=f"T{seed}") for seed in (1, 2, 3))
    library.scan()
    titles = {track.id: track.tags.title for track in library.catalogue.tracks()}
    assert library.listened == 3
    four = library.folder / "4.flac"
    three.rename(four)
    two.rename(three)
    one.rename(two)
    for path in (two, three, four):
        later(path)
    assert counts(library.scan()) == {"moved": 3}
    assert library.listened == 0
    assert {track.id: track.tags.title for track in library.catalogue.tracks()} == titles
    assert [track.path.name for track in library.catalogue.tracks()] == ["2.flac", "3.flac", "4.flac"]


def test_a_track_moves_to_one_place_only(library: Library) -> None:
    path, other = library.add("a.flac", 1), library.add("d.flac", 2)
    library.scan()
    assert library.listened == 2
    shutil.copy(path, other)
    later(other)
    (library.folder / "sub").mkdir()
    path.rename(library.folder / "sub" / "d.flac")
    assert counts(library.scan()) == {"moved": 1, "new": 1}
    assert library.names == ["d.flac", "d.flac"]
    assert len({track.payload_hash for track in library.catalogue.tracks()}) == 1
    assert library.listened == 0


def test_the_audio_of_a_broken_file_is_known_elsewhere(library: Library) -> None:
    path, _ = library.add("a.flac", 1), library.add("b.flac", 2)
    library.scan()
    backup = shutil.copy(path, library.folder.with_name("backup.flac"))
    path.write_bytes(b"fLaC" + bytes(500))
    library.scan()
    assert library.listened == 2
    backup.rename(library.folder / "c.flac")
    assert counts(library.scan()) == {"moved": 1, "unchanged": 1, "remembered": 1}
    assert library.listened == 0
    (library.folder / "c.flac").replace(path)  # with its old time
    assert counts(library.scan()) == {"moved": 1, "unchanged": 1}
    assert library.catalogue.problems() == []


def test_gone_and_back(library: Library) -> None:
    path, _ = library.add("a.flac", 1), library.add("b.flac", 2)
    library.scan()
    away = path.rename(library.folder.with_name("away.flac"))
    summary = library.scan()
    assert counts(summary) == {"gone": 1, "unchanged": 1}
    assert (library.names, summary.tracks) == (["b.flac"], 1)
    assert counts(library.scan()) == {"unchanged": 1}  # told once
    away.rename(path)
    summary = library.scan()
    assert counts(summary) == {"unchanged": 2}
    assert summary.notes == ("1 track came back",)
    assert library.names == ["a.flac", "b.flac"]
    assert library.listened == 2


def test_only_tracks_under_the_scanned_paths_are_gone(library: Library) -> None:
    for name in ("a/1.flac", "a/2.flac", "b/3.flac", "b/4.flac"):
        library.add(name, int(name[2]))
    library.scan()
    (library.folder / "a" / "1.flac").unlink()
    (library.folder / "b" / "3.flac").unlink()
    assert counts(library.scan(library.folder / "a")) == {"gone": 1, "unchanged": 1}
    assert library.names == ["2.flac", "3.flac", "4.flac"]


def test_what_is_left_out_is_gone_and_comes_back(library: Library) -> None:
    library.add("music/1.flac", 1)
    library.add("talk/2.flac", 2)
    library.scan()
    assert counts(library.scan(exclude=["talk"])) == {"gone": 1, "unchanged": 1}
    assert counts(library.scan()) == {"unchanged": 2}
    (library.folder / "talk" / ".nomusic").touch()
    assert counts(library.scan()) == {"gone": 1, "unchanged": 1}
    assert library.listened == 2


def test_copies_share_one_listening(library: Library) -> None:
    path = library.add("a.flac", 1)
    shutil.copy(path, library.folder / "b.flac")
    summary = library.scan()
    assert counts(summary) == {"new": 2}
    assert library.listened == 1
    shutil.copy(path, library.folder / "c.flac")
    assert counts(library.scan()) == {"new": 1, "unchanged": 2}
    assert library.listened == 0
    ids, vectors = library.catalogue.vectors(library.encoder.id)
    assert len(ids) == 3
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert library.catalogue.segments(3, library.encoder.id) is not None
    assert len({track.duration for track in library.catalogue.tracks()}) == 1


def test_segments_can_be_left_out(library: Library) -> None:
    library.add("a.flac", 1)
    library.scan(keep_segments=False)
    assert library.catalogue.segments(1, library.encoder.id) is None


def test_a_single_file_can_be_scanned(library: Library) -> None:
    one, _ = library.add("1.flac", 1), library.add("2.flac", 2)
    assert counts(library.scan(one)) == {"new": 1}
    assert counts(library.scan(one)) == {"unchanged": 1}
    assert counts(library.scan()) == {"new": 1, "unchanged": 1}


# -------------------------------------------------------------------------------------- problems


def make_bad(folder: Path) -> None:
    (folder / "empty.mp3").write_bytes(b"")
    (folder / "page.mp3").write_text("<html>no music</html>" * 100)
    (folder / "noise.mp3").write_bytes(np.random.default_rng(1).bytes(40_000))
    sounds.write(folder / "silent.flac", np.zeros((16_000 * 2, 1), dtype=np.float32), 16_000)
    sounds.write(folder / "short.wav", sounds.music(0.4, sample_rate=16_000), 16_000)


def test_bad_files_are_remembered_and_not_tried_again(library: Library) -> None:
    library.add("good.flac", 1)
    make_bad(library.folder)
    summary = library.scan()
    assert counts(summary) == {"new": 1, "failed": 3, "skipped": 2}
    assert sorted(problem.path.name for problem in summary.failed) == ["empty.mp3", "noise.mp3", "page.mp3"]
    assert counts(library.scan()) == {"unchanged": 1, "remembered": 5}
    assert library.planned.remembered == 5
    assert counts(library.scan(retry_failed=True)) == {"unchanged": 1, "failed": 3, "skipped": 2}

    library.add("silent.flac", 2)
    (library.folder / "page.mp3").unlink()
    assert counts(library.scan()) == {"new": 1, "unchanged": 1, "remembered": 3}
    assert sorted(problem.path.name for problem in library.catalogue.problems()) == [
        "empty.mp3",
        "noise.mp3",
        "short.wav",
    ]


def test_passing_problems_are_tried_every_time(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.add("good.flac", 1)

    def fail(*_: object) -> str:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("musicemb.io.audio.payload_hash.payload_hash", fail)
        assert counts(library.scan()) == {"failed": 1}
        assert counts(library.scan()) == {"failed": 1}
    assert counts(library.scan()) == {"new": 1}
    assert library.catalogue.problems() == []


def test_a_track_that_breaks_leaves_the_results_until_it_is_mended(library: Library) -> None:
    path, _ = library.add("a.flac", 1), library.add("b.flac", 2)
    library.scan()
    path.write_bytes(b"fLaC" + bytes(500))
    assert counts(library.scan()) == {"failed": 1, "unchanged": 1}
    assert library.names == ["b.flac"]
    assert counts(library.scan()) == {"remembered": 1, "unchanged": 1}
    path.unlink()
    library.add("a.flac", 1)
    later(path)
    library.scan()
    assert library.names == ["a.flac", "b.flac"]
    assert library.listened == 2  # its audio was known


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_loses_no_tracks(library: Library) -> None:
    library.add("a/1.flac", 1)
    library.add("b/2.flac", 2)
    library.scan()
    (library.folder / "a").chmod(0)
    try:
        assert counts(library.scan()) == {"failed": 1, "unchanged": 1}
    finally:
        (library.folder / "a").chmod(0o755)
    assert library.names == ["1.flac", "2.flac"]


def test_a_dead_link_to_a_folder_loses_no_tracks(library: Library, tmp_path: Path) -> None:
    library.add("1.flac", 1)
    drive = tmp_path / "drive"
    drive.mkdir()
    try:
        (library.folder / "link").symlink_to(drive)
    except OSError:
        pytest.skip("no links here")
    shutil.copy(library.add("2.flac", 2), drive / "3.flac")
    library.scan()
    drive.rename(tmp_path / "unplugged")
    assert counts(library.scan()) == {"failed": 1, "unchanged": 2}
    assert library.names == ["1.flac", "2.flac", "3.flac"]


# ----------------------------------------------------------------------------------------- roots


def snapshot(catalogue: Catalogue) -> tuple[object, ...]:
    return (catalogue.tracks(include_gone=True), catalogue.roots(), catalogue.problems(), catalogue.encoders())


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_root_that_is_not_mounted_changes_nothing(library: Library, how: str) -> None:
    library.add("a/1.flac", 1)
    library.scan()
    before = snapshot(library.catalogue)
    library.folder.rename(library.folder.with_name("unmounted"))
    if how == "empty":
        library.folder.mkdir()
    with pytest.raises(LibraryRootError, match="mounted"):
        library.scan()
    assert snapshot(library.catalogue) == before


def test_one_root_that_is_not_mounted_does_not_stop_the_others(library: Library) -> None:
    library.add("a/1.flac", 1)
    library.add("b/2.flac", 2)
    a, b = library.folder / "a", library.folder / "b"
    library.scan(a, b)
    (b / "2.flac").unlink()
    library.add("a/3.flac", 3)
    for reason in ("held 1 track and now holds no audio; is its drive mounted?", "cannot be reached; is its drive"):
        summary = library.scan(a, b)
        assert [(problem.path, problem.transient) for problem in summary.failed] == [(b, True)]
        assert reason in summary.failed[0].reason and "musicemb forget" in summary.failed[0].reason
        assert summary.gone == 0
        assert len(library.catalogue.tracks()) == 3
        assert set(library.catalogue.roots()) == {a, b}
        if b.exists():
            b.rmdir()
    before = snapshot(library.catalogue)
    with pytest.raises(LibraryRootError, match="is its drive mounted"):
        library.scan(b)
    assert snapshot(library.catalogue) == before
    library.add("b/2.flac", 2)
    assert library.scan(a, b).failed == ()


def test_a_root_that_never_was_is_said_and_not_remembered(library: Library) -> None:
    library.add("a/1.flac", 1)
    summary = library.scan(library.folder / "a", library.folder / "typo")
    assert [problem.path.name for problem in summary.failed] == ["typo"]
    assert library.catalogue.roots() == [library.folder / "a"]


def test_a_file_of_a_scanned_folder_is_no_root_of_its_own(library: Library) -> None:
    library.add("1.flac", 1)
    library.scan()
    library.scan(library.folder / "1.flac")
    assert library.catalogue.roots() == [library.folder]


def test_a_folder_without_audio_is_an_error(library: Library) -> None:
    (library.folder / "notes.txt").write_text("no music")
    with pytest.raises(LibraryRootError, match="no audio files"):
        library.scan()
    assert library.catalogue.roots() == []


def test_without_paths_the_known_roots_are_scanned(library: Library) -> None:
    with pytest.raises(LibraryRootError, match="name a folder"):
        list(scan_library(catalogue=library.catalogue, encoder=library.encoder))
    library.add("1.flac", 1)
    library.scan()
    assert library.catalogue.roots() == [library.folder]
    library.add("2.flac", 2)
    events = list(scan_library(catalogue=library.catalogue, encoder=library.encoder, workers=0))
    assert counts(events[-1]) == {"new": 1, "unchanged": 1}  # type: ignore[arg-type]


def test_a_relative_path_is_the_same_root(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.add("1.flac", 1)
    library.scan()
    monkeypatch.chdir(library.folder.parent)
    assert counts(library.scan(Path("music"))) == {"unchanged": 1}
    assert counts(library.scan(Path("music"), library.folder)) == {"unchanged": 1}


# --------------------------------------------------------------------------------- the catalogue


def test_a_read_only_catalogue_is_refused_at_once(library: Library) -> None:
    library.add("1.flac", 1)
    library.scan()
    library.catalogue.close()
    with open_catalogue(library.catalogue.path, read_only=True) as catalogue:
        library.catalogue = catalogue
        with pytest.raises(CatalogueError):
            library.scan()


def test_a_full_disk_keeps_what_was_done(library: Library) -> None:
    total = 16
    library.encoder = Counting(dimensions=96)
    for seed in range(total):
        library.add(f"{seed:02}.flac", seed)
    library.scan(library.folder / "00.flac")
    with library.catalogue.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    done = []
    with pytest.raises(CatalogueError, match="no space") as caught:
        for event in scan_library([library.folder], catalogue=library.catalogue, encoder=library.encoder, workers=0):
            done += [event] * isinstance(event, ScanProgress)
    assert "\n" not in str(caught.value)
    assert 0 < len(done) < total - 1
    with library.catalogue.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    assert len(library.names) == 1 + len(done)
    assert library.listened
    assert counts(library.scan()) == {"new": total - 1 - len(done), "unchanged": 1 + len(done)}
    assert library.listened == total - 1 - len(done)


# ---------------------------------------------------------------------------------- the encoders


def test_another_encoder_needs_a_word(library: Library) -> None:
    library.add("1.flac", 1)
    library.scan()
    before = snapshot(library.catalogue)
    with pytest.raises(CatalogueError, match="--reembed") as caught:
        library.scan(encoder=Counting(id="other0000000"))
    assert "fake00000000" in str(caught.value)
    assert snapshot(library.catalogue) == before


def test_a_library_moves_to_another_encoder(library: Library) -> None:
    for seed in range(3):
        library.add(f"a/{seed}.flac", seed)
    library.add("b/9.flac", 9)
    library.scan(library.folder / "a", library.folder / "b")
    other = Counting(id="other0000000", name="newer", dimensions=32)
    scan = scan_library([library.folder / "a"], catalogue=library.catalogue, encoder=other, workers=0, reembed=True)
    for event in scan:
        if isinstance(event, ScanProgress):
            break  # interrupted after the first track
    scan.close()  # type: ignore[attr-defined]
    assert library.catalogue.active_encoder == "fake00000000"
    assert len(library.catalogue.vectors("fake00000000")[0]) == 4
    assert counts(library.scan()) == {"unchanged": 4}  # the old one serves
    assert library.listened == 4

    summary = library.scan(library.folder / "a", encoder=other, reembed=True)  # goes on, with all roots
    assert len(other.calls) == 4
    assert summary.encoder_id == library.catalogue.active_encoder == "other0000000"
    assert counts(summary)["unchanged"] == 1
    assert any("embedded again" in note for note in summary.notes)
    assert library.catalogue.vectors("other0000000")[1].shape == (4, 32)
    assert library.catalogue.encoders() == [("other0000000", "newer", 4)]
    assert counts(library.scan(encoder=other)) == {"unchanged": 4}
    with pytest.raises(CatalogueError):
        library.scan()


def test_the_old_encoder_serves_while_a_track_cannot_be_reached(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add("a/1.flac", 1)
    library.add("b/2.flac", 2)
    library.scan(library.folder / "a", library.folder / "b")
    (library.folder / "b").rename(library.folder / ".unmounted")
    other = Counting(id="other0000000")
    summary = library.scan(library.folder / "a", encoder=other, reembed=True)
    assert summary.encoder_id == library.catalogue.active_encoder == "fake00000000"
    assert any("1 track of 2 could not be moved" in note for note in summary.notes)
    assert len(library.catalogue.vectors("fake00000000")[0]) == 2
    (library.folder / ".unmounted").rename(library.folder / "b")
    assert library.scan(encoder=other, reembed=True).encoder_id == "other0000000"
    assert len(other.calls) == 2


def test_the_summary_names_a_newer_encoder(library: Library) -> None:
    library.add("1.flac", 1)
    assert library.scan(newer_encoder="abc").newer_encoder == "abc"


# ----------------------------------------------------------------------------- groups and guesses


def fill(library: Library, number: int) -> None:
    for seed in range(number):
        library.add(f"{seed:02}.flac", seed % 4, 1.0 + 0.05 * seed, artist=f"Artist {seed % 7}", title=f"Song {seed}")


def test_few_tracks_give_pairs_instead_of_groups(library: Library) -> None:
    fill(library, 5)
    shutil.copy(library.folder / "00.flac", library.folder / "copy.flac")
    summary = library.scan()
    assert summary.too_few
    assert summary.clusters == ()
    assert len(summary.pairs) == 5
    similarities = [pair.similarity for pair in summary.pairs]
    assert similarities == sorted(similarities, reverse=True)
    assert {summary.pairs[0].first.path.name, summary.pairs[0].second.path.name} & {"00.flac", "copy.flac", "04.flac"}
    assert all(pair.first.payload_hash != pair.second.payload_hash for pair in summary.pairs)


def test_enough_tracks_are_grouped_once(library: Library) -> None:
    fill(library, 32)
    summary = library.scan()
    assert not summary.too_few
    assert summary.pairs == ()
    assert any("clustering 32 tracks" in event.text for event in library.events if isinstance(event, ScanStage))
    assert all(track.cluster is not None for track in library.catalogue.tracks())
    assert sum(cluster.size for cluster in summary.clusters) + summary.noise == 32
    again = library.scan()
    assert [type(event) for event in library.events] == [ScanPlanned, ScanSummary]
    assert (again.clusters, again.noise, again.guesses) == (summary.clusters, summary.noise, summary.guesses)


def test_a_scan_that_was_cut_before_grouping_is_made_good(library: Library) -> None:
    fill(library, 31)
    scan = scan_library([library.folder], catalogue=library.catalogue, encoder=library.encoder, workers=0)
    for event in scan:
        if isinstance(event, ScanStage):
            break
    scan.close()  # type: ignore[attr-defined]
    assert all(track.cluster is None for track in library.catalogue.tracks())
    assert library.listened == 31
    summary = library.scan()
    assert counts(summary) == {"unchanged": 31}
    assert library.listened == 0
    assert all(track.cluster is not None for track in library.catalogue.tracks())


@pytest.mark.parametrize("number", [3, 31])
def test_new_tags_are_never_forgotten_by_an_interrupted_scan(library: Library, number: int) -> None:
    fill(library, number)
    library.scan()
    sounds.tag(library.folder / "01.flac", genre="Jazz")
    later(library.folder / "01.flac")
    library.add("zz.flac", 77)
    scan = scan_library([library.folder], catalogue=library.catalogue, encoder=library.encoder, workers=0)
    for event in scan:
        if isinstance(event, ScanProgress):
            break
    scan.close()  # type: ignore[attr-defined]
    library.scan()
    assert "guessing genres" in [event.text for event in library.events if isinstance(event, ScanStage)]
    library.scan()
    assert [type(event) for event in library.events] == [ScanPlanned, ScanSummary]


def test_a_library_that_shrinks_below_the_minimum_has_no_groups(library: Library) -> None:
    fill(library, 31)
    library.scan()
    for number in range(5):
        (library.folder / f"{number:02}.flac").unlink()
    summary = library.scan()
    assert (summary.too_few, summary.clusters, summary.gone) == (True, (), 5)
    assert library.catalogue.clusters(library.encoder.id) == []


def test_settings_can_be_brought(library: Library) -> None:
    fill(library, 12)
    assert not library.scan(settings=ScanSettings(minimum_tracks=10)).too_few


# ------------------------------------------------------------------------------------ real things


@pytest.mark.processes
def test_real_music(library: Library, shared: Path) -> None:
    folder = library.folder / "real"
    songs = sorted((shared / "library" / "Bensound").glob("*.mp3"))
    folder.mkdir()
    for song in cases(songs, songs[:3]):
        shutil.copy(song, folder)
    library.encoder = FakeEncoder()
    summary = library.scan(workers=2)
    assert counts(summary) == {"new": len(list(folder.glob("*.mp3")))} and summary.new >= 3
    assert counts(library.scan(workers=2)) == {"unchanged": summary.new}


def test_errors_in_a_scan_are_for_people(library: Library) -> None:
    attempts: Sequence[Callable[[], object]] = (
        lambda: library.scan(library.folder / "nowhere"),
        lambda: library.scan(workers=-1),
    )
    library.add("1.flac", 1)
    for attempt in attempts:
        with pytest.raises(MusicembError) as caught:
            attempt()
        assert "\n" not in str(caught.value)


def test_how_a_track_sounds_is_stored_and_copied(library: Library) -> None:
    first = library.add("a.wav", seed=1, seconds=6)
    shutil.copy(first, library.folder / "b.wav")
    library.scan()
    described = list(library.catalogue.descriptors().values())
    assert len(described) == 2
    assert described[0] == described[1]
    assert described[0].brightness > 0


def test_reembed_listens_again_to_what_was_not_described(library: Library) -> None:
    for seed in range(3):
        library.add(f"{seed}.wav", seed=seed)
    library.scan()
    (first, second, *_) = library.catalogue.descriptors()
    for track in (first, second):
        library.catalogue.put_descriptors(track, None)
    assert library.listened == 3
    library.scan()
    assert library.listened == 0
    assert len(library.catalogue.descriptors()) == 1
    assert len(library.catalogue.tracks()) == 3
    library.scan(reembed=True)
    assert library.listened == 2
    assert len(library.catalogue.descriptors()) == 3
    library.scan(reembed=True)
    assert library.listened == 0


def test_a_damaged_vector_is_made_anew(library: Library) -> None:
    for seed in range(2):
        library.add(f"{seed}.wav", seed)
    library.scan()
    ids, vectors = library.catalogue.vectors(library.encoder.id)
    with library.catalogue.transaction() as connection:
        connection.execute("UPDATE embedding SET vector = zeroblob(length(vector)) WHERE track = ?", (int(ids[1]),))
    summary = library.scan()
    assert summary.unchanged == 1
    np.testing.assert_array_equal(library.catalogue.vectors(library.encoder.id)[1], vectors)


def test_a_second_scan_of_the_same_catalogue_is_refused(library: Library) -> None:
    library.add("a.wav")
    first = scan_library([library.folder], catalogue=library.catalogue, encoder=library.encoder, workers=0)
    next(first)
    with open_catalogue(library.catalogue.path) as other:
        with pytest.raises(CatalogueError, match="held by process"):
            list(scan_library([library.folder], catalogue=other, encoder=library.encoder, workers=0))
        assert other.tracks() == []
        list(first)
        list(scan_library([library.folder], catalogue=other, encoder=library.encoder, workers=0))
        assert len(other.tracks()) == 1
    assert isinstance(library.encoder, Counting)
    assert len(library.encoder.calls) == 1


def test_a_scan_ends_once_the_catalogue_is_gone(library: Library) -> None:
    for seed in range(3):
        library.add(f"{seed}.wav", seed)
    events = scan_library([library.folder], catalogue=library.catalogue, encoder=library.encoder, workers=0)
    while not isinstance(next(events), ScanProgress):
        pass
    library.catalogue.path.unlink()
    with pytest.raises(CatalogueError, match="deleted or moved away"):
        list(events)


def test_a_fast_scan_is_remembered_and_a_later_one_hears_those_tracks_whole(library: Library) -> None:
    long = library.add("long.flac", 1, 50.0)
    library.add("short.flac", 2)
    fast = ScanSettings(excerpts=5)
    library.scan(settings=fast)
    shutil.copy(long, library.folder / "copy.flac")
    library.scan(settings=fast)  # the copy is as little known
    catalogue = library.catalogue
    by_name = {track.path.name: track.id for track in catalogue.tracks()}
    assert catalogue.partly_heard() == {by_name["long.flac"], by_name["copy.flac"]}
    counts = catalogue.count_values()
    assert (counts["unmeasured"], counts["excerpts"]) == (2, 2)
    library.encoder.calls.clear()  # type: ignore[attr-defined]
    assert library.scan(settings=fast).unchanged == 3
    assert library.encoder.calls == []  # type: ignore[attr-defined]
    library.scan()
    assert sum(library.encoder.calls) == 12  # type: ignore[attr-defined]  # segments of four seconds, once for both
    assert catalogue.partly_heard() == set()
    counts = catalogue.count_values()
    assert (counts["unmeasured"], counts["excerpts"]) == (0, 0)
    assert {track.id for track in catalogue.tracks()} == set(by_name.values())
    library.encoder.calls.clear()  # type: ignore[attr-defined]
    library.scan(settings=fast)  # what was heard whole stays so
    assert library.encoder.calls == []  # type: ignore[attr-defined]


def test_a_first_scan_can_be_asked_before_it_ends(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(16):
        library.add(f"{seed}.flac", seed % 4, 1.5 + seed / 10)
    monkeypatch.setattr("musicemb.workflows.library.summary._EARLIEST", 0.0)
    monkeypatch.setattr("musicemb.workflows.library.summary._GROWTH", 1.0)
    monkeypatch.setattr("musicemb.workflows.library.summary._SHARE", 0.0)
    settings = ScanSettings(minimum_tracks=10)
    grouped: list[int] = []
    events = scan_library(
        [library.folder], catalogue=library.catalogue, encoder=library.encoder, workers=0, settings=settings
    )
    for event in events:
        if isinstance(event, ScanProgress):
            with open_catalogue(library.catalogue.path, read_only=True) as other:
                grouped.append(len(other.nearest_clusters(library.encoder.id)))
    assert grouped[:10] == [0] * 10
    assert grouped[10:] == list(range(10, 16))
    early = library.catalogue.clusters(library.encoder.id)
    assert len(early) > 1
    labels = library.catalogue.nearest_clusters(library.encoder.id)
    with open_catalogue(library.catalogue.path.with_name("other.sqlite")) as other:
        monkeypatch.setattr("musicemb.workflows.library.summary._EARLIEST", 1e9)
        list(scan_library([library.folder], catalogue=other, encoder=library.encoder, workers=0, settings=settings))
        found = other.clusters(library.encoder.id)
        assert [(group.id, group.name, group.size, group.typical) for group in found] == [
            (group.id, group.name, group.size, group.typical) for group in early
        ]
        assert sorted(group.id for group in early)[0] == 1
        number = {group.id: place for place, group in enumerate(early)}
        place = {group.id: place for place, group in enumerate(found)}
        assert {track: place.get(group) for track, group in other.nearest_clusters(library.encoder.id).items()} == {
            track: number.get(group) for track, group in labels.items()
        }


def test_a_library_that_has_groups_is_grouped_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.workflows.library.summary._EARLIEST", 0.0)
    settings = ScanSettings(minimum_tracks=8)
    for seed in range(12):
        library.add(f"{seed}.flac", seed % 3, 1.5 + seed / 10)
    library.scan(settings=settings)
    called: list[object] = []
    monkeypatch.setattr(
        "musicemb.workflows.library.summary.regroup_library", lambda *_, **named: called.append(named) or ()
    )
    for seed in range(12, 24):
        library.add(f"{seed}.flac", seed % 3, 1.5 + seed / 10)
    library.scan(settings=settings)
    assert called == [{"altered": True, "again": False, "only_new": True}]
