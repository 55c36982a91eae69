"""Copies are found, whatever their format; versions are told apart; the best copy stands first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musicemb.core.vectors.pooling import quantise
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import Duplicates, EmbeddedTrack, FoundFile, MeasureStage, TrackTags, TrackValues
from musicemb.workflows.similarity.duplicates import find_duplicates

HOP = 0.96


def put(
    catalogue: Catalogue,
    path: str,
    piece: int,
    *,
    title: str = "Song",
    payload: str = "",
    size: int = 1_000_000,
    count: int = 60,
    order: int = 1,
    segments: bool = True,
    silence: int = 0,
    bpm: float | None = None,
) -> None:
    random = np.random.default_rng(piece)
    rows = random.normal(size=16) + 0.6 * random.normal(size=(count, 16))
    rows = rows[::order] + 0.1 * np.random.default_rng(len(path)).normal(size=rows.shape)
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    vector = rows.mean(axis=0)
    kept = quantise(((silence + np.arange(count)) * HOP).astype(np.float32), rows) if segments else None
    file = FoundFile(Path(f"/m/{path}"), size, 1)
    tags = TrackTags("Artist", title, "Album")
    duration = (silence + count) * HOP
    catalogue.put_track(
        EmbeddedTrack(
            file,
            payload or path,
            tags,
            duration,
            "soundfile",
            vector / np.linalg.norm(vector),
            0.9,
            kept,
            values=TrackValues(bpm=bpm, bpm_confidence=1.0),
        ),
        "first",
    )


@pytest.fixture
def catalogue(own_library: Path) -> Catalogue:
    opened = open_catalogue(own_library)
    put(opened, "a.mp3", 1, size=900_000)
    put(opened, "a copy.mp3", 1, payload="a.mp3", size=900_100)
    put(opened, "better/a.flac", 1, size=5_000_000)
    put(opened, "b.mp3", 2, title="Other", size=2_000_000)
    put(opened, "b/b.mp3", 2, title="Other (Remastered)", size=1_500_000)
    put(opened, "b live.mp3", 2, title="Other (Live)")
    put(opened, "b backwards.mp3", 2, title="Rehto", order=-1)
    put(opened, "jingle.mp3", 3, count=6)
    put(opened, "jingle 2.mp3", 3, count=6)
    opened.set_active_encoder("first")
    return opened


def found(catalogue: Catalogue, *, exact_only: bool = False) -> Duplicates:
    *stages, last = find_duplicates(catalogue, exact_only=exact_only)
    assert all(isinstance(stage, MeasureStage) for stage in stages)
    assert isinstance(last, Duplicates)
    return last


def test_equal_audio_and_copies_in_other_formats(catalogue: Catalogue) -> None:
    report = found(catalogue)
    second, first = report.groups
    assert [copy.track.path.name for copy in first.copies] == ["b.mp3", "b.mp3"]
    assert first.differs == ("title", "bitrate")
    assert [str(copy.track.path) for copy in second.copies] == ["/m/better/a.flac", "/m/a copy.mp3", "/m/a.mp3"]
    assert second.kind == "same recording"
    assert second.differs == ("format", "bitrate")
    assert second.copies[0].bitrate == round(5_000_000 * 8 / (60 * HOP) / 1000)
    assert all(copy.similarity > 0.9 for copy in second.copies)
    assert report.versions == 2, "the live one with each copy of the other"


def test_a_long_silence_before_the_music_hides_no_copy(own_library: Path) -> None:
    with open_catalogue(own_library) as catalogue:
        put(catalogue, "song.mp3", 1)
        put(catalogue, "after silence.mp3", 1, silence=50)
        catalogue.set_active_encoder("first")
        (group,) = found(catalogue).groups
        assert {copy.track.path.name: copy.offset for copy in group.copies} in (
            {"song.mp3": 0.0, "after silence.mp3": 48.0},
            {"song.mp3": -48.0, "after silence.mp3": 0.0},
        )


def test_another_tempo_is_another_version(own_library: Path) -> None:
    with open_catalogue(own_library) as catalogue:
        put(catalogue, "song.mp3", 1, bpm=120.0)
        put(catalogue, "double.mp3", 1, bpm=240.1)
        put(catalogue, "faster.mp3", 1, bpm=124.8)
        catalogue.set_active_encoder("first")
        (group,) = found(catalogue).groups
        assert {copy.track.path.name for copy in group.copies} == {"song.mp3", "double.mp3"}


def test_exact_only(catalogue: Catalogue) -> None:
    (group,) = found(catalogue, exact_only=True).groups
    assert (group.kind, len(group.copies)) == ("same audio", 2)
    assert group.differs == ("bitrate",) or group.differs == ()


def test_without_segments_it_is_said(own_library: Path) -> None:
    with open_catalogue(own_library) as catalogue:
        put(catalogue, "a.mp3", 1, segments=False)
        put(catalogue, "b.mp3", 1, segments=False)
        catalogue.set_active_encoder("first")
        assert found(catalogue) == Duplicates((), 0, 2)


def test_an_empty_library_has_none(own_library: Path) -> None:
    with open_catalogue(own_library) as catalogue:
        assert found(catalogue) == Duplicates((), 0, 0)
