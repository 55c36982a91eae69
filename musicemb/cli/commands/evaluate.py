"""The command ``evaluate``; without a dataset it is `cli.views.scorecard`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.cluster_options import cluster_options, open_executor
from musicemb.cli.dataset_options import DATASET_NAMES, check_download, find_sounds
from musicemb.cli.options import FILE, encoder_option, json_option, library_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import follow, note
from musicemb.cli.session import FAILED, Session, pass_session
from musicemb.cli.wording import named, plural
from musicemb.documents import to_json

if TYPE_CHECKING:
    from musicemb.records import Encoder, Problem
    from musicemb.workflows.evaluation.systems import EvaluatedSplit
    from musicemb.workflows.parallel.executor import Executor


@click.command(
    "evaluate",
    short_help="Evaluate the genre guesses in your library, or an encoder.",
    epilog="""\b
--json prints
  {"schema": 1, "encoder_id", "encoder_name", "data", "corpus", "split",
   "classes": [...], "tracks", "artists", "results": {SYSTEM: {FIGURE:
   VALUE}}, "differences": {BASELINE: {FIGURE: VALUE}}, "groups",
   "f1": {CLASS: number}, "confusion": [[...]], "guesses", "damaged": {SYSTEM:
   {DEGRADATION: VALUE}}, "corpora", "problems", "notes", "by_class": {FIGURE:
   {CLASS: VALUE}}, "dense_confusion": [[...]]}
  SYSTEM      "encoder", "MFCC statistics", "random network", "bliss-audio",
              "commonest genre"
  FIGURE      "precision@5", "linear accuracy", "dense cross-entropy" (in
              nats), ...; by class "linear F1", ...
  VALUE       {"value", "low", "high"}: the 95 % interval over artists
  "guesses"   {"tracks", "classes", "threshold", "figures": {FIGURE: VALUE},
              "bins", "risk", "curve": [{"threshold", "coverage": VALUE,
              "accuracy": VALUE}]}
  "f1" and "confusion" are of the linear probe, "dense_confusion" is of a
  classifier with one hidden layer.
For a dataset of sounds it prints
  {"schema": 1, "encoder_id", "encoder_name", "dataset", "files", "tested",
   "groups", "folds", "classes": [...], "results", "differences", "f1",
   "confusion", "published": {SYSTEM: macro-F1 in per cent}, "problems",
   "notes", "by_class", "dense_confusion"}
Without --data and --dataset it prints
  {"schema": 1, "encoder_id", "tracks", "artists", "genres", "threshold",
   "results": {SYSTEM: {FIGURE: VALUE}}, "curve": [{"threshold", "coverage",
   "accuracy", "word_coverage", "word_accuracy"}], "aim", "aimed": null or the
   threshold for it, "aimed_word": the same for the tag's very word,
   "bins": [{"confidence", "right", "tracks"}], "by_genre": {GENRE: {"tracks",
   "guessed", "right", "found"}}, "confused": [[GENRE, guessed, tracks]],
   "notes", "problems"}
  SYSTEM      "three witnesses", "neighbours", "genre head", "commonest
              genre", "MFCC statistics (sample)", "neighbours (same sample)"
