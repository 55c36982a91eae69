"""A model card states what a bundle says of itself, and nothing that it does not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from musicemb.core.signal.features import make_front_end
from musicemb.encoder.convert import KINDS
from musicemb.encoder.runtime.bundle import Bundle
from musicemb.encoder.training.checkpoints import EpochReport
from musicemb.records import GenreHead
from musicemb.settings import EncoderSettings, TrainingSettings, to_dict
from musicemb.workflows.training.model_card import model_card

ABOUT: dict[str, Any] = {
    "date": "2026-11-26",
    "program": "0.1.0",
    "backend": "tensorflow",
    "parameters": 1_234_567,
    "trained_on": {"one": 30, "other": 7},
    "held_out": 12,
    "epochs": 2,
    "minutes": 1.5,
    "labels_taught": False,
    "started_from": None,
}
HISTORY = [
    EpochReport(1, 2, 3.25, 0.5, 1.5, 0.75, 0.0, 60.0, 1e-3, {"1-nn": 0.25, "held-out loss": 9.0}),
    EpochReport(2, 2, 2.125, 0.25, 1.75, 0.5, 0.0, 60.0, 5e-4, {"1-nn": 0.5, "held-out loss": 8.0}),
]


def bundle(settings: EncoderSettings | None = None, **about: Any) -> Bundle:
    """A bundle as a training leaves it."""
    settings = settings or EncoderSettings()
    front_end = make_front_end(settings.front_end, settings.segments)
    return Bundle(Path("mine"), "mine", "0123456789ab", settings, front_end, None, None, {**ABOUT, **about}, True)


def head(threshold: float) -> GenreHead:
    return GenreHead(("jazz", "rock"), np.eye(2), np.zeros(2), np.zeros(2), np.ones(2), threshold)


def test_its_facts_are_stated() -> None:
    text = model_card(bundle(), HISTORY)
    assert text.startswith("# Encoder bundle mine\n\nId `0123456789ab`, made on 2026-11-26 by musicemb 0.1.0")
    for words in (
        "1,234,567 parameters",
        "128 dimensions",
        "Trained on 30 of one, 7 of other tracks; 12 held-out tracks",
        "Trained from scratch.",
        "2 epochs in 1.5 minutes.",
        "It has no genre head: there were no labels to learn from.",
        "The int8 model: not made.",
    ):
        assert words in text
    assert "distilled" not in text and "genre losses" not in text


def test_each_epoch_is_a_row_and_held_out_losses_are_left_to_the_plot() -> None:
    lines = model_card(bundle(), HISTORY).splitlines()
    place = lines.index("| epoch | loss | neighbour | distant | learning rate | 1-nn |")
    assert lines[place + 1 : place + 4] == [
        "| --- | --- | --- | --- | --- | --- |",
        "| 1 | 3.250 | 0.500 | 1.500 | 1.0e-03 | 0.250 |",
        "| 2 | 2.125 | 0.250 | 1.750 | 5.0e-04 | 0.500 |",
    ]
    assert "held-out loss" not in "\n".join(lines)
    bare = [replace(report, probe={}) for report in HISTORY]
    assert "| 2 | 2.125 | 0.250 | 1.750 | 5.0e-04 |" in model_card(bundle(), bare).splitlines()
    assert "1 epoch in" in model_card(bundle(epochs=1), HISTORY[:1])


def test_its_settings_can_be_read_back() -> None:
    settings = EncoderSettings(training=TrainingSettings(epochs=7, loss="triplet"))
    block = model_card(bundle(settings), []).split("```json\n")[1].split("\n```")[0]
    assert json.loads(block) == json.loads(json.dumps(to_dict(settings)))


def test_a_genre_head_says_its_genres_and_from_where_on_it_guesses() -> None:
    speaking = model_card(replace(bundle(), genre_head=head(0.6)), HISTORY)
    assert "Its genres: jazz, rock; it guesses from a confidence of 0.60 on." in speaking
    silent = model_card(replace(bundle(), genre_head=head(1.0)), HISTORY)
    assert "a confidence of 1.00 on (never: at no confidence were the guesses" in silent


@pytest.mark.parametrize(("weight", "taught", "said"), [(1.0, True, True), (1.0, False, False), (0.0, True, False)])
def test_genre_losses_are_named_where_labels_were_taught(weight: float, taught: bool, said: bool) -> None:
    settings = EncoderSettings(training=TrainingSettings(label_weight=weight))
    text = model_card(bundle(settings, labels_taught=taught), HISTORY)
    assert ("with genre losses (weight 1)" in text) == said
    assert "distilled from deep and flat" in model_card(bundle(teachers=["deep", "flat"]), HISTORY)


def test_where_its_weights_came_from() -> None:
    trunk = {"name": "YAMNet", "file": "y.tflite", "sha256": "ab12", "licence": "Apache-2.0"}
    started = "Started from the weights of YAMNet (y.tflite, SHA-256 ab12, licence: Apache-2.0)."
    text = model_card(bundle(trunk=trunk), HISTORY)
    assert f"\n{started}\n" in text and "from scratch" not in text
    assert "\nFine-tuned from ba98.\n" in model_card(bundle(started_from="ba98"), HISTORY)
    assert f"\nFine-tuned from ba98. {started}\n" in model_card(bundle(started_from="ba98", trunk=trunk), HISTORY)


def test_what_its_int8_model_costs() -> None:
    facts = {"cosine": 0.99876, "segments": 40, "of": "music"}
    small = replace(bundle(int8=facts), has_int8=True)
    cosine = "lowest cosine to the float model 0.99876 on 40 segments of music."
    assert f"The int8 model: {cosine}" in model_card(small, HISTORY)
    dynamic = replace(bundle(int8={**facts, "kind": "dynamic"}), has_int8=True)
    assert f"The int8 model: {KINDS['dynamic']}; {cosine}" in model_card(dynamic, HISTORY)
    assert "The int8 model: left out, for it differs." in model_card(bundle(int8={"left_out": "it differs"}), HISTORY)
