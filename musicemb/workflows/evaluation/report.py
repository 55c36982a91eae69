"""An evaluation as a written report (Markdown)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from musicemb.core.evaluation.probes import HIDDEN
from musicemb.records import Evaluation, Figure

_SHOWN = (
    "precision@5",
    "precision@5 macro",
    "1-nn",
    "1-nn macro",
    "linear accuracy",
    "linear macro-F1",
    "linear cross-entropy",
    "dense accuracy",
    "dense macro-F1",
    "dense cross-entropy",
    "AMI",
    "AMI clustered",
    "coverage",
    "AMI k-means",
)
"""Figures in the order of the report."""


def write_report(found: Evaluation, pictures: Mapping[str, str] | None = None) -> str:
    """An evaluation as Markdown.

    Parameters
    ----------
    found : Evaluation
    pictures : mapping of str to str, optional
        Name of a picture (see `report_pictures`) -> where it lies, as a link beside the report; others are not shown.

    Returns
    -------
    str
    """
    how = {
        "val": "fitted on train, asked about val",
        "test": "fitted on train and val, asked about test",
        "train+val": "cross-validated over five folds of artists",
    }[found.split]
    links = pictures or {}

    def show(name: str) -> str:
        return f"![{name}]({links[name]})" if name in links else ""

    parts = [
        f"# {found.encoder_name} on {found.data or found.corpus or 'the dataset'}",
        f"Encoder `{found.encoder_id}`; split {found.split} ({how}); {found.tracks} labelled tracks by "
        f"{found.artists} artists; classes: {', '.join(found.classes)}.",
        "Brackets hold 95 % intervals from a bootstrap over artists. A difference counts where its paired "
        "interval leaves out 0. *linear* is multinomial logistic regression, *dense* a classifier with one hidden "
        f"layer of {HIDDEN}, both on frozen vectors. Cross-entropy is in nats: lower is better, and beside always "
        "saying the commonest genre stands that of train's base rates.",
        "## Retrieval, probes and groups",
        figure_table(found.results, _SHOWN),
        show("figures"),
        "## Differences: encoder minus baseline",
        figure_table(found.differences, _SHOWN),
        show("differences"),
        _groups(found.groups),
        "## Classes",
        _classes(found.by_class),
        show("classes"),
        "Linear probe on the encoder:",
        confusion_table(found.classes, found.confusion, found.f1),
        show("linear confusion"),
    ]
    if found.dense_confusion:
        f1 = {label: one.value for label, one in found.by_class.get("dense F1", {}).items()}
        parts += [
            "Small dense classifier on the encoder:",
            confusion_table(found.classes, found.dense_confusion, f1),
            show("dense confusion"),
        ]
    if found.guesses:
        parts += ["## Genre guesses", _guesses(found.guesses), show("risk"), show("calibration")]
    if found.damaged:
        kinds = list(next(iter(found.damaged.values())))
        title = "## Damaged copies that find their original first"
        parts += [title, figure_table(found.damaged, kinds), show("damaged copies")]
    if found.corpora:
        parts += [
            "## Corpus leak: can the collection be told from a vector?",
            figure_table(found.corpora, ["accuracy", "macro-F1", "commonest"]),
        ]
    if found.problems:
        rows = [f"- {problem.path.name}: {problem.reason}" for problem in found.problems]
        parts += [f"## {len(rows)} files left out", "\n".join(rows)]
    if found.notes:
        parts += ["## Notes", "\n".join(f"- {text}" for text in found.notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def figure_text(figure: Figure | None) -> str:
    """A figure for a table: ".365 [.332, .398]"; "-" where there is none.

    Parameters
    ----------
    figure : Figure or None

    Returns
    -------
    str
        The value alone where it has no interval.
    """
    if figure is None or not math.isfinite(figure.value):
        return "-"
    if not math.isfinite(figure.low):
        return _short(figure.value)
    return f"{_short(figure.value)} [{_short(figure.low)}, {_short(figure.high)}]"


def _short(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def figure_table(results: Mapping[str, Mapping[str, Figure]], names: Sequence[str]) -> str:
    """Figures by contestant, as Markdown.

    Parameters
    ----------
    results : mapping
        Contestant -> figure's name -> Figure.
    names : sequence of str
        Rows, as far as anybody has them.

    Returns
    -------
    str
    """
    shown = [name for name in names if any(name in one for one in results.values())]
    rows = [[name, *(figure_text(one.get(name)) for one in results.values())] for name in shown]
    return _table(["", *results], rows)


def _classes(by_class: Mapping[str, Mapping[str, Figure]]) -> str:
    names = list(dict.fromkeys(label for one in by_class.values() for label in one))
    return figure_table(by_class, names) if names else ""


def _groups(groups: Mapping[str, Mapping[str, float]]) -> str:
    rows = [
        [name, f"{one['clusters']:.0f}", f"{one['largest share']:.0%}", f"{one['k-means largest share']:.0%}"]
        for name, one in groups.items()
    ]
    return _table(["", "clusters", "largest, share of tracks", "largest of k-means"], rows)


def confusion_table(classes: Sequence[str], confusion: Sequence[Sequence[int]], f1: Mapping[str, float]) -> str:
    """True against predicted classes, as Markdown.

    Parameters
    ----------
    classes : sequence of str
    confusion : sequence of sequence of int
        A row per true class.
    f1 : mapping of str to float

    Returns
    -------
    str
    """
    rows = [
        [label, str(sum(row)), f"{f1.get(label, 0):.2f}", *(str(count) for count in row)]
        for label, row in zip(classes, confusion, strict=True)
    ]
    return _table(["true \\ said", "all", "F1", *classes], rows)


def _guesses(guesses: Mapping[str, Any]) -> str:
    figures: Mapping[str, Figure] = guesses["figures"]
    threshold = guesses["threshold"]
    said = "" if threshold is None else f" The shipped head speaks from a confidence of {threshold:.2f}."
    return "\n\n".join(
        [
            f"A head fitted anew per fold of artists on {guesses['tracks']} labelled tracks, "
            f"{len(guesses['classes'])} genres.{said}",
            _table(["", "all"], [[name, figure_text(one)] for name, one in figures.items()]),
            _table(
                ["confidence from", "coverage", "accuracy"],
                [
                    [f"{row['threshold']:.2f}", figure_text(row["coverage"]), figure_text(row["accuracy"])]
                    for row in guesses["curve"]
                ],
            ),
            _table(
                ["mean confidence", "share right", "tracks"],
                [
                    [
                        f"{row['confidence']:.2f}",
                        figure_text(Figure(row["right"], row["low"], row["high"])),
                        str(row["tracks"]),
                    ]
                    for row in guesses["bins"]
                ],
            ),
        ]
    )
