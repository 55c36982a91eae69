"""``retrain --search``, ``--settings`` and ``--devices`` as they are typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sounds
from typed_commands import Type

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
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Any, ...]]:
    """Trials that train nothing: what they were asked for, and a figure."""
    asked: list[tuple[Any, ...]] = []

    def make_trial(course: Any, minutes: float, devices: Any) -> Any:
        asked.append((len(course.taught), len(course.checked), minutes, devices))

        def trial(settings: EncoderSettings) -> Iterator[tuple[float, float]]:
            yield 1.0, settings.training.weight_decay

        return trial

    monkeypatch.setattr("musicemb.workflows.trials.make_trial", make_trial)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return asked


def test_a_search_prints_its_trials_and_writes_settings_that_retrain_takes(
    type_: Type, collection: Path, quick: list, tmp_path: Path
) -> None:
    words = ("retrain", "--dataset", "music", "--data", collection, "-o", tmp_path / "mine", "--minutes", "0.5")
    typed = type_(*words, "--search", "3", "--devices", "all", "--workers", "1")
    assert typed.status == 0, typed.err
    assert quick == [(4, 4, 0.5, "all")]
    assert "as given" in typed.text and "precision@5 alone" in typed.text
    assert typed.text.rstrip().endswith(
        f"retrain --dataset music --data {collection} --settings {tmp_path}/mine.search.json"
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
    assert "neither --settings-of nor --start-from" in typed.err
    for devices in ("0", "-1", "some"):
        typed = type_("retrain", "--dataset", "music", "--devices", devices)
        assert typed.status == 2
        assert "neither a number of devices nor all" in typed.err
