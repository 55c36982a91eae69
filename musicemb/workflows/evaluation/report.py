"""An evaluation as a written report (Markdown)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from musicemb.core.evaluation.probes import HIDDEN
from musicemb.datasets.registry import DATASETS
from musicemb.records import Evaluation, Figure, SoundEvaluation
from musicemb.workflows.evaluation.markdown import confusion_table, figure_table, figure_text, table

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
        Name of a picture (see `report_charts`) -> where it lies, as a link beside the report; others are not shown.

    Returns
    -------
    str
    """
    how = {
        "val": "fitted on train, tested on val",
        "test": "fitted on train and val, tested on test",
        "train+val": "cross-validated over five folds of artists",
    }[found.split]
    links = pictures or {}

    def show(name: str) -> str:
        return f"![{name}]({links[name]})" if name in links else ""

    parts = [
        f"# {found.encoder_name} on {found.data or found.corpus or 'the dataset'}",
        f"Encoder `{found.encoder_id}`; split {found.split} ({how}); {found.tracks} labelled tracks by "
        f"{found.artists} artists; classes: {', '.join(found.classes)}.",
        "Brackets hold 95 % intervals from a bootstrap over artists. A difference is significant where its "
        "paired interval excludes 0. *linear* is multinomial logistic regression, *dense* a classifier with one hidden "
        f"layer of {HIDDEN}, both on frozen vectors. Cross-entropy is in nats, lower is better; the "
        "commonest genre's is that of predicting train's base rates.",
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
            "## Corpus leakage: how well a linear probe tells the collection from a vector",
            figure_table(found.corpora, ["accuracy", "macro-F1", "commonest"]),
        ]
    if found.problems:
        rows = [f"- {problem.path.name}: {problem.reason}" for problem in found.problems]
        parts += [f"## {len(rows)} files left out", "\n".join(rows)]
    if found.notes:
        parts += ["## Notes", "\n".join(f"- {text}" for text in found.notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def write_sound_report(found: SoundEvaluation, pictures: Mapping[str, str] | None = None) -> str:
    """A measurement as Markdown.

    Parameters
    ----------
    found : SoundEvaluation
    pictures : mapping of str to str, optional
        Name of a picture (see `report_charts`) -> where it lies, as a link beside the report.

    Returns
    -------
    str
    """
    shown = list(next(iter(found.results.values())))
    links = pictures or {}

    def show(name: str) -> str:
        return f"![{name}]({links[name]})" if name in links else ""

    tested = f"; {found.tested} of the evaluation dataset" if found.tested else ""
    folds = f"{found.folds} official fold{'s' if found.folds > 1 else ''}"
    parts = [
        f"# {found.encoder_name} on {DATASETS[found.dataset].title}",
        f"Encoder `{found.encoder_id}`; {found.files} files{tested}; {found.groups} sessions or clips, {folds}, "
        f"{len(found.classes)} classes. Probes on frozen vectors; the posteriors of a file's channels are averaged; "
        "macro-F1 is the mean over classes, then over folds.",
        "Brackets hold 95 % intervals from a bootstrap over sessions or clips. A difference is significant where its "
        "paired interval excludes 0. *linear* is multinomial logistic regression, *dense* a classifier with one hidden "
        f"layer of {HIDDEN}. Cross-entropy is in nats, lower is better; the commonest class's is that of predicting "
        "the base rates of the training files.",
        "## Results",
        figure_table(found.results, shown),
        show("figures"),
        "## Differences: encoder minus baseline",
        figure_table(found.differences, shown),
        show("differences"),
        "## Classes (F1 is the mean over folds)",
        figure_table(found.by_class, found.classes) if found.by_class else "",
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
    if found.published:
        rows = [f"- {name}: {value:g} %" for name, value in found.published.items()]
        parts += ["## Published macro-F1 of other systems", "\n".join(rows)]
    if found.problems:
        rows = [f"- {problem.path.name}: {problem.reason}" for problem in found.problems]
        parts += [f"## {len(rows)} files left out", "\n".join(rows)]
    if found.notes:
        parts += ["## Notes", "\n".join(f"- {text}" for text in found.notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _classes(by_class: Mapping[str, Mapping[str, Figure]]) -> str:
    names = list(dict.fromkeys(label for one in by_class.values() for label in one))
    return figure_table(by_class, names) if names else ""


def _groups(groups: Mapping[str, Mapping[str, float]]) -> str:
    rows = [
        [name, f"{one['clusters']:.0f}", f"{one['largest share']:.0%}", f"{one['k-means largest share']:.0%}"]
        for name, one in groups.items()
    ]
    return table(["", "clusters", "largest, share of tracks", "largest of k-means"], rows)


def _guesses(guesses: Mapping[str, Any]) -> str:
    figures: Mapping[str, Figure] = guesses["figures"]
    threshold = guesses["threshold"]
    said = "" if threshold is None else f" The bundle's own head guesses from a confidence of {threshold:.2f} on."
    return "\n\n".join(
        [
            f"A genre head refitted for each fold of artists on {guesses['tracks']} labelled tracks, "
            f"{len(guesses['classes'])} genres.{said}",
            table(["", "all"], [[name, figure_text(one)] for name, one in figures.items()]),
            table(
                ["confidence from", "coverage", "accuracy"],
                [
                    [f"{row['threshold']:.2f}", figure_text(row["coverage"]), figure_text(row["accuracy"])]
                    for row in guesses["curve"]
                ],
            ),
            table(
                ["mean confidence", "share correct", "tracks"],
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
