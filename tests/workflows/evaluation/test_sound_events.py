"""Sound events from end to end, on miniatures with the published layout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import miniatures
import numpy as np
import pytest
import soundfile
from eager_keras import eagerly
from fake_cluster import ADDRESS, FakeCluster, FakeWorker
from fake_encoder import FakeEncoder
from tiny_training import NETWORK

from musicemb.core.training.triplets import draw_places
from musicemb.datasets.dcase import CLASSES
from musicemb.datasets.registry import DATASETS, hold_out, read_sounds
from musicemb.documents import to_json
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.errors import DatasetError
from musicemb.io.array_cache import StoredFrames, map_frames
from musicemb.records import BundleInfo, Example, Problem, SoundEvaluation
from musicemb.settings import EncoderSettings, SegmentSettings, TrainingSettings
from musicemb.workflows.embedding.cached_frames import FramesReady, cache_frames
from musicemb.workflows.evaluation.collect import MFCC
from musicemb.workflows.evaluation.report import write_sound_report
from musicemb.workflows.evaluation.sound_events import COMMONEST, evaluate_sounds, plan_folds
from musicemb.workflows.evaluation.sound_scores import space_statistics
from musicemb.workflows.parallel.dask_pool import DaskPool
from musicemb.workflows.training.prepare import TrainingData, prepare_training
from musicemb.workflows.training.probe import subsample
from musicemb.workflows.training.retrain import BundleWritten, retrain_encoder

SMALL = EncoderSettings(
    segments=SegmentSettings(length=1.0, hop=1.0),
    network=NETWORK,
    training=TrainingSettings(epochs=1, steps_per_epoch=2, tracks_per_batch=6),
)


SPACE = {"precision@5", "precision@5 macro", "1-nn", "1-nn macro", "AMI", "AMI clustered", "AMI k-means", "coverage"}
"""Figures that evaluate_probe no probe."""


@pytest.fixture(scope="module")
def dcase(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    folder = tmp_path_factory.mktemp("dcase")
    miniatures.dcase_development(folder, seconds=1.2, segments=1)
    return read_sounds("dcase", folder)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vectors of the miniature, which most tests here ask for."""
    return tmp_path_factory.mktemp("cache")


def measure(examples: list[Example], cache: Path, **options: object) -> tuple[list[Problem], SoundEvaluation]:
    options = {"draws": 20, "baselines": (MFCC,)} | options
    steps = list(evaluate_sounds(FakeEncoder(), "dcase", examples, cache=cache, **options))
    assert isinstance(steps[-1], SoundEvaluation)
    return [step for step in steps if isinstance(step, Problem)], steps[-1]


def test_a_cluster_measures_what_this_machine_does(dcase: list[Example], cache: Path, tmp_path: Path) -> None:
    cluster = FakeCluster(FakeWorker("one"), FakeWorker("two"))
    some = [one for one in dcase if one.label in CLASSES[:2]]
    there = measure(some, tmp_path, executor=DaskPool(ADDRESS, connector=cluster.connect))
    assert to_json(there[1]) == to_json(measure(some, cache)[1])
    assert cluster.items == 2 * len(some) == 32


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


