"""One file in, a track or one clear reason out; many files in processes that may die."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import sounds
from fake_encoder import FakeEncoder
from odd_encoders import Broken, Fragile, Sleepy, Witness

from musicemb.core.vectors.pooling import dequantise, pool_segments
from musicemb.errors import MusicembError, SettingsError, TagError
from musicemb.records import EmbeddedTrack, Floats, FoundFile, Problem, SegmentVectors
from musicemb.settings import ScanSettings
from musicemb.workflows.embedding.embed import Embedded, KnownAudio, embed_file, embed_files
from musicemb.workflows.parallel import process_pool


@dataclass(frozen=True)
class Odd(FakeEncoder):
    """Does what it is told instead of embedding."""

    act: Callable[[Floats], Floats] = field(default=lambda features: features)

    def embed(self, features: Floats) -> Floats:
        return self.act(features)


def found(path: Path) -> FoundFile:
    status = path.stat()
    return FoundFile(path, status.st_size, status.st_mtime_ns)


def problem(outcome: Embedded) -> Problem:
    assert isinstance(outcome, Problem), outcome
    assert "\n" not in outcome.reason
    assert len(outcome.reason) <= 160
    return outcome


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".ogg", ".opus", ".wav", ".aiff", ".m4a"])
def test_every_format_gives_a_track(tmp_path: Path, suffix: str) -> None:
    file = found(sounds.write_music(tmp_path / f"track{suffix}", 9.0, seed=3, artist="Ada", title="Loop", genre="Jazz"))
    track = embed_file(file, FakeEncoder())
    assert isinstance(track, EmbeddedTrack)
    assert track.file == file
    assert (track.tags.artist, track.tags.title, track.tags.genres) == ("Ada", "Loop", ("Jazz",))
    assert track.duration == pytest.approx(9.0, abs=0.2)
    assert np.linalg.norm(track.vector) == pytest.approx(1.0, abs=1e-5)
    assert 0 < track.homogeneity <= 1
    assert isinstance(track.segments, SegmentVectors)
    assert track.segments.starts.tolist() == [0.0, 4.0]
    pooled, _ = pool_segments(dequantise(track.segments))
    assert float(pooled @ track.vector) > 0.999


def test_a_long_file_is_embedded_in_blocks_like_in_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = found(sounds.write_music(tmp_path / "long.flac", 17.0))
    whole = embed_file(file, FakeEncoder())
    monkeypatch.setattr("musicemb.workflows.embedding.segment_vectors._BLOCK", 3)
    blocks = embed_file(file, FakeEncoder())
    assert isinstance(whole, EmbeddedTrack)
    assert isinstance(blocks, EmbeddedTrack)
    np.testing.assert_allclose(whole.vector, blocks.vector, atol=1e-6)


def make_bad(folder: Path) -> dict[str, Path]:
    """One file of each kind that gives no vector."""
    folder.mkdir(parents=True, exist_ok=True)
    good = sounds.write_music(folder / "good.wav", 5.0)
    paths = {name: folder / f"{name}.mp3" for name in ("empty", "text", "noise", "only-tag")}
    paths["empty"].write_bytes(b"")
    paths["text"].write_text("<html>this is no music</html>" * 50)
    paths["noise"].write_bytes(np.random.default_rng(1).bytes(50_000))
    paths["only-tag"].write_bytes(b"ID3\x03\x00\x00\x00\x00\x00\x0a" + bytes(10))
    paths["silent"] = sounds.write(folder / "silent.flac", np.zeros((44_100 * 5, 2), dtype=np.float32))
    paths["short"] = sounds.write(folder / "short.wav", sounds.music(0.4))
    paths["truncated"] = folder / "truncated.wav"
    paths["truncated"].write_bytes(good.read_bytes()[:60])
    good.unlink()
    return paths


def test_bad_files_are_one_reason_each(tmp_path: Path) -> None:
    outcomes = {name: problem(embed_file(found(path), FakeEncoder())) for name, path in make_bad(tmp_path).items()}
    kinds = {name: outcome.kind for name, outcome in outcomes.items()}
    assert kinds == dict.fromkeys(outcomes, "failed") | {"silent": "skipped", "short": "skipped"}
    assert outcomes["empty"].reason == "is empty"
    assert outcomes["silent"].reason == "is silent"
    assert not any(outcome.transient for outcome in outcomes.values())
    assert all(outcome.size == outcome.path.stat().st_size for outcome in outcomes.values())


def test_half_a_file_is_still_heard(tmp_path: Path) -> None:
    whole = sounds.write_music(tmp_path / "whole.mp3", 8.0)
    half = tmp_path / "half.mp3"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    track = embed_file(found(half), FakeEncoder())
    assert isinstance(track, EmbeddedTrack)
    assert 3 < track.duration < 5


def test_a_misnamed_file_is_heard_by_its_content(tmp_path: Path) -> None:
    flac = sounds.write_music(tmp_path / "really.flac", 5.0)
    assert isinstance(embed_file(found(flac.rename(tmp_path / "not.mp3")), FakeEncoder()), EmbeddedTrack)


def test_a_vanished_file_is_a_passing_problem(tmp_path: Path) -> None:
    outcome = problem(embed_file(FoundFile(tmp_path / "away.mp3", 1000, 1), FakeEncoder()))
    assert (outcome.kind, outcome.transient) == ("failed", True)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_a_passing_problem(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "locked.wav", 5.0)
    path.chmod(0)
    outcome = problem(embed_file(found(path), FakeEncoder()))
    assert (outcome.kind, outcome.transient) == ("failed", True)


@pytest.mark.parametrize(
    ("error", "reason", "transient"),
    [
        (MemoryError(), "does not fit in memory", True),
        (OSError(5, "Input/output error"), "cannot be read: Input/output error", True),
        (RuntimeError("bang\nand\tmore"), "cannot be read (RuntimeError: bang and more)", False),
    ],
)
def test_what_libraries_raise_becomes_a_reason(tmp_path: Path, error: Exception, reason: str, transient: bool) -> None:
    def act(features: Floats) -> Floats:
        raise error

    path = sounds.write_music(tmp_path / "track.wav", 5.0)
    outcome = problem(embed_file(found(path), Odd(act=act)))
    assert (outcome.reason, outcome.transient) == (reason, transient)


@pytest.mark.parametrize("workers", [0, pytest.param(1, marks=pytest.mark.processes)])
def test_an_encoder_that_cannot_run_ends_the_run(tmp_path: Path, workers: int) -> None:
    path = sounds.write_music(tmp_path / "track.wav", 5.0)
    with pytest.raises(MusicembError, match="LiteRT cannot open it"):
        list(embed_files([found(path)], Broken(), workers))


def test_talkative_errors_are_cut(tmp_path: Path) -> None:
    def act(features: Floats) -> Floats:
        raise ValueError("very " * 100)

    path = sounds.write_music(tmp_path / "track.wav", 5.0)
    assert problem(embed_file(found(path), Odd(act=act))).reason.endswith("…")


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_vectors_that_point_nowhere_fail(tmp_path: Path, value: float) -> None:
    path = sounds.write_music(tmp_path / "track.wav", 5.0)
    encoder = Odd(act=lambda features: np.full((len(features), 16), value, dtype=np.float32))
    assert problem(embed_file(found(path), encoder)).reason == "gives no usable vector"


def test_a_file_that_changes_under_our_eyes_is_tried_again_later(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "download.wav", 5.0)

    def act(features: Floats) -> Floats:
        with path.open("ab") as file:
            file.write(b"more")
        return FakeEncoder().embed(features)

    outcome = problem(embed_file(found(path), Odd(act=act)))
    assert (outcome.reason, outcome.transient) == ("was changed while it was read", True)


def test_music_with_a_broken_tag_is_still_music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise TagError(path, "has a tag that makes no sense")

    monkeypatch.setattr("musicemb.io.tags.reader.read_tags", refuse)
    track = embed_file(found(sounds.write_music(tmp_path / "track.mp3", 5.0, artist="Ada")), FakeEncoder())
    assert isinstance(track, EmbeddedTrack)
    assert track.tags.artist == ""
    assert track.note == "tags cannot be read: has a tag that makes no sense"


# ------------------------------------------------------------------------------------ many files


def write_some(folder: Path, lengths: dict[str, float]) -> list[FoundFile]:
    return [
        found(sounds.write_music(folder / f"{name}.wav", seconds, seed=number))
        for number, (name, seconds) in enumerate(lengths.items())
    ]


@pytest.mark.processes
def test_a_crash_costs_only_the_file_at_fault(tmp_path: Path) -> None:
    files = write_some(tmp_path, {"a": 5, "b": 5, "guilty": 12, "c": 5, "d": 5})
    outcomes = {
        (outcome.path if isinstance(outcome, Problem) else outcome.file.path).stem: outcome
        for outcome in embed_files(files, Fragile(), workers=2)
    }
    assert problem(outcomes.pop("guilty")).reason == "crashed the decoder (exit status 11)"
    assert sorted(outcomes) == ["a", "b", "c", "d"]
    assert all(isinstance(outcome, EmbeddedTrack) for outcome in outcomes.values())


@pytest.mark.processes
def test_a_hang_costs_only_the_file_at_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write_some(tmp_path, {"guilty": 12, "a": 5})
    asleep = tmp_path / "asleep"
    asleep.touch()

    def monotonic() -> float:
        return time.monotonic() + 200.0 * asleep.stat().st_size  # minutes pass as soon as it hangs

    monkeypatch.setattr(process_pool, "time", SimpleNamespace(monotonic=monotonic))
    monkeypatch.setattr(process_pool, "wait", lambda pipes, timeout: wait(pipes, min(timeout, 0.05)))
    outcomes = list(embed_files(files, Sleepy(asleep=asleep), workers=1, settings=ScanSettings(file_timeout=180.0)))
    assert [type(outcome) for outcome in outcomes] == [Problem, EmbeddedTrack]
    assert problem(outcomes[0]).reason == "took longer than 3 minutes"
    assert not problem(outcomes[0]).transient


@pytest.mark.processes
def test_workers_and_this_process_give_the_same(tmp_path: Path) -> None:
    files = write_some(tmp_path, {"a": 5, "b": 9})
    here = list(embed_files(files, FakeEncoder(), workers=0))
    there = sorted(embed_files(files, FakeEncoder(), workers=2), key=lambda track: track.file.path)  # type: ignore[union-attr]
    for one, other in zip(here, there, strict=True):
        assert isinstance(one, EmbeddedTrack)
        assert isinstance(other, EmbeddedTrack)
        np.testing.assert_array_equal(one.vector, other.vector)
        assert replace(one, vector=other.vector, segments=None) == replace(other, segments=None)


@pytest.mark.processes
@pytest.mark.parametrize("workers", [0, 1])
def test_a_copy_costs_no_audio_work(tmp_path: Path, workers: int) -> None:
    (file,) = write_some(tmp_path, {"a": 5})
    copy = found(Path(shutil.copy(file.path, tmp_path / "b.wav")))
    first, second = embed_files([file, copy], FakeEncoder(), workers=workers)
    assert isinstance(first, EmbeddedTrack)
    assert second == KnownAudio(copy, first.payload_hash, first.tags)


@pytest.mark.processes
def test_workers_stay_light(tmp_path: Path) -> None:
    (file,) = write_some(tmp_path, {"a": 5})
    report = tmp_path / "modules"
    (track,) = embed_files([file], Witness(report=report), workers=1)
    assert isinstance(track, EmbeddedTrack)
    loaded = {name.split(".")[0] for name in report.read_text().split()}
    assert "numpy" in loaded
    assert not loaded & {"tensorflow", "keras", "librosa", "numba", "sklearn", "hdbscan", "sqlite3", "click", "rich"}


def test_a_negative_number_of_workers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="-1"):
        list(embed_files(write_some(tmp_path, {"a": 2}), FakeEncoder(), workers=-1))


def test_no_files_start_no_process() -> None:
    began = time.monotonic()
    assert list(embed_files([], FakeEncoder(), workers=2)) == []
    assert time.monotonic() - began < 0.1
