"""A law: after any history of a folder, a scan leaves the catalogue as if it had been scanned afresh."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import sounds
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from laws import THOROUGH, trials

from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.records import EmbeddedTrack, Floats, FoundFile, ScanSummary
from musicemb.workflows.embedding.embed import embed_file
from musicemb.workflows.library.scan import scan_library

NAMES = [f"{folder}{name}.flac" for folder in ("", "sub/") for name in "abcd"]
SEEDS = range(5)


@dataclass(frozen=True)
class Counting(FakeEncoder):
    calls: list[int] = field(default_factory=list)

    def embed(self, features: Floats) -> Floats:
        self.calls.append(len(features))
        return super().embed(features)


class Masters:
    """One file per seed, made once: the tests copy them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.vectors: dict[str, Floats] = {}
        for seed in SEEDS:
            path = self.path(seed)
            sounds.write(path, sounds.music(1.0, seed, sample_rate=16_000, channels=1), 16_000)
            sounds.tag(path, title=f"Song {seed}")
            status = path.stat()
            track = embed_file(FoundFile(path, status.st_size, status.st_mtime_ns), FakeEncoder())
            assert isinstance(track, EmbeddedTrack)
            self.vectors[track.payload_hash] = track.vector

    def path(self, seed: int) -> Path:
        return self.folder / f"{seed}.flac"


class Folder(RuleBasedStateMachine):
    """Files come, go, move, change places, are retagged, damaged and mended; now and then comes a scan."""

    masters: Masters | None = None

    @initialize()
    def start(self) -> None:
        Folder.masters = Folder.masters or Masters()
        self.top = Path(tempfile.mkdtemp())
        self.folder = self.top / "music"
        (self.folder / "sub").mkdir(parents=True)
        self.catalogue = open_catalogue(self.top / "library.sqlite")
        self.encoder = Counting()
        self.clock = 1_700_000_000
        self.put("a.flac", 0)

    def teardown(self) -> None:
        if hasattr(self, "catalogue"):
            self.catalogue.close()
            shutil.rmtree(self.top)

    def tick(self, path: Path) -> None:
        self.clock += 10
        os.utime(path, (self.clock, self.clock))

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.rglob("*.flac"))

    def pick(self, number: int) -> Path:
        return self.files[number % len(self.files)]

    @rule(name=st.sampled_from(NAMES), seed=st.sampled_from(SEEDS))
    def put(self, name: str, seed: int) -> None:
        assert Folder.masters is not None
        path = self.folder / name
        shutil.copy(Folder.masters.path(seed), path)
        self.tick(path)

    @precondition(lambda self: len(self.files) > 1)
    @rule(number=st.integers(0, 7))
    def delete(self, number: int) -> None:
        self.pick(number).unlink()

    @precondition(lambda self: self.files)
    @rule(number=st.integers(0, 7), name=st.sampled_from(NAMES))
    def move(self, number: int, name: str) -> None:
        self.pick(number).replace(self.folder / name)  # keeps its time, as moves do

    @precondition(lambda self: len(self.files) > 1)
    @rule(one=st.integers(0, 7), other=st.integers(0, 7))
    def swap(self, one: int, other: int) -> None:
        first, second = self.pick(one), self.pick(other)
        if first != second:
            between = first.rename(self.top / "between.flac")
            second.rename(first)
            between.rename(second)

    @precondition(lambda self: self.files)
    @rule(number=st.integers(0, 7), length=st.sampled_from([1, 2, 9000]))
    def retag(self, number: int, length: int) -> None:
        path = self.pick(number)
        if path.stat().st_size > 1000:  # a damaged one has no tag
            sounds.tag(path, title="x" * length)  # the longest does not fit into the file's padding
            self.tick(path)

    @precondition(lambda self: self.files)
    @rule(number=st.integers(0, 7))
    def touch(self, number: int) -> None:
        self.tick(self.pick(number))

    @precondition(lambda self: len(self.files) > 1)
    @rule(number=st.integers(0, 7))
    def damage(self, number: int) -> None:
        path = self.pick(number)
        path.write_bytes(b"fLaC" + bytes(self.clock % 100))
        self.tick(path)

    @rule()
    def scan(self) -> None:
        assert Folder.masters is not None
        sound = [path for path in self.files if path.stat().st_size > 1000]
        payloads = {path: payload_hash(path) for path in sound}
        rows = [row for row in self.catalogue.known_files(self.encoder.id) if row.embedded]
        # What other audio has taken the place of may have been overwritten before it turns up elsewhere.
        known = {row.payload_hash for row in rows if payloads.get(row.path, row.payload_hash) == row.payload_hash}
        self.encoder.calls.clear()
        summary = self.summary()
        # Every file is there as it is, and nothing else.
        tracks = {track.path: track for track in self.catalogue.tracks()}
        assert sorted(tracks) == sound
        assert {path: track.payload_hash for path, track in tracks.items()} == payloads
        assert {path: track.tags for path, track in tracks.items()} == {path: read_tags(path) for path in sound}
        ids, vectors = self.catalogue.vectors(self.encoder.id)
        assert ids.tolist() == sorted(track.id for track in tracks.values())
        by_id = dict(zip(ids.tolist(), vectors, strict=True))
        for track in tracks.values():
            np.testing.assert_allclose(by_id[track.id], Folder.masters.vectors[track.payload_hash], atol=1e-6)
        assert {problem.path for problem in self.catalogue.problems()} == set(self.files) - set(sound)
        # No audio was heard that was known, and none twice.
        assert len(self.encoder.calls) <= len(set(payloads.values()) - known)
        assert summary.new + summary.changed + summary.moved + summary.retagged + summary.unchanged == len(sound)
        # And a second look finds nothing to do.
        again = self.summary()
        assert len(self.encoder.calls) <= len(set(payloads.values()) - known)
        assert (again.unchanged, again.tracks, again.gone, again.failed) == (len(sound), len(sound), 0, ())

    def summary(self) -> ScanSummary:
        *_, last = scan_library([self.folder], catalogue=self.catalogue, encoder=self.encoder, workers=0)
        assert isinstance(last, ScanSummary)
        return last


Folder.TestCase.settings = settings(
    max_examples=trials(25),
    stateful_step_count=25 if THOROUGH else 15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestFolder = Folder.TestCase
