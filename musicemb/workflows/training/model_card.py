"""Writes the model card of a bundle: its training data, its training, and its quality."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from musicemb.encoder.convert import KINDS
from musicemb.encoder.runtime.bundle import Bundle
from musicemb.encoder.training.checkpoints import EpochReport
from musicemb.settings import to_dict


def model_card(bundle: Bundle, history: Sequence[EpochReport]) -> str:
    """Write the card of a freshly trained bundle, in Markdown.

    Parameters
    ----------
    bundle : Bundle
    history : sequence of EpochReport

    Returns
    -------
    str
        Facts only; terms of the data and results on other collections are for whoever ships it to add.
    """
    about, head = bundle.about, bundle.genre_head
    data = ", ".join(f"{count} of {corpus}" for corpus, count in about["trained_on"].items())
    genres = "It has no genre head: there were no labels to learn from."
    if head is not None:
        genres = f"Its genres: {', '.join(head.labels)}; it guesses from a confidence of {head.threshold:.2f} on"
        genres += (
            "."
            if head.threshold < 1
            else " (never: at no confidence were the guesses on held-out tracks correct often enough)."
        )
    training = bundle.settings.training
    epochs = f"{about['epochs']} epoch{'' if about['epochs'] == 1 else 's'}"
    kind = (
        f"{training.loss} with genre losses (weight {training.label_weight:g})"
        if training.label_weight and about["labels_taught"]
        else training.loss
    )
    if teachers := about.get("teachers"):
        kind += f", distilled from {' and '.join(teachers)}"
    int8 = about.get("int8", {})
    small = f"left out, for {int8['left_out']}" if "left_out" in int8 else "not made"
    if bundle.has_int8:
        small = f"lowest cosine to the float model {int8['cosine']:.5f} on {int8['segments']} segments of {int8['of']}"
        if "kind" in int8:
            small = f"{KINDS[int8['kind']]}; {small}"
    origin = f"Fine-tuned from {about['started_from']}." if about["started_from"] else "Trained from scratch."
    if trunk := about.get("trunk"):
        origin = origin if about["started_from"] else ""
        origin += (
            f" Started from the weights of {trunk['name']} ({trunk['file']}, SHA-256 {trunk['sha256']}, licence: "
            f"{trunk['licence']})."
        )
        if "changed" in trunk:
            origin += f" These were then {trunk['changed']}."
    # The held-out losses stand in history.csv and in the plot; a table of twelve columns reads badly.
    probes = [name for name in history[-1].probe if not name.startswith("held-out")] if history else []
    rows = [
        [
            str(r.epoch),
            *(f"{value:.3f}" for value in (r.loss, r.neighbour, r.distant)),
            f"{r.learning_rate:.1e}",
            *(f"{r.probe.get(name, float('nan')):.3f}" for name in probes),
        ]
        for r in history
    ]
    header = ["epoch", "loss", "neighbour", "distant", "learning rate", *probes]
    return f"""# Encoder bundle {bundle.name}

Id `{bundle.id}`, made on {about["date"]} by musicemb {about["program"]} ({about["backend"]}).

## What it is

{bundle.settings.network.architecture} on {bundle.settings.front_end.features}, {about["parameters"]:,} parameters,
{bundle.settings.network.dimensions} dimensions, segments of {bundle.settings.segments.length:g} s. {genres}
The int8 model: {small}.

## Data

Trained on {data} tracks; {about["held_out"]} held-out tracks of other artists (or sessions) for the
probe and the threshold.
{origin.strip()}

## Training

{_trained(kind, epochs, about, [header, ["---"] * len(header), *rows]) if history else _found(about, bundle)}
Distances of labels: `label_distances.png` and `.csv`, where there were labels.

## Settings

```json
{json.dumps(to_dict(bundle.settings), indent=1)}
```
"""


def _trained(kind: str, epochs: str, about: Mapping[str, Any], table: Sequence[Sequence[str]]) -> str:
    rows = "\n".join(f"| {' | '.join(row)} |" for row in table)
    return f"""\
{kind}, {epochs} in {about["minutes"]} minutes. Distances are mean squared distances of unit vectors;
probe figures are of the held-out tracks, whose neighbours are searched among all labelled tracks of their corpora
("alone": among the held-out tracks).

{rows}

Curves: `loss.png` (numbers in `history.csv`)."""


def _found(about: Mapping[str, Any], bundle: Bundle) -> str:
    """The text of a card if no epoch was trained."""
    ways = {
        "discriminant": "in closed form: directions in which tracks differ most for how much their own segments and "
        "damaged copies of these do, and regressions to what teachers and genres say of tracks",
        "pca": "as principal components of what the trunk makes of segments",
        "random": "at random",
    }
    probe = ", ".join(
        f"{name} {value:.3f}"
        for name, value in about.get("held_out_figures", {}).items()
        if not name.startswith("held-out")
    )
    figures = f"\nFigures of held-out tracks: {probe}." if probe else ""
    start = ways[bundle.settings.training.embedding_start]
    return f"0 epochs: the embedding layer was found {start}.{figures}\n"
