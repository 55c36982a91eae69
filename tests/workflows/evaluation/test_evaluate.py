from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_cluster import ADDRESS, FakeCluster, FakeWorker
from fake_encoder import FakeEncoder
from miniatures import genre_folders, write_wav
from typed_commands import check_document

from musicemb.cli import run
from musicemb.cli.session import Session
from musicemb.documents import to_json
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.errors import DatasetError
from musicemb.io.output.reports import MARK
from musicemb.records import Evaluation, MeasureStage, Problem
from musicemb.workflows.datasets.examples import read_examples
from musicemb.workflows.embedding import dataset_vectors as describe
from musicemb.workflows.embedding.dataset_vectors import (
    DEGRADATIONS,
    DescribedFile,
    EncoderVector,
    MfccVector,
    describe_files,
)
from musicemb.workflows.evaluation.evaluate import evaluate_encoder, knows_labels
from musicemb.workflows.evaluation.report import write_report
from musicemb.workflows.evaluation.systems import plan_evaluation
from musicemb.workflows.parallel.dask_pool import DaskPool

MFCC = ("MFCC statistics",)


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return genre_folders(tmp_path_factory.mktemp("collection"), seconds=1.02)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two genres, for what is made of each track in many ways."""
    return genre_folders(tmp_path_factory.mktemp("few"), genres=2, seconds=1.02)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def evaluate(collection: Path, cache: Path, **options: Any) -> tuple[list[object], Evaluation]:
    options = {"baselines": MFCC, "draws": 20, **options}
    steps: list[object] = list(evaluate_encoder(FakeEncoder(), read_examples(collection), cache=cache, **options))
    assert isinstance(steps[-1], Evaluation)
    return steps[:-1], steps[-1]


@pytest.fixture(scope="module")
def crossed(collection: Path, cache: Path) -> Evaluation:
    return evaluate(collection, cache, split="train+val", data="mini", damage=False)[1]


@pytest.fixture(scope="module")
def damaged(few: Path, cache: Path) -> Evaluation:
    """Of a quarter of the tracks, for each is damaged in six ways for each system."""
    return evaluate(few, cache, split="val", data="mini")[1]


def test_sounds_that_differ_are_told(crossed: Evaluation):
    assert crossed.classes == ("genre 0", "genre 1", "genre 2") and crossed.tracks == 48 and crossed.artists == 24
    assert list(crossed.results) == ["encoder", "MFCC statistics", "commonest genre"]
    for name in ("precision@5", "1-nn", "linear accuracy", "dense accuracy"):
        assert crossed.results["encoder"][name].value > 0.9
    assert crossed.results["commonest genre"]["linear accuracy"].value < 0.5
    assert crossed.differences["commonest genre"]["linear accuracy"].low > 0.2
    assert sum(map(sum, crossed.confusion)) == 48
    assert crossed.damaged == {}
    assert sum(map(sum, crossed.dense_confusion)) == 48
    entropy = {name: one["linear cross-entropy"].value for name, one in crossed.results.items()}
    assert 0 <= entropy["encoder"] < 0.3 < entropy["commonest genre"] < 2
    for name in ("precision@5", "linear F1", "linear recall", "dense F1", "dense precision"):
        assert set(crossed.by_class[name]) == set(crossed.classes)
        assert all(one.value > 0.8 and one.low <= one.value <= one.high for one in crossed.by_class[name].values())
    assert {label: one.value for label, one in crossed.by_class["linear F1"].items()} == pytest.approx(crossed.f1)
    assert crossed.corpora == {}  # one corpus only: nothing to tell
    assert crossed.guesses["tracks"] == 48 and not crossed.guesses["enough"]
    assert crossed.guesses["figures"]["accuracy of all"].value > 0.9


def test_damaged_copies_are_asked_for_their_originals(damaged: Evaluation):
    assert damaged.tracks == 8 and set(damaged.damaged) == {"encoder", "MFCC statistics"}
    assert all(list(found) == list(DEGRADATIONS) for found in damaged.damaged.values())


def test_the_report_holds_what_was_measured(crossed: Evaluation, damaged: Evaluation):
    for found, words in (
        (crossed, ("# fake on mini", "| precision@5 |", "calibration error", "AMI")),
        (damaged, ("# fake on mini", "| precision@5 |", "Damaged copies", "Opus 28 kbit/s", "AMI")),
    ):
        text = write_report(found)
        assert [word for word in words if word not in text] == []
        assert "nan" not in text.lower().replace("finance", "")
        document = json.loads(json.dumps(to_json(found), allow_nan=False))
        assert document["schema"] == 1 and set(document["results"]["encoder"]["1-nn"]) == {"value", "low", "high"}


def test_a_second_run_describes_nothing(few: Path, cache: Path, damaged: Evaluation, monkeypatch):
    def never(*_: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(describe, "read_audio", never)
    again = evaluate(few, cache, split="val", data="mini")[1]
    assert to_json(again) == to_json(damaged)


def test_val_is_asked_and_train_is_learned_from(collection: Path, cache: Path):
    steps, result = evaluate(collection, cache, split="val", damage=False)
    assert result.tracks == 12 and result.damaged == {}
    assert not any(isinstance(step, Problem) for step in steps)
    stages = {step.text for step in steps if isinstance(step, MeasureStage)}
    assert {"encoder", "MFCC statistics", "figures of encoder", "genre guesses"} <= stages


def test_a_cluster_measures_what_this_machine_does(few: Path, cache: Path, tmp_path: Path) -> None:
    cluster = FakeCluster(FakeWorker("one"), FakeWorker("two"))
    pool = DaskPool(ADDRESS, connector=cluster.connect)
    there = evaluate(few, tmp_path, split="val", damage=False, executor=pool)[1]
    here = evaluate(few, cache, split="val", damage=False)[1]
    assert to_json(there) == to_json(here)
    assert cluster.items == 2 * len({example.path for example in read_examples(few) if example.split != "test"})


def test_test_is_touched_by_no_other_split(collection: Path):
    for split in ("val", "train+val"):
        plan = plan_evaluation(read_examples(collection), split)  # type: ignore[arg-type]
        assert not any(example.split == "test" for example in plan.examples)
    plan = plan_evaluation(read_examples(collection), "test")
    assert {plan.examples[row].split for row in plan.fitted} == {"train", "val"}
    assert {plan.examples[row].split for row in plan.held} == {"test"}


def test_a_look_at_test_is_noted_and_refused_twice(collection: Path, cache: Path, tmp_path: Path):
    log = tmp_path / "looks.csv"
    options = {"split": "test", "damage": False, "log": log}
    _, result = evaluate(collection, cache, **options)
    assert result.tracks == 12 and "fake00000000" in log.read_text()
    with pytest.raises(DatasetError, match="was already evaluated on this test split"):
        evaluate(collection, cache, **options)


def test_a_broken_file_is_a_problem_and_left_out(tmp_path: Path, cache: Path):
    folder = genre_folders(tmp_path, seconds=1.2)
    broken = folder / "genre 0" / "0-0.wav"
    broken.write_bytes(b"RIFF nothing more")
    write_wav(folder / "genre 1" / "0-0.wav", np.zeros((20_000, 1), np.float32))  # silent: nothing to describe
    steps, result = evaluate(folder, cache, split="train+val", damage=False)
    told = [(step.path.parent.name, step.kind) for step in steps if isinstance(step, Problem)]
    assert told == [("genre 0", "failed"), ("genre 1", "skipped")]
    assert result.tracks == 46 and len(result.problems) == 2


def test_folded_words_lose_no_track(tmp_path: Path, cache: Path):
    # A label that becomes a wider word is still the same track, in every section.
    folder = genre_folders(tmp_path, genres=2, seconds=1.1)
    table = folder / "tracks.csv"
    words = table.read_text().replace(",genre 1,", ",jazz,").replace(",genre 0,", ",pop/rock,")
    table.write_text(words.replace(",pop/rock,", ",rock,", 3))
    result = evaluate(folder, cache, split="train+val", damage=False)[1]
    assert result.classes == ("jazz", "pop/rock") and result.tracks == 32 and result.guesses["tracks"] == 32


def test_damaged_copies_differ_and_repeat(collection: Path, tmp_path: Path):
    path = collection / "genre 0" / "0-0.wav"
    for extractor in (EncoderVector(FakeEncoder()), MfccVector()):
        first, again = (
            next(iter(describe_files([path], extractor, degraded=True, cache=tmp_path / name))) for name in ("a", "b")
        )
        whole = next(iter(describe_files([path], extractor, cache=tmp_path / "a")))
        assert (
            isinstance(first, DescribedFile) and isinstance(again, DescribedFile) and isinstance(whole, DescribedFile)
        )
        assert first.vectors.shape == (len(DEGRADATIONS), whole.vectors.shape[1])
        np.testing.assert_allclose(first.vectors, again.vectors, atol=1e-5)
        assert all(np.abs(row - whole.vectors[0]).max() > 1e-6 for row in first.vectors[:5])


@pytest.mark.processes
def test_the_command(collection: Path, tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setattr("musicemb.workflows.evaluation.evaluate.default_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr("musicemb.workflows.evaluation.collect.has_bliss", lambda: False)
    monkeypatch.setitem(evaluate_encoder.__kwdefaults__, "draws", 20)
    session = Session(load_encoder=lambda _: FakeEncoder())
    report = tmp_path / "report.md"
    report.write_bytes(MARK + b"\nan old one, which is replaced")
    words = ["evaluate", "--data", str(collection), "--no-damage", "--workers", "1"]
    assert run([*words, "--report", str(report)], session) == 0
    shown = capsys.readouterr().out
    assert "## Retrieval, probes and groups" in shown
    told = report.read_text().splitlines()
    assert told[0] == MARK.decode()
    pictures = {path.name: path.read_bytes() for path in (tmp_path / "report_pictures").iterdir()}
    assert {"figures.png", "differences.png", "classes.png", "linear-confusion.png", "risk.png"} <= set(pictures)
    assert all(content.startswith(b"\x89PNG") and len(content) > 5000 for content in pictures.values())
    # The report is what was shown, and the pictures.
    assert [one for one in told[1:] if one and not one.startswith("![")] == list(filter(None, shown.splitlines()))
    notes = tmp_path / "notes.md"
    notes.write_text("notes")
    assert run([*words, "--report", str(notes)], session) == 2 and notes.read_text() == "notes"
    capsys.readouterr()
    assert run([*words, "--json"], session) == 0
    document = json.loads(capsys.readouterr().out)
    check_document(words, document)
    assert document["split"] == "val" and any("bliss-audio" in text for text in document["notes"])
    assert run(["evaluate", "--data", str(tmp_path / "nowhere")], session) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert run([*words, "--report", str(tmp_path / "no folder" / "r.md")], session) == 1


def test_an_encoder_that_was_taught_labels_is_known():
    assert knows_labels(load_encoder())  # the one that ships says so in its model card
    assert not knows_labels(FakeEncoder())
