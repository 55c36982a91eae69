"""``retrain --search``, ``--settings`` and ``--devices`` as they are typed."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import miniatures
import pytest
import sounds
from eager_keras import eagerly
from tiny_training import NETWORK
from typed_commands import Type, Typed

from musicemb.cli.commands.retrain import _typed
from musicemb.encoder.runtime.bundle import read_bundle
from musicemb.settings import EncoderSettings, to_dict

pytest.importorskip("optuna", reason="optuna is not installed (extra: search)")


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    rows = ["path,genre,artist,split"]
    for seed in range(8):
        path = sounds.write(tmp_path / f"{seed}.wav", sounds.music(4.5, seed), 16_000)
        rows.append(f"{path.name},{('rock', 'jazz')[seed % 2]},artist {seed},{'val' if seed >= 4 else 'train'}")
    (tmp_path / "tracks.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "tracks.csv"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quick_pictures: None) -> Iterator[list[tuple[Any, ...]]]:
    """Trials that train nothing: what they were asked for, and a figure."""
    asked: list[tuple[Any, ...]] = []

    def make_trial(data: Any, minutes: float, devices: Any) -> Any:
        asked.append((len(data.train_examples), len(data.val_examples), minutes, devices))

        def trial(settings: EncoderSettings) -> Iterator[tuple[float, float]]:
            yield 1.0, settings.training.weight_decay

        return trial

    monkeypatch.setattr("musicemb.workflows.training.trials.make_trial", make_trial)
    monkeypatch.setattr("musicemb.encoder.convert.convert_bundle", lambda bundle, heard: (bundle, "left out"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with eagerly():
        yield asked


@pytest.mark.keras
@pytest.mark.processes
def test_a_search_prints_its_trials_and_writes_settings_that_retrain_takes(
    type_: Type, collection: Path, quick: list, tmp_path: Path
) -> None:
    words = ("retrain", "--dataset", "music", "--data", collection, "-o", tmp_path / "mine", "--minutes", "0.5")
    typed = type_(*words, "--search", "3", "--devices", "all", "--workers", "1")
    assert typed.status == 0, typed.err
    assert quick == [(4, 4, 0.5, "all")]
    assert "as given" in typed.text and "precision@5 alone" in typed.text
    assert typed.text.rstrip().endswith(
        f"retrain --dataset music --data {collection} --output {tmp_path}/mine --settings {tmp_path}/mine.search.json"
    )
    assert "3 trials of 30 s, judged by precision@5 of 4 held-out tracks" in typed.err
    again = type_(*words, "--search", "4", "--json").json
    assert [trial["number"] for trial in again["trials"]] == [1, 2, 3, 4]
    assert set(again["trials"][0]) == {"number", "state", "figure", "seconds", "reason", "values"}
    best = max(again["trials"], key=lambda trial: trial["figure"])
    assert again["best"] == best["number"]
    stored = json.loads(Path(again["settings"]).read_text())
    assert stored["training"]["weight_decay"] == best["values"]["training.weight_decay"]
    assert stored["training"]["minutes"] is None
    refused = type_("retrain", "--dataset", "music", "--data", tmp_path / "absent", "--settings", again["settings"])
    assert "absent" in refused.err and "settings" not in refused.err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not JSON"),
        ("[1]", "holds no settings"),
        ('{"training": {"speed": 3}}', "unknown setting 'speed'"),
        (json.dumps(to_dict(EncoderSettings()) | {"network": {"dimensions": "many"}}), "dimensions cannot be 'many'"),
    ],
)
def test_a_settings_file_that_is_none_is_one_line(type_: Type, tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "a.json").write_text(text)
    typed = type_("retrain", "--dataset", "music", "--settings", tmp_path / "a.json")
    assert typed.status == 2
    assert complaint in typed.err and len(typed.err.strip().splitlines()) == 1


def test_options_that_contradict_each_other_are_wrong_usage(type_: Type, tmp_path: Path) -> None:
    typed = type_("retrain", "--dataset", "music", "--settings", tmp_path / "a.json", "--settings-of", "tile2vec-genre")
    assert typed.status == 2
    assert "--settings and --settings-of both name settings" in typed.err
    for devices in ("0", "-1", "some"):
        typed = type_("retrain", "--dataset", "music", "--devices", devices)
        assert typed.status == 2
        assert "neither a number of devices nor all" in typed.err


def printed_command(typed: Typed) -> list[str]:
    """What a search says to type next, without the program's name."""
    words = shlex.split(typed.text.rstrip().splitlines()[-1])
    return words[words.index("retrain") :]


@pytest.mark.keras
@pytest.mark.processes
def test_what_a_search_says_to_type_next_trains_on_the_same(type_: Type, quick: list, tmp_path: Path) -> None:
    data = tmp_path / "of a home"
    miniatures.dcase_development(data, seconds=1.2, segments=1, nodes=(1,))
    small = {
        "segments": {"length": 1.0, "hop": 1.0},
        "network": dataclasses.asdict(NETWORK),
        "training": {"epochs": 1, "steps_per_epoch": 2, "tracks_per_batch": 6, "radius": None},
    }
    (tmp_path / "small.json").write_text(json.dumps(small))
    words = ("retrain", "--dataset", "dcase", "--data", data, "--fold", "3", "-o", tmp_path / "mine")
    typed = type_(*words, "--settings", tmp_path / "small.json", "--search", "1", "--workers", "1")
    assert typed.status == 0, typed.err
    trained = type_(*printed_command(typed), "--workers", "1")
    assert trained.status == 0, trained.err
    bundle = read_bundle(tmp_path / "mine")
    assert (bundle.about["dataset"], bundle.about["fold"]) == ("dcase", 3)
    assert bundle.settings.training.radius is None, "settings that were given are not altered"
    tuned = type_(*words[:-1], tmp_path / "tuned", "--start-from", tmp_path / "mine", "--search", "2", "--workers", "1")
    assert tuned.status == 0, tuned.err
    trained = type_(*printed_command(tuned), "--workers", "1", "--minutes", "0.01")
    assert trained.status == 0, trained.err
    assert read_bundle(tmp_path / "tuned").about["started_from"] == bundle.id


def test_a_preset_and_a_bundle_to_start_from_are_typed_again() -> None:
    told = _typed("music", Path("my music"), None, "beatport7", "tile2vec", Path("out"))
    assert told == '--dataset music --data "my music" --classes beatport7 --start-from tile2vec --output out'
    assert _typed("esc10", Path("esc"), 5, None, None, None) == "--dataset esc10 --data esc --fold 5"
