"""retrain and evaluate on datasets by their names."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import miniatures
import numpy as np
import pytest
import soundfile
from archive_server import serving, zipped_folder
from eager_keras import eagerly
from tiny_training import NETWORK
from typed_commands import Type, Typed

from musicemb.datasets.music import BEATPORT7
from musicemb.encoder.runtime.bundle import read_bundle
from musicemb.workflows.evaluation.evaluate import evaluate_encoder
from musicemb.workflows.evaluation.sound_events import evaluate_sounds
from musicemb.workflows.parallel.executor import SerialExecutor

pytestmark = [pytest.mark.keras, pytest.mark.processes]

SMALL = {
    "segments": {"length": 1.0, "hop": 1.0},
    "network": dataclasses.asdict(NETWORK),
    "training": {"epochs": 1, "steps_per_epoch": 2, "tracks_per_batch": 6},
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_pictures: None) -> Iterator[list[str | Path]]:
    """Options of a training of seconds, with data and cache of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    monkeypatch.setattr("musicemb.core.evaluation.probes.PASSES", 2)
    monkeypatch.setattr("musicemb.core.evaluation.probes.DECAYS", (1.0,))
    monkeypatch.setattr("musicemb.core.evaluation.probes.STRENGTHS", (0.1,))
    for measure in (evaluate_encoder, evaluate_sounds):
        monkeypatch.setitem(measure.__kwdefaults__, "draws", 20)
    settings = tmp_path / "small.json"
    settings.write_text(json.dumps(SMALL))
    with eagerly():
        yield ["--settings", settings, "--workers", "1", "--output", tmp_path / "mine"]


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker is started: each would load longer than it works. One test here starts them."""
    for user in ("cached_frames", "dataset_vectors"):
        monkeypatch.setattr(f"musicemb.workflows.embedding.{user}.make_executor", lambda *_, **__: SerialExecutor())


def is_one_line(typed: Typed) -> bool:
    return len(typed.err.strip().splitlines()) == 1 and "Traceback" not in typed.err


def test_a_dataset_that_is_not_there_is_told_how_to_get(type_: Type, small: list[str | Path]) -> None:
    for command in ("retrain", "evaluate"):
        typed = type_(command, "--dataset", "dcase")
        assert typed.status == 1
        for word in ("datasets/dcase2018-task5", "zenodo.org/records/1247102", "46 GB", "--data", "--download"):
            assert word in typed.err
        assert is_one_line(typed)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["retrain", "--dataset", "music", "--download"], "--dataset dcase"),
        (["evaluate", "--dataset", "music", "--download"], "--dataset dcase"),
        (["retrain", "--dataset", "esc10", "--download"], "--dataset dcase"),
        (["retrain", "--dataset", "esc10", "--classes", "beatport7"], "--dataset music"),
        (["evaluate", "--dataset", "dcase", "--classes", "beatport7"], "--dataset music"),
        (["retrain", "--dataset", "esc10"], "--data"),
        (["retrain", "--dataset", "dcase", "--fold", "5"], "DCASE 2018 Task 5 has 4 official folds"),
        (["retrain", "--start-from", "tile2vec-genre", "--dataset", "music", "--segment-length", "9"], "9.0: its"),
        (["retrain", "--start-from", "tile2vec-genre", "--dataset", "music", "--dimensions", "9"], "with 128; leave"),
    ],
)
def test_options_that_do_not_go_together(arguments: list[str], text: str, type_: Type, own_library: Path) -> None:
    typed = type_(*arguments)
    assert typed.status in (1, 2)
    assert text in typed.err
    assert "Traceback" not in typed.err


def test_dcase_is_downloaded_trained_on_and_measured(
    type_: Type, small: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    development = miniatures.dcase_development(tmp_path / "published", seconds=1.2, segments=2, nodes=(1,))
    evaluation = miniatures.dcase_evaluation(tmp_path / "published", seconds=1.2)
    with serving() as server:
        monkeypatch.setattr("musicemb.workflows.datasets.download.RECORDS", f"{server.address}/records")
        server.files = {
            "DCASE2018-task5-dev.meta.zip": zipped_folder(development, "*.txt", "evaluation_setup/*"),
            "DCASE2018-task5-dev.audio.1.zip": zipped_folder(development, "audio/DevNode1_ex?_*"),
            "DCASE2018-task5-dev.audio.2.zip": zipped_folder(development, "audio/DevNode1_ex??_*"),
        }
        trained = type_("retrain", "--dataset", "dcase", "--download", "--json", *small)
        assert trained.status == 0, trained.err
        assert "3 archives" in trained.err and "audio.2.zip: verified and unpacked" in trained.err
        asked = len(server.asked)
        server.files["DCASE2018-task5-eval.zip"] = zipped_folder(evaluation, "*.txt", "evaluation_setup/*", "audio/*")
        report = ["--report", tmp_path / "report.md"]
        measured = type_("evaluate", "--dataset", "dcase", "--download", "--workers", "1", "--json", *report)
    assert len(server.asked) > asked
    bundle = read_bundle(tmp_path / "mine")
    assert (bundle.about["dataset"], bundle.about["fold"], bundle.about["held_out"]) == ("dcase", 1, 18)
    assert bundle.settings.training.radius == 30.0
    assert measured.status == 0, measured.err
    found = measured.json
    assert (found["files"], found["tested"], found["folds"], len(found["classes"])) == (72, 36, 4, 9)
    told = found["results"]["encoder"]
    for name in ("evaluation", "evaluation, known nodes", "evaluation, unknown nodes"):
        assert 0 <= told[f"linear macro-F1, {name}"]["value"] <= 1
    assert set(found) >= {"dataset", "f1", "confusion", "published", "differences", "problems", "notes"}
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| linear macro-F1, evaluation, unknown nodes |" in text
    assert "published figures are of all of them and not comparable" in text


def write_teacher(file: Path, root: Path, paths: list[Path], *, tags: int = 3) -> None:
    """A teacher that hears which activity it is, and says so of every window."""
    random = np.random.default_rng(0)
    places = [int(path.name.split("_ex")[1].split("_")[0]) // 4 for path in paths]
    vectors = np.eye(12)[np.repeat(places, 2)] + random.normal(0, 0.01, (2 * len(paths), 12))
    np.savez(
        file,
        paths=np.array([path.relative_to(root).as_posix() for path in paths]),
        offsets=np.arange(len(paths) + 1) * 2,
        vectors=vectors.astype(np.float32),
        scores=random.uniform(size=(2 * len(paths), tags)).astype(np.float32),
        classes=np.array([f"tag {at}" for at in range(tags)]),
        hop=np.float64(0.6),
    )


@pytest.mark.usefixtures("in_this_process")
def test_dcase_learns_from_a_teacher_but_not_of_the_fold_that_is_held_out(
    type_: Type, small: list[str | Path], tmp_path: Path
) -> None:
    root = miniatures.dcase_development(tmp_path / "published", seconds=1.2, segments=2, nodes=(1,))
    known = sorted((root / "audio").glob("*.wav"))[:-3]
    teacher = tmp_path / "hearing.npz"
    write_teacher(teacher, root, known)
    command = ["retrain", "--dataset", "dcase", "--data", root, "--fold", "2", "--teacher", teacher, *small]
    trained = type_(*command)
    assert trained.status == 0, trained.err
    held_out = {f"ex{place * 4 + 2}_" for place in range(9)}
    taught = [path for path in known if not any(name in path.name for name in held_out)]
    assert f"teacher hearing: targets for {len(taught)} of 54 tracks" in trained.err
    bundle = read_bundle(tmp_path / "mine")
    assert bundle.about["teachers"] == ["hearing"]
    assert (bundle.about["dataset"], bundle.about["fold"], bundle.about["held_out"]) == ("dcase", 2, 18)
    history = (tmp_path / "mine" / "history.csv").read_text().splitlines()[0]
    assert "loss: relation to hearing" in history and "loss: tags of hearing" in history


@pytest.mark.usefixtures("in_this_process")
def test_a_teacher_of_no_use_to_dcase_is_refused_in_a_line(
    type_: Type, small: list[str | Path], tmp_path: Path
) -> None:
    root = miniatures.dcase_development(tmp_path / "published", seconds=1.2, segments=2, nodes=(1,))
    held_out = [path for path in sorted((root / "audio").glob("*.wav")) if int(path.name.split("_ex")[1][:-6]) % 4 == 1]
    teacher = tmp_path / "hearing.npz"
    write_teacher(teacher, root, held_out)
    typed = type_("retrain", "--dataset", "dcase", "--data", root, "--teacher", teacher, *small)
    assert typed.status == 1 and "knows no track of the training set" in typed.err
    assert "Traceback" not in typed.err
    teacher.write_bytes(teacher.read_bytes()[:-200])
    typed = type_("retrain", "--dataset", "dcase", "--data", root, "--teacher", teacher, *small)
    assert typed.status == 1 and "hearing.npz" in typed.err and is_one_line(typed)


@pytest.mark.usefixtures("in_this_process")
def test_the_thesis_classes_from_a_training_to_a_report(type_: Type, small: list[str | Path], tmp_path: Path) -> None:
    music = miniatures.beatport7(tmp_path / "beatport")
    (music / "Polka").mkdir()
    shutil.copy(next(music.glob("Trance/*.wav")), music / "Polka" / "Somebody - Else.wav")
    common = ["--dataset", "music", "--data", music, "--classes", "beatport7"]
    trained = type_("retrain", *common, *small, "--json")
    assert trained.status == 0, trained.err
    bundle = read_bundle(tmp_path / "mine")
    assert sum(bundle.about["trained_on"].values()) + bundle.about["held_out"] <= 21
    assert bundle.genre_head is not None and "Polka" not in bundle.genre_head.labels
    measured = type_("evaluate", *common, "--split", "train+val", "--no-damage", "--workers", "1", "--json")
    assert measured.status == 0, measured.err
    # By chance of their names, an artist or two of each stand in the split that nobody looks at.
    assert len(measured.json["classes"]) >= 4 and set(measured.json["classes"]) <= set(BEATPORT7)


@pytest.mark.usefixtures("in_this_process")
def test_what_is_too_little_or_no_sound_is_one_line(type_: Type, small: list[str | Path], tmp_path: Path) -> None:
    def collection(name: str, genres: dict[str, int]) -> Path:
        folder = tmp_path / name
        for place, (genre, count) in enumerate(genres.items()):
            for number in range(count):
                sound = miniatures.activity(place, 1.5, number)
                miniatures.write_wav(folder / genre / f"{genre} {number}.wav", sound)
        return folder

    no_sound = collection("nan", {"a": 1})
    for name, sample in (("nan", np.nan), ("silent", 0.0)):
        soundfile.write(no_sound / "a" / f"{name}.wav", np.full(24_000, sample), 16_000, subtype="FLOAT")
    for path in no_sound.rglob("a 0.wav"):
        path.unlink()
    typed = type_("retrain", "--dataset", "music", "--data", no_sound, *small)
    assert typed.status == 1
    assert "0 tracks of at least 1 s to learn from; at least two are needed" in typed.err
    for name, genres in {"one": {"a": 1}, "single": {"a": 9}}.items():
        folder = collection(name, genres)
        typed = type_("evaluate", "--data", folder, "--workers", "1")
        assert (typed.status, is_one_line(typed)) == (1, True), typed.err
        typed = type_("evaluate", "--data", folder, "--workers", "1", "--split", "train+val")
        assert (typed.status, is_one_line(typed)) == (1, True), typed.err


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("options", [[], ["--label-weight", "1"], ["--loss", "triplet", "--radius", "999"]])
def test_two_tracks_or_a_class_with_one_member_make_a_bundle(
    options: list[str], type_: Type, small: list[str | Path], tmp_path: Path
) -> None:
    rows = ["path,genre,artist,split"]
    for number, genre in enumerate(["rock", "jazz"]):
        miniatures.write_wav(tmp_path / "two" / f"{number}.wav", miniatures.activity(number, 1.5, number))
        rows.append(f"{number}.wav,{genre},Artist {number},train")
    for name, sample in (("nan", np.nan), ("silent", 0.0)):
        soundfile.write(tmp_path / "two" / f"{name}.wav", np.full(24_000, sample), 16_000, subtype="FLOAT")
        rows.append(f"{name}.wav,rock,Artist {name},train")
    (tmp_path / "two" / "tracks.csv").write_text("\n".join(rows))
    typed = type_("retrain", "--dataset", "music", "--data", tmp_path / "two", *small, *options)
    assert typed.status == 3, typed.err
    assert read_bundle(tmp_path / "mine").about["trained_on"] == {"unnamed": 2}
    assert "2 files are left out; nan.wav: holds no valid sample" in typed.err
    assert ("no genres were learned" in typed.err) == ("--label-weight" in options)


def test_audio_that_a_fold_names_and_that_is_absent(type_: Type, small: list[str | Path], tmp_path: Path) -> None:
    root = miniatures.dcase_development(tmp_path, seconds=0.1, segments=1, nodes=(1,))
    (root / "audio" / "DevNode1_ex7_0.wav").unlink()
    for command in ("retrain", "evaluate"):
        typed = type_(command, "--dataset", "dcase", "--data", tmp_path)
        assert typed.status == 1 and is_one_line(typed)
        assert "1 of 36 listed files are missing, the first: audio/DevNode1_ex7_0.wav" in typed.err
