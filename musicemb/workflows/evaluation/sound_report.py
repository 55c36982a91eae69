"""A measurement on sound events as a written report (Markdown)."""

from __future__ import annotations

from collections.abc import Mapping

from musicemb.core.evaluation.probes import HIDDEN
from musicemb.datasets.registry import DATASETS
from musicemb.records import SoundEvaluation
from musicemb.workflows.evaluation.report import confusion_table, figure_table


def write_sound_report(found: SoundEvaluation, pictures: Mapping[str, str] | None = None) -> str:
    """A measurement as Markdown.

    Parameters
    ----------
    found : SoundEvaluation
    pictures : mapping of str to str, optional
        Name of a picture (see `report_pictures`) -> where it lies, as a link beside the report.

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
        "Brackets hold 95 % intervals from a bootstrap over sessions or clips. A difference counts where its paired "
        "interval leaves out 0. *linear* is multinomial logistic regression, *dense* a classifier with one hidden "
        f"layer of {HIDDEN}. Cross-entropy is in nats: lower is better, and beside always saying the commonest class "
        "stands that of the training files' base rates.",
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
        parts += ["## Macro-F1 of others", "\n".join(rows)]
    if found.problems:
        rows = [f"- {problem.path.name}: {problem.reason}" for problem in found.problems]
        parts += [f"## {len(rows)} files left out", "\n".join(rows)]
    if found.notes:
        parts += ["## Notes", "\n".join(f"- {text}" for text in found.notes)]
    return "\n\n".join(part for part in parts if part) + "\n"
