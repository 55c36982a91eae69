"""The pictures of a measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from musicemb.io.output.charts import draw_calibration, draw_intervals, draw_matrix, draw_risk
from musicemb.records import Evaluation, Figure, SoundEvaluation

_PROBES = ("linear accuracy", "linear macro-F1", "dense accuracy", "dense macro-F1")
_DRAWN = ("precision@5", "precision@5 macro", "1-nn", "1-nn macro", *_PROBES, "AMI", "AMI clustered", "AMI k-means")
"""Figures that share a scale: 0 to 1, higher is better."""

_CLASSWISE = ("precision@5", "linear F1", "dense F1")


def draw_evaluation(found: Evaluation | SoundEvaluation) -> dict[str, bytes]:
    """Draw what a report shows.

    Parameters
    ----------
    found : Evaluation or SoundEvaluation

    Returns
    -------
    dict
        Name -> PNG, of what was measured among "figures", "differences", "classes", "linear confusion",
        "dense confusion", "risk", "calibration" and "damaged copies".
    """
    drawn: dict[str, bytes] = {}
    over = "artists" if isinstance(found, Evaluation) else "sessions or clips"
    for first, (name, results, title) in enumerate(
        (
            ("figures", found.results, "Figures, higher is better"),
            ("differences", found.differences, "Encoder minus baseline, paired; right of 0 the encoder is better"),
        )
    ):  # the encoder has the first colour, so the baselines begin at the second
        rows = _rows(results, _known(results, found))
        if any(rows.values()):
            drawn[name] = draw_intervals(rows, title=f"{title} (95 % intervals over {over})", first=first)
    if any(map(any, found.confusion)):
        drawn["linear confusion"] = _confusion(found.classes, found.confusion, "Linear probe")
    if any(map(any, found.dense_confusion)):
        drawn["dense confusion"] = _confusion(found.classes, found.dense_confusion, "Small dense classifier")
    classwise = {name: found.by_class[name] for name in _CLASSWISE if name in found.by_class}
    if classwise:
        title = f"The encoder, class by class (95 % intervals over {over})"
        drawn["classes"] = draw_intervals(_rows(classwise, found.classes), title=title)
    if isinstance(found, SoundEvaluation):
        return drawn
    if found.guesses:
        guesses = found.guesses
        drawn["risk"] = draw_risk(guesses["risk"], title="Genre guesses: risk and coverage", marked=_marked(guesses))
        drawn["calibration"] = draw_calibration(guesses["bins"], title="Genre guesses: calibration")
    if found.damaged:
        kinds = list(next(iter(found.damaged.values())))
        title = "Damaged copies that find their original first (95 % intervals over artists)"
        drawn["damaged copies"] = draw_intervals(_rows(found.damaged, kinds), title=title)
    return drawn


def _known(results: Mapping[str, Mapping[str, Figure]], found: Evaluation | SoundEvaluation) -> Sequence[str]:
    if isinstance(found, Evaluation):
        return [name for name in _DRAWN if any(name in one for one in results.values())]
    names = dict.fromkeys(name for one in results.values() for name in one)
    return [name for name in names if "cross-entropy" not in name]


def _rows(
    results: Mapping[str, Mapping[str, Figure]], names: Sequence[str]
) -> dict[str, dict[str, tuple[float, float, float]]]:
    return {
        system: {name: (one[name].value, one[name].low, one[name].high) for name in names if name in one}
        for system, one in results.items()
    }


def _confusion(classes: Sequence[str], table: Sequence[Sequence[int]], title: str) -> bytes:
    return draw_matrix(np.array(table), classes, title=title, rows="true", columns="predicted", counts=True)


def _marked(guesses: Mapping[str, Any]) -> tuple[float, float, str] | None:
    figures: Mapping[str, Figure] = guesses["figures"]
    if guesses["threshold"] is None:
        return None
    name = f"from the shipped confidence of {guesses['threshold']:.2f} on"
    return figures["coverage"].value, 1 - figures["accuracy of guesses"].value, name