""",
)
@click.option(
    "--dataset",
    type=click.Choice(DATASET_NAMES),
    default="music",
    show_default=True,
    help="What to evaluate on: music, or a dataset of sound events with its official folds.",
)
@click.option(
    "--data",
    type=FILE,
    metavar="FOLDER",
    help="music: a folder per genre, or a CSV with the columns path, genre and optionally artist, corpus and split. "
    "Datasets of sounds: the unpacked dataset.",
)
@click.option(
    "--download", is_flag=True, help="dcase: download, verify and unpack what is missing of both datasets (92 GB)."
)
@click.option("--classes", type=click.Choice(["beatport7"]), help="music: only the seven classes of the thesis.")
@encoder_option("Encoder bundle to evaluate (default: the one shipped with musicemb).")
@click.option(
    "--beside",
    type=FILE,
    metavar="FILE",
    multiple=True,
    help="--data: also evaluate the frozen embedding of a published tagger (YAMNet's LiteRT file). Repeatable.",
)
@click.option(
    "--split",
    type=click.Choice(["val", "train+val", "test"]),
    default="val",
    show_default=True,
    help="Split to evaluate on. train+val is cross-validated over artists; test may be used three times in all.",
)
@click.option("--corpus", metavar="NAME", help="Where the data has several corpora: the one to evaluate on.")
@click.option("--no-damage", is_flag=True, help="Skip the degraded copies, which take longest.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of worker processes (default: one per core, fewer where memory is short: 400 MB each).",
)
@cluster_options
@click.option(
    "--mfcc-tracks",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    metavar="N",
    help="Your library: number of tagged tracks whose MFCC statistics are computed for comparison; 0: none.",
)
@click.option(
    "--aim",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.85,
    show_default=True,
    metavar="0..1",
    help="Your library: show the confidence from which this share of the guesses is right, by family and by word.",
)
@click.option(
    "--report",
    type=FILE,
    metavar="FILE",
    help="Also write the report to FILE (Markdown). With --data or --dataset, its pictures go to a folder beside it: "
    "those of result.md to result_pictures.",
)
@click.option("--force", is_flag=True, help="Let --report replace a file that is not a report.")
@json_option
@library_option()
@pass_session
def evaluate_command(
    session: Session,
    dataset: str,
    data: Path | None,
    download: bool,
    classes: str | None,
    encoder: str | None,
    beside: tuple[Path, ...],
    split: EvaluatedSplit,
    corpus: str | None,
    no_damage: bool,
    workers: int | None,
    dask: str | None,
    map_path: tuple[str, ...],
    mfcc_tracks: int,
    aim: float,
    report: Path | None,
    force: bool,
    as_json: bool,
) -> int | None:
    """Evaluate the genre guesses in your library, or an encoder on a labelled collection.

    Without --data and --dataset, it prints a scorecard of your own library: the tags of 30 % of the artists are hidden,
    their genres are guessed from the rest, and the guesses are compared with the tags. This is done three times, with
    different artists each time. Nothing is changed. Only the comparison with MFCC statistics reads audio.

    With --data or --dataset, it evaluates an encoder on a labelled collection: retrieval, probes, clustering, genre
    guesses and degraded copies, each with its 95 % interval and next to untrained baselines. No artist is ever on both
    sides of a comparison.

    \b
    Examples:
      musicemb evaluate
      musicemb evaluate --aim 0.9 --report scorecard.md
      musicemb evaluate --data ~/labelled
      musicemb evaluate --data ~/labelled --beside yamnet.tflite
      musicemb evaluate --data tracks.csv --split train+val --encoder my-bundle
      musicemb evaluate --dataset dcase --encoder my-bundle --download
    """
    if download:
        check_download(dataset)
    if beside and (dataset != "music" or data is None):
        raise click.UsageError("--beside needs --dataset music and --data")
    executor = open_executor("evaluate --dask", dask, map_path, workers)
    if dataset == "music" and data is None:
        if executor is not None:
            raise click.UsageError("--dask needs --data or --dataset: the scorecard decodes few of your tracks")
        from musicemb.cli.views.scorecard import show_scorecard

        return show_scorecard(
            session,
            encoder=encoder,
            workers=workers,
            mfcc_tracks=mfcc_tracks,
            aim=aim,
            report=report,
            force=force,
            as_json=as_json,
        )

    from musicemb.extras import require, require_keras
    from musicemb.io.output.reports import check_report, picture_folder, picture_links, save_report
    from musicemb.records import Evaluation, SoundEvaluation
    from musicemb.workflows.evaluation.report import write_report, write_sound_report
    from musicemb.workflows.evaluation.report_charts import draw_evaluation
    from musicemb.workflows.parallel.process_pool import count_workers

    if report is not None:
        require("evaluate --report (its pictures; the text alone goes to stdout without it)", "matplotlib")
        check_report(report, force=force)
    if beside:
        require_keras("evaluate --beside")
    workers = count_workers() if workers is None else workers
    untagged: list[Problem] = []
    if dataset != "music":
        if classes:
            raise click.UsageError("--classes needs --dataset music")
        folder = find_sounds(dataset, data, download=download, evaluation=True)
        steps = _sound_steps(session.load_encoder(encoder), dataset, folder, workers, executor)
    else:
        steps = _music_steps(
            session.load_encoder(encoder),
            data,
            classes,
            split,
            corpus,
            not no_damage,
            workers,
            executor,
            beside,
            untagged,
        )
    session.kept = "finished vectors are kept; run the same command again to resume"
    result: Evaluation | SoundEvaluation = follow(steps, (Evaluation, SoundEvaluation))

    def write(links: dict[str, str] | None = None) -> str:
        return write_report(result, links) if isinstance(result, Evaluation) else write_sound_report(result, links)

    if report is not None:
        pictures = draw_evaluation(result)
        save_report(report, write(picture_links(report, pictures)), pictures, force=force)
        note(f"the report is in {report}, its {plural(len(pictures), 'picture')} in {picture_folder(report)}")
    if as_json:
        emit_json(to_json(result))
    else:
        emit(write().rstrip("\n"))
    failed = [problem for problem in result.problems if problem.kind == "failed"]
    if failed:
        verb = "is" if len(failed) == 1 else "are"
        note(f"{plural(len(failed), 'file')} could not be read and {verb} left out; {named(failed)}")
    untagged = [problem for problem in untagged if problem.path not in {other.path for other in failed}]
    if untagged:
        note(f"the tags of {plural(len(untagged), 'file')} could not be read; {named(untagged)}")
    return FAILED if failed or untagged else None


def _music_steps(
    encoder: Encoder,
    data: Path | None,
    classes: str | None,
    split: EvaluatedSplit,
    corpus: str | None,
    damage: bool,
    workers: int,
    executor: Executor | None,
    beside: Sequence[Path],
    untagged: list[Problem],
) -> Any:
    from musicemb.datasets.classes import choose_classes
    from musicemb.workflows.datasets.examples import read_examples
    from musicemb.workflows.evaluation.collect import open_tagger
    from musicemb.workflows.evaluation.evaluate import evaluate_encoder
    from musicemb.workflows.evaluation.systems import ARTISTS

    assert data is not None  # without, it is the scorecard of the library
    examples = read_examples(data, untagged)
    return evaluate_encoder(
        encoder,
        choose_classes(examples, classes) if classes else examples,
        artists=2 if classes else ARTISTS,  # requested classes are used as they are
        split=split,
        corpus=corpus,
        data=data.resolve().name,
        damage=damage,
        workers=workers,
        executor=executor,
        beside=[open_tagger(file) for file in beside],
    )


def _sound_steps(encoder: Encoder, dataset: str, folder: Path, workers: int, executor: Executor | None) -> Any:
    from musicemb.datasets.registry import read_sounds
    from musicemb.workflows.evaluation.sound_events import evaluate_sounds

    return evaluate_sounds(
        encoder, dataset, read_sounds(dataset, folder, evaluation=True), workers=workers, executor=executor
    )
