"""An evaluation as JSON types and as a written report (Markdown)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from musicemb.records import Evaluation, Figure, SoundEvaluation

SCHEMA = 1

_SHOWN = (
    "precision@5",
    "precision@5 macro",
    "1-nn",
    "1-nn macro",
    "linear accuracy",
    "linear macro-F1",
    "dense accuracy",
    "dense macro-F1",
    "AMI",
    "AMI clustered",
    "coverage",
    "AMI k-means",
)
"""Figures in the order of the report."""


def evaluation_document(found: Evaluation | SoundEvaluation) -> dict[str, Any]:
    """An evaluation as plain JSON types.

    Parameters
    ----------
    found : Evaluation or SoundEvaluation

    Returns
    -------
    dict
        A figure is {"value", "low", "high"}; what could not be measured is null.
    """
    document: dict[str, Any] = {"schema": SCHEMA}
    for item in dataclasses.fields(found):
        document[item.name] = _plain(getattr(found, item.name))
    return document


def write_report(found: Evaluation) -> str:
    """An evaluation as Markdown.

    Parameters
    ----------
    found : Evaluation

    Returns
    -------
    str
    """
    how = {
        "val": "fitted on train, asked about val",
        "test": "fitted on train and val, asked about test",
        "train+val": "cross-validated over five folds of artists",
    }[found.split]
    parts = [
        f"# {found.encoder_name} on {found.data or found.corpus or 'the dataset'}",
        f"Encoder `{found.encoder_id}`; split {found.split} ({how}); {found.tracks} labelled tracks by "
        f"{found.artists} artists; classes: {', '.join(found.classes)}.",
        "Brackets hold 95 % intervals from a bootstrap over artists. A difference counts where its paired "
        "interval leaves out 0.",
        "## Retrieval, probes and groups",
        figure_table(found.results, _SHOWN),
        "## Differences: encoder minus baseline",
        figure_table(found.differences, _SHOWN),
        _groups(found.groups),
        "## Classes (linear probe on the encoder)",
        confusion_table(found.classes, found.confusion, found.f1),
    ]
    if found.guesses:
        parts += ["## Genre guesses", _guesses(found.guesses)]
    if found.damaged:
        kinds = list(next(iter(found.damaged.values())))
        parts += ["## Damaged copies that find their original first", figure_table(found.damaged, kinds)]
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
        [label, f"{f1.get(label, 0):.2f}", *(str(count) for count in row)]
        for label, row in zip(classes, confusion, strict=True)
    ]
    return _table(["true \\ said", "F1", *classes], rows)


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
                    [f"{row['threshold']:.2f}", f"{row['coverage']:.2f}", _two(row["accuracy"])]
                    for row in guesses["curve"]
                ],
            ),
            _table(
                ["mean confidence", "share right", "tracks"],
                [[f"{row['confidence']:.2f}", f"{row['right']:.2f}", str(row["tracks"])] for row in guesses["bins"]],
            ),
        ]
    )


def _two(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "-"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, str | int | bool) or value is None:
        return value
    return str(value)
