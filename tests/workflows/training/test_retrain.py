"""From a folder of music to a bundle that scan can use."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sounds
from fake_cluster import ADDRESS, FakeCluster, FakeWorker
from tiny_training import NETWORK

from musicemb.encoder import convert
from musicemb.encoder.runtime.bundle import read_bundle
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.encoder.training.checkpoints import EpochReport
from musicemb.errors import DatasetError, SettingsError
from musicemb.records import Example, FoundFile, Problem
from musicemb.settings import AugmentationSettings, EncoderSettings, SegmentSettings, TrainingSettings
from musicemb.workflows.embedding.cached_frames import FramesReady
from musicemb.workflows.embedding.embed import embed_file
from musicemb.workflows.parallel.dask_pool import DaskPool
from musicemb.workflows.training import prepare
from musicemb.workflows.training.retrain import BundleWritten, retrain_encoder

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("eager", "quick_pictures")]

SMALL = EncoderSettings(
    segments=SegmentSettings(length=1.0, hop=1.0),
    network=NETWORK,
    training=TrainingSettings(epochs=2, steps_per_epoch=3, tracks_per_batch=6),
)


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    folder = tmp_path_factory.mktemp("collection")
    examples = []
    for seed in range(12):
        path = sounds.write(folder / f"{seed}.wav", sounds.music(3.0, seed), 44_100)
        split = "val" if seed >= 9 else "train"
        genre = ("rock", "jazz", "folk")[seed % 3]
        examples.append(
            Example(path, label=genre, group=f"artist {seed}", artist=f"artist {seed}", split=split, corpus="made")
        )
    return examples


tellable = prepare._tellable


def train(examples: Sequence[Example], out: Path, settings: EncoderSettings = SMALL, **options: object) -> list:
    options = {"labels": ("folk", "jazz", "rock"), "cache": out.parent / "cache", "workers": 0} | options
    return list(retrain_encoder(examples, settings, out=out, name=out.name, **options))


def weights(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / "weights.npz") as stored:
        return {key: stored[key] for key in stored.files}


def in_this_process(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
    """A conversion where TensorFlow is loaded already; tests/encoder/conftest.py starts the process that it is."""
    assert command[1:3] == ["-m", "musicemb.encoder.convert"]
    convert.main(command[3:])
    return subprocess.CompletedProcess(command, 0, "", "")


@pytest.fixture(scope="module")
def trained(music: list[Example], tmp_path_factory: pytest.TempPathFactory) -> tuple[list, Path]:
    """Compiled, and converted, as a training is."""
    out = tmp_path_factory.mktemp("bundles") / "mine"
    broken = out.parent / "broken.mp3"
    broken.write_bytes(b"no music at all")
    secret = replace(music[0], path=Path("/nowhere/secret.mp3"), split="test")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("musicemb.encoder.convert.subprocess.run", in_this_process)
        events = train([*music, replace(music[0], path=broken), secret], out)
    return events, out


@pytest.mark.processes
@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_a_worker_that_is_killed_does_not_end_the_training(music: list[Example], tmp_path: Path) -> None:
    events = retrain_encoder(
        music, SMALL, out=tmp_path / "out", name="out", labels=("folk", "jazz", "rock"), cache=tmp_path, workers=2
    )
    assert isinstance(next(events), FramesReady)
    victim = multiprocessing.active_children()[0]
    assert victim.pid is not None
    os.kill(victim.pid, signal.SIGKILL)
    ready = 1
    for event in events:
        if not isinstance(event, FramesReady):
            break  # the training began
        ready += 1
    assert ready == len(music)
    assert not isinstance(event, Problem)


def test_a_bundle_comes_out_that_scan_can_use(trained: tuple[list, Path], music: list[Example]) -> None:
    events, out = trained
    written = events[-1]
    assert isinstance(written, BundleWritten)
    assert written.no_runtime == ""
    encoder = load_encoder(out)
    assert encoder.id == written.bundle.id
    assert encoder.genre_head.labels == ("folk", "jazz", "rock")
    stat = music[0].path.stat()
    track = embed_file(FoundFile(music[0].path, stat.st_size, stat.st_mtime_ns), encoder)
    assert track.vector.shape == (8,)
    assert len(track.segments.starts) == 3


def test_every_epoch_is_told_and_kept(trained: tuple[list, Path]) -> None:
    events, out = trained
    reports = [event for event in events if isinstance(event, EpochReport)]
    assert [report.epoch for report in reports] == [1, 2]
    measured = {"precision@5", "1-nn", "precision@5 alone", "silhouette"}
    losses = {f"held-out {name}" for name in ("loss", "neighbour", "distant", "active")}
    assert set(reports[0].probe) == measured | losses
    history = (out / "history.csv").read_text().splitlines()
    assert history[0].startswith("epoch,loss,neighbour,distant")
    assert len(history) == 3
    assert not out.with_name("mine.checkpoint.npz").exists()
    card = (out / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert read_bundle(out).id in card
    assert "9 of made" in card
    assert "folk, jazz, rock" in card


def test_a_bad_file_is_told_and_the_test_split_is_not_touched(trained: tuple[list, Path]) -> None:
    events, _ = trained
    problems = [event for event in events if isinstance(event, Problem)]
    assert [problem.path.name for problem in problems] == ["broken.mp3"]
    assert len([event for event in events if isinstance(event, FramesReady)]) == 12


def test_labels_do_not_reach_a_tile2vec_encoder(
    trained: tuple[list, Path], music: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    told = [replace(e, genres=(e.label, "loud")) for e in music]
    # Most are rock now: where labels are taught, tracks of the others are drawn more often.
    others = [(told[(i + 1) % 12].label, told[i if i % 4 == 1 else 0].genres) for i in range(12)]
    shuffled = [replace(e, label=label, genres=genres) for e, (label, genres) in zip(told, others, strict=True)]
    # Segments are mixed with their genres; without a label loss that must not show either.
    warped = replace(SMALL, augmentation=AugmentationSettings(mix_share=0.5, band_shift=2.0, time_stretch=0.2))
    train(told, tmp_path / "a", warped)
    train(shuffled, tmp_path / "b", warped)
    one, other = weights(tmp_path / "a"), weights(tmp_path / "b")
    for name, value in one.items():
        np.testing.assert_allclose(other[name], value, atol=1e-5, err_msg=name)


def test_genres_beside_the_label_reach_the_weights_where_labels_may(
    music: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    monkeypatch.setattr(prepare, "_tellable", lambda examples, groups=2: tellable(examples, groups))
    several = [replace(e, genres=(e.label, ("slow", "loud")[i % 2])) for i, e in enumerate(music)]
    told = replace(SMALL, training=replace(SMALL.training, label_weight=1.0))
    alone = replace(told, training=replace(told.training, all_genres=False))
    found = {}
    for name, examples, settings in (("one", music, told), ("all", several, told), ("alone", several, alone)):
        train(examples, tmp_path / name, settings)
        found[name] = weights(tmp_path / name)
    np.testing.assert_allclose(found["alone"]["embedding/kernel"], found["one"]["embedding/kernel"], atol=1e-5)
    assert np.abs(found["all"]["embedding/kernel"] - found["one"]["embedding/kernel"]).max() > 1e-3
    # They are taught, but guesses keep to the labels.
    assert read_bundle(tmp_path / "all").genre_head.labels == ("folk", "jazz", "rock")


def test_a_fine_tune_starts_from_the_weights_and_the_front_end(
    trained: tuple[list, Path], music: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    _, out = trained
    still = replace(SMALL, training=replace(SMALL.training, epochs=1, steps_per_epoch=1, learning_rate=1e-9))
    train(music, tmp_path / "tuned", still, start_from=out)
    before, after = weights(out), weights(tmp_path / "tuned")
    np.testing.assert_allclose(after["embedding/kernel"], before["embedding/kernel"], atol=1e-5)
    tuned = read_bundle(tmp_path / "tuned")
    np.testing.assert_array_equal(tuned.front_end.band_mean, read_bundle(out).front_end.band_mean)
    assert tuned.about["started_from"] == read_bundle(out).id
    other = replace(SMALL, network=replace(SMALL.network, dimensions=4))
    with pytest.raises(SettingsError, match="another network"):
        train(music, tmp_path / "x", other, start_from=out)


def test_label_losses_use_the_labels(music: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    told = replace(SMALL, training=replace(SMALL.training, label_weight=1.0))
    events = train(music, tmp_path / "a", told)
    assert isinstance(events[-1], BundleWritten)


def test_a_cluster_prepares_what_this_machine_does(music: list[Example], tmp_path: Path) -> None:
    cluster = FakeCluster(FakeWorker("one"), FakeWorker("two"))
    data = []
    for name, how in (("there", {"executor": DaskPool(ADDRESS, connector=cluster.connect)}), ("here", {"workers": 0})):
        *_, made = prepare.prepare_training(music, SMALL, cache=tmp_path / name, **how)  # type: ignore[arg-type]
        assert isinstance(made, prepare.TrainingData)
        data.append(next(made.train.batches(made.front_end)(0)).features)
    np.testing.assert_array_equal(*data)
    assert cluster.items == len(music)


def test_mixed_segments_are_taught_both_genres(music: list[Example], tmp_path: Path) -> None:
    mixing = replace(SMALL, augmentation=AugmentationSettings(mix_share=1.0))
    events = prepare.prepare_training(music, mixing, labels=("folk", "jazz", "rock"), cache=tmp_path, workers=0)
    data = next(event for event in events if isinstance(event, prepare.TrainingData))
    batch = next(data.train.batches(data.front_end)(0))
    assert batch.features.shape == (12, 62, 96)
    np.testing.assert_allclose(batch.shares.sum(axis=1), 1, atol=1e-6)
    two = (batch.shares > 0).sum(axis=1) == 2
    assert two.any()
    # What is less than half of a segment is not its label.
    np.testing.assert_array_equal(batch.shares.argmax(axis=1), batch.labels)


def test_held_out_tracks_need_not_be_watched(
    music: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    events = train(music, tmp_path / "a", watch=False)
    assert [event.probe for event in events if isinstance(event, EpochReport)] == [{}, {}]
    assert events[-1].bundle.about["held_out"] == 3
    assert (tmp_path / "a" / "loss.png").is_file()


@pytest.mark.parametrize("count", [0, 1])
def test_too_little_to_learn_from_is_one_line(music: list[Example], tmp_path: Path, count: int) -> None:
    with pytest.raises(DatasetError, match=f"{count} tracks of at least 1 s to learn from"):
        train(music[:count], tmp_path / "a")


def test_one_genre_or_none_trains_without_a_head(
    music: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    for name, label in (("one", "rock"), ("none", "")):
        train([replace(e, label=label) for e in music], tmp_path / name, labels=None)
        assert read_bundle(tmp_path / name).genre_head is None


def test_a_radius_longer_than_the_track_is_the_whole_track(music: list[Example], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    far = replace(SMALL, training=replace(SMALL.training, radius=999.0, loss="triplet"))
    assert isinstance(train(music, tmp_path / "a", far)[-1], BundleWritten)


def test_labels_of_few_artists_are_not_told_apart() -> None:
    def example(i: int, label: str) -> Example:
        return Example(Path(f"{i}"), label=label, group=f"g{i}")

    examples = [example(i, "rock") for i in range(8)] + [example(i, "polka") for i in range(7)]
    assert prepare._tellable(examples) == ("rock",)


class Killed(BaseException):
    """The end of a process, as far as what lies on disk is concerned."""


MOMENTS = (
    "musicemb.workflows.training.prepare.load_frames",  # all is decoded, nothing is trained
    "musicemb.encoder.runtime.bundle.seal_bundle",  # a bundle is half written
    "musicemb.encoder.convert.convert_bundle",
    "musicemb.workflows.training.retrain.record_training",  # a bundle is there, its checkpoint still too
)


def test_a_kill_at_any_moment_and_a_resumed_training_is_as_an_unbroken_one(
    music: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    train(music, tmp_path / "unbroken")
    events = retrain_encoder(
        music, SMALL, out=tmp_path / "a", name="a", labels=("folk", "jazz", "rock"), cache=tmp_path, workers=0
    )
    for event in events:
        if isinstance(event, EpochReport):
            events.close()

    def die(*_: object, **__: object) -> None:
        raise Killed

    for moment in MOMENTS:
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(moment, die)
            train(music, tmp_path / "a", resume=True)
        assert (tmp_path / "a.checkpoint.npz").is_file(), "what was trained is still there"
    told = [event for event in train(music, tmp_path / "a", resume=True) if isinstance(event, EpochReport)]
    assert [report.epoch for report in told] == [1, 2]
    wanted = weights(tmp_path / "unbroken")
    for name, value in weights(tmp_path / "a").items():
        np.testing.assert_allclose(value, wanted[name], atol=2e-4, err_msg=name)
    assert not (tmp_path / "a.checkpoint.npz").exists()
    assert read_bundle(tmp_path / "a").about["epochs"] == 2
