"""Sound events from end to end, on miniatures with the published layout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from datasets_path import miniatures
from fake_encoder import FakeEncoder

from musicemb.datasets.dcase import CLASSES
from musicemb.datasets.sounds import hold_out, read_sounds
from musicemb.encoder.runtime import load_encoder
from musicemb.errors import DatasetError
from musicemb.io.frames import StoredFrames, map_frames
from musicemb.records import Example, Problem, SoundEvaluation
from musicemb.settings import EncoderSettings, NetworkSettings, SegmentSettings, TrainingSettings
from musicemb.workflows.frames import FramesReady, cache_frames
from musicemb.workflows.gather import MFCC
from musicemb.workflows.retrain import BundleWritten, retrain_encoder
from musicemb.workflows.sound_events import evaluate_sounds
from musicemb.workflows.sound_report import write_sound_report

SMALL = EncoderSettings(
    segments=SegmentSettings(length=1.0, hop=1.0),
    network=NetworkSettings(widths=(4, 8), dimensions=8),
    training=TrainingSettings(epochs=1, steps_per_epoch=2, tracks_per_batch=6),
)


@pytest.fixture(scope="module")
def dcase(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    folder = tmp_path_factory.mktemp("dcase")
    miniatures.dcase_development(folder, seconds=1.2, segments=1)
    return read_sounds("dcase", folder)


def measure(examples: list[Example], cache: Path, **options: object) -> tuple[list[Problem], SoundEvaluation]:
    options = {"draws": 50, "baselines": (MFCC,)} | options
    steps = list(evaluate_sounds(FakeEncoder(), "dcase", examples, cache=cache, **options))
    assert isinstance(steps[-1], SoundEvaluation)
    return [step for step in steps if isinstance(step, Problem)], steps[-1]


def test_four_microphones_are_four_views(dcase: list[Example], tmp_path: Path) -> None:
    paths = [one.path for one in dcase[:3]]
    front_end = FakeEncoder().front_end
    ready = list(cache_frames(paths, front_end, folder=tmp_path, workers=0, apart=True))
    assert all(isinstance(one, FramesReady) for one in ready)
    apart = map_frames(ready[0].place)
    assert apart.shape[1:] == (4, front_end.settings.n_mels)
    assert not np.array_equal(apart[:, 0], apart[:, 1])
    mixed = next(iter(cache_frames(paths[:1], front_end, folder=tmp_path, workers=0)))
    assert map_frames(mixed.place).ndim == 2, "mixed and apart never share a cache"
    stored = StoredFrames(ready[0].place)
    assert len(stored) == len(apart)
    np.testing.assert_array_equal(stored[2:5], apart[2:5])


def test_from_a_training_to_a_measured_encoder(dcase: list[Example], tmp_path: Path) -> None:
    events = list(
        retrain_encoder(
            hold_out(dcase, 1), SMALL, out=tmp_path / "sounds", name="sounds", labels=CLASSES, cache=tmp_path, workers=0
        )
    )
    written = events[-1]
    assert isinstance(written, BundleWritten)
    assert written.bundle.about["held_out"] == 18
    encoder = load_encoder(tmp_path / "sounds")
    steps = list(evaluate_sounds(encoder, "dcase", dcase, cache=tmp_path / "vectors", baselines=(), draws=20))
    found = steps[-1]
    assert isinstance(found, SoundEvaluation)
    assert (found.files, found.groups, found.folds) == (72, 36, 4)
    assert found.classes == tuple(sorted(CLASSES))
    assert sum(map(sum, found.confusion)) == 72


def test_posteriors_are_averaged_over_channels_and_f1_over_folds(dcase: list[Example], tmp_path: Path) -> None:
    problems, found = measure(dcase, tmp_path)
    assert problems == []
    f1 = found.results["encoder"]["linear macro-F1"]
    # Each fold holds two files of every class, so that the mean of the classes' means is the macro-F1.
    assert f1.value == pytest.approx(np.mean(list(found.f1.values())), abs=1e-9)
    assert f1.low <= f1.value + 1e-9
    assert set(found.differences) == {MFCC}
    assert found.published == {}, "figures of the whole dataset are not set beside a part of it"
    report = write_sound_report(found)
    assert "not comparable" in report and "84.5" not in report


def test_all_of_the_dataset_is_set_beside_what_others_published(
    dcase: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicemb.workflows.sound_events.SEGMENTS", len(dcase))
    _, found = measure(dcase, tmp_path, baselines=())
    assert sorted(found.published.values()) == [62.19, 83.1, 84.5, 88.4]
    assert "another protocol" in write_sound_report(found)


def test_files_that_cannot_be_heard_are_left_out_and_said(dcase: list[Example], tmp_path: Path) -> None:
    silent, broken, numbers = (tmp_path / f"{name}.wav" for name in ("silent", "broken", "numbers"))
    soundfile.write(silent, np.zeros((16_000, 4)), 16_000)
    broken.write_bytes(b"no sound")
    soundfile.write(numbers, np.full((16_000, 4), np.nan), 16_000, subtype="FLOAT")
    odd = [replace(dcase[i], path=path) for i, path in enumerate((silent, broken, numbers))]
    problems, found = measure([*dcase, *odd], tmp_path / "cache", baselines=())
    assert {problem.path for problem in problems} == {silent, broken, numbers}
    assert found.files == len(dcase)
    events = list(cache_frames([silent, numbers], FakeEncoder().front_end, folder=tmp_path, workers=0, apart=True))
    assert [event.reason for event in events] == ["is silent", "holds values that are no numbers"]


def test_one_class_cannot_be_measured(dcase: list[Example], tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="takes two"):
        measure([one for one in dcase if one.label == "cooking"], tmp_path, baselines=())
