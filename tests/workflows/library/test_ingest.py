"""What is stored of each outcome of a scan, and how it is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import EmbeddedTrack, FoundFile, Problem, TrackTags
from musicemb.workflows.embedding.embed import KnownAudio
from musicemb.workflows.library.changes import TrackIndex
from musicemb.workflows.library.ingest import Ingest

ENCODER = "encoder00001"
ROOT = Path("/music").absolute()
UNIT = np.array([0.6, 0.8], np.float32)


@pytest.fixture
def catalogue(own_library: Path) -> Iterator[Catalogue]:
    with open_catalogue(own_library) as opened:
        opened.set_active_encoder(ENCODER, "test")
        yield opened


def track(name: str, digest: str = "payload", *, time: int = 1, title: str = "Song", note: str = "") -> EmbeddedTrack:
    file = FoundFile(ROOT / name, 100, time)
    made = EmbeddedTrack(file, digest, TrackTags("Artist", title), 180.0, "soundfile", UNIT, 0.9, None)
    return replace(made, note=note)


def ingest(catalogue: Catalogue) -> Ingest:
    """As at the start of a scan: nothing is missing."""
    return Ingest(catalogue, ENCODER, TrackIndex(catalogue.known_files(ENCODER)), {}, keep_segments=True)


def test_a_track_is_new_then_changed_then_only_heard_again(catalogue: Catalogue) -> None:
    run = ingest(catalogue)
    assert [
        progress.status
        for step in (track("a"), track("a", "another", time=2), track("a", "another", time=3))
        if (progress := run.store(step))
    ] == ["new", "changed", "changed"]
    assert {name: count for name, count in run.counts.items() if count} == {"new": 1, "changed": 1, "reembedded": 1}
    assert run.altered
    (stored,) = catalogue.tracks()
    assert (stored.payload_hash, run.index.at(ROOT / "a").mtime_ns) == ("another", 3)


def test_damage_is_counted_and_said(catalogue: Catalogue) -> None:
    run = ingest(catalogue)
    progress = run.store(track("a", note="ends early"))
    assert progress is not None and progress.reason == "ends early"
    assert run.counts["damaged"] == 1


def test_a_copy_takes_the_vector_that_is_there(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "a").touch()  # were it not there, the track would have moved
    run = ingest(catalogue)
    run.store(replace(track("a"), file=FoundFile(tmp_path / "a", 100, 1)))
    progress = run.store(KnownAudio(FoundFile(ROOT / "b", 90, 5), "payload", TrackTags(title="Copy")))
    assert progress is not None
    assert (progress.status, progress.reason, run.counts["copied"]) == ("new", f"same audio as {tmp_path / 'a'}", 1)
    _, vectors = catalogue.vectors(ENCODER)
    np.testing.assert_allclose(vectors, [UNIT, UNIT], atol=1e-3)
    assert sorted(one.tags.title for one in catalogue.tracks()) == ["Copy", "Song"]
    assert run.store(KnownAudio(FoundFile(ROOT / "c", 90, 5), "unheard of", TrackTags())) is None


def test_a_track_follows_its_file_and_its_tags(catalogue: Catalogue) -> None:
    ingest(catalogue).store(track("a"))
    run = ingest(catalogue)
    (row,) = run.index
    run.missing[row.id] = row
    run.apply_moves([(row, FoundFile(ROOT / "b", 100, 1), TrackTags("Artist", "Song"))])
    assert (run.counts["moved"], run.missing, run.altered) == (1, {}, False)
    (row,) = run.index
    run.apply_moves([(row, FoundFile(ROOT / "b", 100, 2), TrackTags("Artist", "Song"))])
    assert (run.counts["touched"], run.altered) == (1, False)
    (row,) = run.index
    run.apply_moves([(row, FoundFile(ROOT / "b", 110, 3), TrackTags("Artist", "Other"))])
    assert (run.counts["retagged"], run.altered) == (1, True)
    (stored,) = catalogue.tracks()
    assert (stored.path, stored.tags.title) == (ROOT / "b", "Other")


def test_a_file_that_broke_takes_its_track_out_and_a_passing_trouble_does_not(catalogue: Catalogue) -> None:
    run = ingest(catalogue)
    run.store(track("a"))
    run.store(Problem(ROOT / "a", "cannot be read now", "failed", True, 50, 2))
    assert len(catalogue.tracks()) == 1
    run.store(Problem(ROOT / "a", "holds no audio", "failed", False, 50, 2))
    assert catalogue.tracks() == []
    assert run.index.at(ROOT / "a").gone
    assert [problem.reason for problem in run.problems] == ["cannot be read now", "holds no audio"]
    assert [problem.reason for problem in catalogue.problems()] == ["holds no audio"]
