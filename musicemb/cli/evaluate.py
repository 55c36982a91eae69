"""The command ``evaluate``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import FILE, encoder_option, json_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import Bar, note
from musicemb.cli.session import FAILED, Session, pass_session
from musicemb.cli.wording import plural

if TYPE_CHECKING:
    from musicemb.records import Evaluation
    from musicemb.workflows.contestants import EvaluatedSplit


@click.command(
    "evaluate",
    epilog="""\b
--json prints
  {"schema": 1, "encoder_id", "encoder_name", "data", "corpus", "split", "classes": [...], "tracks", "artists",
   "results": {CONTESTANT: {FIGURE: VALUE}}, "differences": {BASELINE: {FIGURE: VALUE}}, "groups",
   "f1": {CLASS: number}, "confusion": [[...]], "guesses", "damaged": {CONTESTANT: {DAMAGE: VALUE}},
   "corpora", "problems", "notes"}
  CONTESTANT  "encoder", "MFCC statistics", "random network", "bliss-audio", "commonest genre"
  VALUE       {"value", "low", "high"}: the 95 % interval over artists
""",
)
@click.option(
    "--data",
    required=True,
    type=FILE,
    metavar="FOLDER",
    help="A folder per genre, or a CSV with path, genre and maybe artist, corpus and split.",
)
@encoder_option("Encoder bundle to measure; by default the one that came with musicemb.")
@click.option(
    "--split",
    type=click.Choice(["val", "train+val", "test"]),
    default="val",
    show_default=True,
    help="What is asked about. train+val is cross-validated over artists; test may be looked at three times in all.",
)
@click.option("--corpus", metavar="NAME", help="Where the data has several: the one that figures rest on.")
@click.option("--no-damage", is_flag=True, help="Leave out the damaged copies, which take longest.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes that listen; default: one a core.")
@click.option("--report", type=FILE, metavar="FILE", help="Write the report (Markdown) to a file as well.")
@json_option
@pass_session
def evaluate_command(
    session: Session,
    data: Path,
    encoder: str | None,
    split: EvaluatedSplit,
    corpus: str | None,
    no_damage: bool,
    workers: int | None,
    report: Path | None,
    as_json: bool,
) -> int | None:
    """Measure how well an encoder tells the genres of a labelled collection.

    Retrieval, probes, groups, genre guesses and damaged copies, each with its interval and beside
    baselines that have learned nothing. No artist is ever on both sides of a comparison.

    \b
    Examples:
      musicemb evaluate --data ~/labelled
      musicemb evaluate --data tracks.csv --split train+val --encoder my-bundle --report result.md
    """
    from musicemb.records import Evaluation, Problem
    from musicemb.workflows.evaluate import evaluate_encoder, read_examples
    from musicemb.workflows.report import evaluation_document, write_report
    from musicemb.workflows.workers import count_cpus

    examples = read_examples(data)
    steps = evaluate_encoder(
        session.load_encoder(encoder),
        examples,
        split=split,
        corpus=corpus,
        data=data.resolve().name,
        damage=not no_damage,
        workers=count_cpus() if workers is None else workers,
    )
    session.kept = "vectors that were made are kept, and the next run goes on from there"
    result: Evaluation | None = None
    stage = ""
    with Bar("reading") as bar, closing(steps):
        for step in steps:
            if isinstance(step, Evaluation):
                result = step
            elif isinstance(step, Problem):
                note(f"{step.path}: {step.reason}")
            else:
                if step.text != stage:
                    stage = step.text
                    if step.total:
                        bar.start(step.total, stage)
                    else:
                        bar.stage(stage)
                if step.total:
                    bar.advance("")
    assert result is not None  # the last step is the result
    text = write_report(result)
    if report is not None:
        _write(report, text)
    if as_json:
        emit_json(evaluation_document(result))
    else:
        emit(text.rstrip("\n"))
    failed = sum(problem.kind == "failed" for problem in result.problems)
    if failed:
        note(f"{plural(failed, 'file')} could not be read and {'is' if failed == 1 else 'are'} left out")
        return FAILED
    return None


def _write(report: Path, text: str) -> None:
    from musicemb.errors import MusicembError

    draft = report.with_name(report.name + ".part")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(report)
    except OSError as error:
        raise MusicembError(f"cannot write the report to {report}: {error.strerror}") from None
