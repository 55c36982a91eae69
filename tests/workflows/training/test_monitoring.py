"""A training leaves what it can be judged by."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import sounds
from laws import cases
from tiny_training import NETWORK

from musicemb.encoder.training.checkpoints import EpochReport
from musicemb.records import Example
from musicemb.settings import EncoderSettings, SegmentSettings, TrainingSettings
from musicemb.workflows.training.retrain import BundleWritten, retrain_encoder


@pytest.mark.keras
@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("loss", cases(["nt-xent", "triplet"], ["triplet"]))
def test_losses_distances_and_label_distances(loss: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    examples = []
    for seed in range(12):
        path = sounds.write(tmp_path / f"{seed}.wav", sounds.music(3.0, seed), 16_000)
        artist, split = f"artist {seed}", "val" if seed >= 6 else "train"
        examples.append(Example(path, label=("rock", "jazz")[seed % 2], group=artist, artist=artist, split=split))
    settings = EncoderSettings(
        segments=SegmentSettings(length=1.0, hop=1.0),
        network=NETWORK,
        training=TrainingSettings(loss=loss, epochs=2, steps_per_epoch=2, tracks_per_batch=6),
    )
    options = {"labels": ("jazz", "rock"), "cache": tmp_path / "cache", "workers": 0, "log_dir": tmp_path / "log"}
    events = list(retrain_encoder(examples, settings, out=tmp_path / "b", name="b", **options))
    reports = [event for event in events if isinstance(event, EpochReport)]
    assert isinstance(events[-1], BundleWritten)
    for report in reports:
        assert report.probe["held-out loss"] > 0
        assert 0 <= report.probe["held-out neighbour"] <= 4
        assert 0 <= report.probe["held-out active"] <= 1
        assert -1 <= report.probe["silhouette"] <= 1
    rows = list(csv.DictReader((tmp_path / "b" / "history.csv").read_text().splitlines()))
    assert float(rows[1]["held-out loss"]) == pytest.approx(reports[1].probe["held-out loss"], rel=1e-4)
    table = list(csv.reader((tmp_path / "b" / "label_distances.csv").read_text().splitlines()))
    assert [row[0] for row in table] == ["label", "jazz", "rock"]
    assert table[1][2] == table[2][1] and float(table[1][2]) > 0
    for picture in ("loss.png", "label_distances.png"):
        assert (tmp_path / "b" / picture).read_bytes().startswith(b"\x89PNG")
    assert list((tmp_path / "log").glob("events.out.tfevents.*"))
    assert len((tmp_path / "log" / "vectors.tsv").read_text().splitlines()) == 12
    assert all(math.isfinite(value) for value in np.loadtxt(tmp_path / "log" / "vectors.tsv").ravel())