@pytest.mark.keras
@pytest.mark.usefixtures("quick_pictures")
def test_from_a_training_to_a_measured_encoder(
    dcase: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    options = {"out": tmp_path / "sounds", "name": "sounds", "labels": CLASSES, "cache": tmp_path, "workers": 0}
    with eagerly():  # two steps; to embed hundreds of files is compiled
        *_, written = retrain_encoder(hold_out(dcase, 1), SMALL, **options)
    assert isinstance(written, BundleWritten)
    assert written.bundle.about["held_out"] == 18
    encoder = load_encoder(tmp_path / "sounds")
    steps = list(evaluate_sounds(encoder, "dcase", dcase, cache=tmp_path / "vectors", baselines=(), draws=20))
    found = steps[-1]
    assert isinstance(found, SoundEvaluation)
    assert (found.files, found.groups, found.folds) == (72, 36, 4)
    assert found.classes == tuple(sorted(CLASSES))
    assert sum(map(sum, found.confusion)) == 72


def test_posteriors_are_averaged_over_channels_and_f1_over_folds(dcase: list[Example], cache: Path) -> None:
    problems, found = measure(dcase, cache)
    assert problems == []
    f1 = found.results["encoder"]["linear macro-F1"]
    # Each fold holds two files of every class, so that the mean of the classes' means is the macro-F1.
    assert f1.value == pytest.approx(np.mean(list(found.f1.values())), abs=1e-9)
    assert f1.low <= f1.value + 1e-9
    assert set(found.differences) == {MFCC, COMMONEST}
    assert {name: one.value for name, one in found.by_class["linear F1"].items()} == pytest.approx(found.f1)
    dense = np.mean([one.value for one in found.by_class["dense F1"].values()])
    assert found.results["encoder"]["dense macro-F1"].value == pytest.approx(dense, abs=1e-9)
    assert [sum(row) for row in found.dense_confusion] == [8] * len(CLASSES)
    assert found.published == {}, "figures of the whole dataset are not set beside a part of it"
    always = {name: one.value for name, one in found.results[COMMONEST].items()}
    # Every fold has as many files of each of the nine classes: one of them is said of all.
    assert always["linear accuracy"] == pytest.approx(1 / 9)
    assert always["dense macro-F1"] == pytest.approx(2 / (1 + 9) / 9)
    assert always["linear cross-entropy"] == pytest.approx(np.log(9), rel=0.05)
    assert 0 < found.results["encoder"]["linear cross-entropy"].value < always["linear cross-entropy"]
    report = write_sound_report(found)
    assert "and not comparable" in report and "84.5" not in report
    assert "figures are of the development dataset alone" in report


def test_neighbours_and_groups_are_of_other_sessions_in_the_fold(dcase: list[Example]) -> None:
    plan = plan_folds(FakeEncoder(), "dcase", dcase, [])
    place = {label: number for number, label in enumerate(CLASSES)}
    sure = [np.tile(np.eye(9, dtype=np.float32)[place[one.label]], (4, 1)) for one in dcase]
    # A session lies on a point of its own class: found by other sessions of the class, where there is one.
    retrieval, groups = space_statistics(sure, plan, None, learned=True)
    weights = np.ones((1, len(dcase)))
    several = {}
    for fold, rows in plan.folds.items():
        for row in rows:
            several.setdefault((fold, dcase[row].label), set()).add(dcase[row].group)
    wanted = np.mean([len(several[one.fold, one.label]) > 1 for one in dcase])
    assert retrieval["1-nn"](weights)[0] == pytest.approx(wanted)
    assert groups["AMI k-means"](weights)[0] == pytest.approx(1.0)
    rng = np.random.default_rng(0)
    blind = [rng.normal(size=(4, 9)).astype(np.float32) for _ in dcase]
    retrieval, groups = space_statistics(blind, plan, None, learned=False)
    assert retrieval["precision@5"](weights)[0] < 0.4
    assert groups["AMI k-means"](weights)[0] < 0.5


def test_of_a_very_large_fold_some_are_searched_among(dcase: list[Example], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.workflows.evaluation.sound_scores.MOST_SEARCHED", 6)
    plan = plan_folds(FakeEncoder(), "dcase", dcase, [])
    rng = np.random.default_rng(0)
    vectors = [rng.normal(size=(4, 9)).astype(np.float32) for _ in dcase]
    retrieval, groups = space_statistics(vectors, plan, None, learned=False)
    # A row counts if the figure is a number where only that row weighs anything.
    counted = np.isfinite(groups["coverage"](np.eye(len(dcase))))
    assert [int(counted[rows].sum()) for rows in plan.folds.values()] == [6, 6, 6, 6]
    found = np.isfinite(retrieval["1-nn"](np.eye(len(dcase))))
    assert found.any() and not found[~counted].any()


def test_all_of_the_dataset_is_set_beside_what_others_published(
    dcase: list[Example], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replace(DATASETS["dcase"], files=len(dcase))
    monkeypatch.setattr("musicemb.workflows.evaluation.sound_events.DATASETS", {"dcase": whole})
    _, found = measure(dcase, cache, baselines=())
    assert sorted(found.published.values()) == [62.19, 83.1, 84.5, 88.4]
    assert "another protocol" in write_sound_report(found)


def test_files_that_cannot_be_heard_are_left_out_and_said(dcase: list[Example], cache: Path, tmp_path: Path) -> None:
    silent, quiet, broken, numbers = (tmp_path / f"{name}.wav" for name in ("silent", "quiet", "broken", "numbers"))
    soundfile.write(silent, np.zeros((16_000, 4)), 16_000)
    soundfile.write(quiet, np.random.default_rng(0).normal(0, 3e-4, (16_000, 4)), 16_000)
    broken.write_bytes(b"no sound")
    soundfile.write(numbers, np.full((16_000, 4), np.nan), 16_000, subtype="FLOAT")
    odd = [replace(dcase[i], path=path) for i, path in enumerate((silent, quiet, broken, numbers))]
    problems, found = measure([*dcase, *odd], cache, baselines=())
    assert {problem.path: problem.reason.split(" (")[0] for problem in problems} == {
        broken: "cannot be decoded",
        numbers: "holds values that are not numbers",
        silent: "cannot be analysed by encoder",
    }
    assert found.files == len(dcase) + 1, "quiet is a class of its own here: nobody is at home"
    events = list(cache_frames([silent, numbers], FakeEncoder().front_end, folder=tmp_path, workers=0, apart=True))
    assert [event.reason for event in events] == ["is silent", "holds values that are not numbers"]


def trained(dataset: str, fold: int, *, knows_labels: bool = False) -> FakeEncoder:
    """An encoder that a dataset trained, one fold held out."""
    about = {"dataset": dataset, "fold": fold}
    return FakeEncoder(bundle_info=BundleInfo(EncoderSettings(), about, knows_labels))


def test_a_fold_that_the_encoder_never_heard_is_told_apart(dcase: list[Example], cache: Path) -> None:
    def found(encoder: FakeEncoder) -> SoundEvaluation:
        steps = list(evaluate_sounds(encoder, "dcase", dcase, cache=cache, baselines=(), draws=20))
        assert isinstance(steps[-1], SoundEvaluation)
        return steps[-1]

    stranger = found(trained("esc10", 2))
    assert (stranger.files, stranger.folds) == (72, 4)
    assert set(stranger.results["encoder"]) == SPACE | {
        f"{a} {b}" for a in ("linear", "dense") for b in ("macro-F1", "accuracy", "cross-entropy")
    }
    heard = found(trained("dcase", 2))
    assert (heard.files, heard.folds) == (72, 4)
    alone = heard.results["encoder"]["linear macro-F1, fold 2 alone"].value
    assert any("was trained, without labels, on the files of folds 1, 3, 4" in text for text in heard.notes)
    taught = found(trained("dcase", 2, knows_labels=True))
    assert (taught.files, taught.folds) == (18, 1), "labels of the other folds would flatter it"
    assert taught.results["encoder"]["linear macro-F1"].value == pytest.approx(alone)
    assert any("figures are of fold 2 alone" in text for text in taught.notes)
    assert sum(map(sum, taught.confusion)) == 18
    assert "1 official fold," in write_sound_report(taught)


def test_the_evaluation_dataset_is_asked_by_a_probe_of_all_folds(tmp_path: Path) -> None:
    miniatures.dcase_development(tmp_path, seconds=0.6, segments=1, nodes=(1, 2))
    miniatures.dcase_evaluation(tmp_path, seconds=0.6)
    both = read_sounds("dcase", tmp_path, evaluation=True)
    assert read_sounds("dcase", tmp_path) == [one for one in both if one.split != "test"]
    _, found = measure(both, tmp_path / "cache", baselines=())
    assert (found.files, found.tested, found.groups) == (72, 36, 36 + 9)
    predicted = found.results["encoder"]
    sides = [predicted[f"linear accuracy, evaluation, {side} nodes"].value for side in ("known", "unknown")]
    # Node 1 is in both datasets, node 5 in neither fold; each recorded half of the evaluation dataset.
    assert predicted["linear accuracy, evaluation"].value == pytest.approx(np.mean(sides))
    assert "36 of the evaluation dataset" in write_sound_report(found)


@pytest.mark.keras
def test_neighbours_are_near_in_the_session_and_no_moment_is_distant(tmp_path: Path) -> None:
    from musicemb.encoder.training.losses import pair_masks

    miniatures.dcase_development(tmp_path, seconds=1.2, segments=9, nodes=(1, 2))
    examples = [one for one in hold_out(read_sounds("dcase", tmp_path), 1) if one.label in CLASSES[:3]]
    near = replace(SMALL, training=replace(SMALL.training, radius=30.0, tracks_per_batch=40))
    *_, data = prepare_training(examples, near, labels=CLASSES, cache=tmp_path / "cache", workers=0)
    assert isinstance(data, TrainingData)
    pairs: set[tuple[str, str]] = set()
    for batch in data.train.batches(data.front_end)(0):
        _, distants = pair_masks(batch.tracks, batch.artists)
        distants = np.asarray(distants)
        for row, column in np.argwhere(batch.artists[:, None] == batch.artists[None, :]):
            assert not distants[row, column], "a session, and with it a moment, is never distant"
        assert distants.any()
        assert (batch.artists[::2] == batch.artists[1::2]).all()
    front_end = data.front_end
    offsets = data.train.offsets
    draws = data.train._recordings(front_end.settings.sample_rate / front_end.settings.hop)
    assert draws is not None and offsets is not None
    lengths = np.array([len(frames) for frames in data.train.frames])
    rng = np.random.default_rng(0)
    start = next(i for i, one in enumerate(data.train_examples) if one.path.name.endswith("DevNode1_ex2_4.wav"))
    for _ in range(100):
        tracks, _ = draw_places(start, lengths, draws, segment=62, radius=round(30 * 62.5), count=2, rng=rng)
        other = data.train_examples[int(tracks[1])]
        pairs.add((other.corpus, other.moment))
    assert {moment for _, moment in pairs} == {f"ex2_{n}" for n in range(1, 8)}, "30 s are three segments either way"
    assert {node for node, _ in pairs} == {"DevNode1", "DevNode2"}


def test_one_class_cannot_be_measured(dcase: list[Example], cache: Path) -> None:
    with pytest.raises(DatasetError, match="at least two folds and two classes are needed; 4 and 1 of dcase"):
        measure([one for one in dcase if one.label == "cooking"], cache, baselines=())


def test_of_a_large_dataset_some_are_listened_to(dcase: list[Example], tmp_path: Path) -> None:
    *_, data = prepare_training(hold_out(dcase, 1), SMALL, labels=CLASSES, cache=tmp_path, workers=0)
    assert isinstance(data, TrainingData)
    some = subsample(data, 10)
    assert (len(some.train_examples), len(some.val_examples), len(some.train.frames), len(some.validation.frames)) == (
        10,
        10,
        10,
        10,
    )
    for example, label in zip(some.train_examples, some.train.labels, strict=True):
        assert data.labels[label] == example.label
    assert subsample(data, 10).train_examples == some.train_examples
    assert subsample(data, 1000).train_examples == list(data.train_examples)


def test_a_class_that_one_fold_alone_has_does_not_stop_it(dcase: list[Example], cache: Path) -> None:
    some = [one for one in dcase if one.label != "eating"]
    lonely = next(one for one in dcase if one.label == "eating")
    problems, found = measure([*some, lonely], cache, baselines=())
    assert problems == [] and found.files == 65
    assert found.f1["eating"] == 0.0, "nobody who is asked about it has heard of it"
    assert 0 < found.results["encoder"]["linear macro-F1"].value <= 1


@pytest.mark.keras
@pytest.mark.usefixtures("eager")
def test_real_segments_from_a_training_to_figures(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = [shared / "dcase" / name for name in ("DevNode2_ex66_4.wav", "DevNode3_ex67_5.wav")]
    if not all(path.is_file() for path in real):
        pytest.skip("the two real segments are not here")
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    root = miniatures.dcase_development(tmp_path, seconds=4.5, segments=1, nodes=(1,))
    miniatures.add_segments(root, *real)
    examples = read_sounds("dcase", tmp_path)
    settings = replace(
        SMALL, segments=SegmentSettings(), training=replace(SMALL.training, epochs=1, steps_per_epoch=2, radius=30.0)
    )
    *_, written = retrain_encoder(
        hold_out(examples, 2), settings, out=tmp_path / "a", name="a", labels=CLASSES, cache=tmp_path / "c", workers=0
    )
    assert isinstance(written, BundleWritten)
    assert written.bundle.about["trained_on"] == {"DevNode1": 27, "DevNode2": 1}
    assert written.bundle.about["held_out"] == 10
    problems, found = measure(examples, tmp_path / "v")
    assert problems == []
    assert (found.files, found.groups) == (38, 38)
    assert all(np.isfinite(figure.value) for figure in found.results[MFCC].values())
