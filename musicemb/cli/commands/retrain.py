"""The command ``retrain``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.cluster_options import cluster_options, open_executor
from musicemb.cli.commands.retrain_search import SEARCH_HELP, read_settings, search, search_options
from musicemb.cli.dataset_options import DATASET_NAMES, missing_data, music_or_sounds
from musicemb.cli.options import FILE, json_option, library_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import Bar, note
from musicemb.cli.session import FAILED, Session, pass_session
from musicemb.cli.training_options import TRAINING_OPTIONS, training_options, with_options
from musicemb.cli.views.training_table import TrainingTable
from musicemb.cli.wording import left_out, matched_tracks, named, plural, quoted
from musicemb.errors import MissingExtra, MusicembError
from musicemb.extras import require, require_keras
from musicemb.settings import EncoderSettings

if TYPE_CHECKING:
    from musicemb.records import Problem


@click.command("retrain", epilog=SEARCH_HELP)
@click.option("--dataset", type=click.Choice(DATASET_NAMES), required=True, help="What to train on.")
@click.option(
    "--data",
    type=FILE,
    metavar="DIR",
    help="music: a folder per genre, or a CSV (default: the scanned library). dcase: the unpacked dataset (default: "
    "datasets/dcase2018-task5 in your data folder). Other datasets of sounds: the unpacked dataset.",
)
@click.option(
    "--download", is_flag=True, help="dcase: download, verify and unpack what is missing (46 GB; 93 unpacked)."
)
@click.option(
    "--fold",
    type=click.IntRange(min=1),
    metavar="N",
    default=1,
    show_default=True,
    help="Datasets of sounds: the official fold to hold out.",
)
@click.option("--classes", type=click.Choice(["beatport7"]), help="music: only the seven classes of the thesis.")
@click.option(
    "--output", "-o", type=FILE, metavar="FOLDER", help="Folder of the bundle (default: in your data folder)."
)
@click.option("--settings-of", metavar="BUNDLE", help="Start from the settings of this bundle, with new weights.")
@click.option("--start-from", metavar="BUNDLE", help="Start from the weights of this bundle (fine-tuning).")
@click.option(
    "--start-trunk",
    type=FILE,
    metavar="FILE",
    help="Start from the weights of a published tagger (YAMNet's LiteRT file). Sets features, segments and network.",
)
@click.option("--resume", is_flag=True, help="Resume the unfinished training of this --output.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of worker processes (default: one per core, fewer where memory is short: 400 MB each).",
)
@cluster_options
@click.option(
    "--teacher",
    "teachers",
    type=FILE,
    metavar="FILE",
    multiple=True,
    help="Distil from a teacher too: an npz file of another encoder's vectors and tags for these tracks, matched "
    "by path or payload hash (layout: docs/TRAINING.md). Repeatable; files of one name are one teacher.",
)
@click.option(
    "--extra",
    type=FILE,
    metavar="DIR",
    multiple=True,
    help="music: more music to train on, without its labels: a folder per kind, or a CSV. Repeatable.",
)
@search_options
@click.option("--log-dir", type=FILE, metavar="FOLDER", help="Write a TensorBoard log to FOLDER.")
@training_options
@json_option
@library_option()
@pass_session
def retrain_command(
    session: Session,
    /,
    dataset: str,
    data: Path | None,
    download: bool,
    fold: int,
    classes: str | None,
    output: Path | None,
    settings_of: str | None,
    start_from: str | None,
    start_trunk: Path | None,
    teachers: tuple[Path, ...],
    extra: tuple[Path, ...],
    resume: bool,
    workers: int | None,
    dask: str | None,
    map_path: tuple[str, ...],
    settings_file: Path | None,
    devices: Any,
    search_trials: int | None,
    log_dir: Path | None,
    as_json: bool,
    **options: Any,
) -> int | None:
    """Train an encoder and write it as a bundle.

    Neighbours are segments of the same track, distant segments come from other tracks (Tile2Vec). The split "test" of
    a collection is never used; "val" is held out and probed after every epoch. dcase is DCASE 2018 Task 5 (domestic
    sounds, four microphones); one official fold is held out.

    \b
    Examples:
      musicemb retrain --dataset dcase --download
      musicemb retrain --dataset music --data ~/collection --minutes 60
      musicemb retrain --dataset music --label-weight 1 -o ~/my-encoder
      musicemb retrain --dataset music --data ~/music --start-trunk yamnet.tflite
      musicemb retrain --dataset music --teacher yamnet.npz --extra ~/more-music
      musicemb retrain --dataset music --data ~/collection --search 20 --minutes 5
      musicemb scan --encoder ~/my-encoder --reembed
    """
    from musicemb.datasets.registry import DATASETS
    from musicemb.encoder.networks.trunk import with_trunk
    from musicemb.encoder.runtime.bundle import find_bundle, read_bundle
    from musicemb.encoder.runtime.tagger_file import read_trunk
    from musicemb.io.user_folders import encoders_folder
    from musicemb.workflows.datasets.examples import read_examples
    from musicemb.workflows.training.retrain import checkpoint_of, retrain_encoder

    model = settings_of or start_from
    if settings_file is not None and settings_of is not None:
        raise click.UsageError("--settings and --settings-of both name settings: give one of them")
    executor = open_executor("retrain --dask", dask, map_path, workers)
    _require_libraries(session, dataset, data, download, search=search_trials is not None, log=log_dir is not None)
    settings = read_bundle(find_bundle(model)).settings if model and settings_file is None else EncoderSettings()
    if settings.training.radius is None:
        settings = replace(settings, training=replace(settings.training, radius=DATASETS[dataset].radius))
    if start_trunk is not None:
        if start_from:
            raise click.UsageError(
                "--start-trunk and --start-from contradict each other: both say which weights to start from"
            )
        settings = with_trunk(settings, read_trunk(start_trunk))
    if settings_file is not None:
        settings = read_settings(settings_file, settings)
    settings = with_options(options, settings)
    about: dict[str, Any] = {} if dataset == "music" else {"dataset": dataset, "fold": fold}
    if start_from:
        started = read_bundle(find_bundle(start_from))
        _refuse_contradictions(options, settings, started.settings)
        about = _with_history(about, started.about)
    out = (output or encoders_folder() / dataset).expanduser().absolute()
    session.kept = "finished epochs are kept; run the same command with --resume to continue"
    untagged: list[Problem] = []
    examples = music_or_sounds(session, dataset, data, fold=fold, download=download, classes=classes, problems=untagged)
    more = [example for folder in extra for example in read_examples(folder.expanduser(), untagged)]
    if untagged:
        note(f"the tags of {plural(len(untagged), 'file')} could not be read; {named(untagged)}")
    # Sounds have their official classes, a preset has its own; of other music, those with enough artists.
    official = dataset != "music" or classes is not None
    labels = sorted({example.label for example in examples if example.label}) if official else None
    if search_trials is not None:
        failed = search(
            session,
            examples,
            settings,
            out,
            trials=search_trials,
            as_json=as_json,
            labels=labels,
            again=_typed(dataset, data, fold if about else None, classes, start_from or start_trunk, output),
            start_from=find_bundle(start_from) if start_from else None,
            start_trunk=start_trunk,
            teachers=teachers,
            extra=more,
            workers=workers,
            executor=executor,
            devices=devices,
        )
        return FAILED if failed or untagged else None
    if resume and not checkpoint_of(out).exists():
        note(f"there is no unfinished training of {out} to resume: starting at the first epoch")
    events = retrain_encoder(
        examples,
        settings,
        out=out,
        name=out.name,
        labels=labels,
        start_from=find_bundle(start_from) if start_from else None,
        start_trunk=start_trunk,
        teachers=teachers,
        extra=more,
        resume=resume,
        workers=workers,
        executor=executor,
        devices=devices,
        log_dir=log_dir,
        about=about,
    )
    with closing(events):  # type: ignore[type-var]
        written, problems = _follow(events)
    session.kept = "the bundle is written"
    status = FAILED if untagged or any(problem.kind == "failed" for problem in problems) else None
    if settings.training.label_weight and not written.bundle.about["labels_taught"]:
        note("no genres were learned, only neighbours: genres need at least two of them with 8 artists each")
    if as_json:
        held_out = {name: value if isfinite(value) else None for name, value in written.figures.items()}
        emit_json({"schema": 1, "bundle": str(out), "encoder": written.bundle.id, "held_out": held_out})
        return status
    emit(f"{out}: encoder {written.bundle.id}")
    known = {name.removeprefix("held-out "): value for name, value in written.figures.items() if value == value}
    if known:
        emit(f"on held-out tracks: {', '.join(f'{name} {value:.3f}' for name, value in known.items())}")
    if written.no_runtime:
        emit(f"it was not converted to LiteRT ({written.no_runtime}); Keras runs it, more slowly")
    emit(f"to use it: {session.command(f'scan --reembed --encoder {quoted(str(out))}')}")
    return status


def _require_libraries(
    session: Session, dataset: str, data: Path | None, download: bool, *, search: bool, log: bool
) -> None:
    """Refuse missing libraries before anything is downloaded or decoded; missing data is reported too."""
    try:
        require_keras("retrain")
        require("retrain", "matplotlib")
        if search:
            require("retrain --search", "optuna")
        if log:
            require("retrain --log-dir", "tensorboard")
    except MissingExtra as missing:
        absent = "" if download else missing_data(session, dataset, data)
        if not absent:
            raise
        note(f"musicemb: {missing}")
        raise MusicembError(absent) from None


def _refuse_contradictions(options: dict[str, Any], settings: EncoderSettings, started: EncoderSettings) -> None:
    """Refuse options that contradict ``--start-from``: its weights fit only their own features and network."""
    for option, section, field, _ in TRAINING_OPTIONS:
        asked, has = (getattr(getattr(one, section), field) for one in (settings, started))
        if section not in ("training", "augmentation") and options[field] is not None and asked != has:
            raise click.UsageError(
                f"--start-from takes no {option} {asked}: its weights were trained with {has}; leave {option} out"
            )
    if any(getattr(settings, part) != getattr(started, part) for part in ("front_end", "segments", "network")):
        raise click.UsageError("the settings given ask for other features, segments or network than --start-from has")


def _with_history(about: dict[str, Any], started: Mapping[str, Any]) -> dict[str, Any]:
    """The training history for a fine-tuned bundle, with the fold that was held out."""
    before, fold = started.get("dataset"), started.get("fold")
    if not before:
        return about
    if about.get("dataset") == before and about["fold"] != fold:
        raise click.UsageError(
            f"--start-from was trained on {before} with fold {fold} held out, so fold {about['fold']} was trained on: "
            f"use --fold {fold}"
        )
    return about or {"dataset": before, "fold": fold}


def _typed(
    dataset: str,
    data: Path | None,
    fold: int | None,
    classes: str | None,
    start: str | Path | None,
    output: Path | None,
) -> str:
    """The dataset and bundle options as they were typed, for a command to run again."""
    origin = "start-trunk" if isinstance(start, Path) else "start-from"
    told = {"data": data, "fold": fold, "classes": classes, origin: start, "output": output}
    return " ".join([f"--dataset {dataset}", *(f"--{k} {quoted(str(v))}" for k, v in told.items() if v is not None)])


def _follow(events: Any) -> tuple[Any, list[Problem]]:
    from musicemb.encoder.training.checkpoints import EpochReport
    from musicemb.records import Problem, TeacherMatch
    from musicemb.workflows.training.retrain import BundleWritten

    problems: list[Problem] = []
    with Bar("decoding") as bar, TrainingTable() as table:
        for event in events:
            if isinstance(event, Problem):
                problems.append(event)
            elif isinstance(event, TeacherMatch):
                note(matched_tracks(event))
            elif isinstance(event, EpochReport):
                if event.epoch == 1 and problems:
                    note(left_out(problems))
                bar.end()
                table.add(event)
            elif isinstance(event, BundleWritten):
                return event, problems
    raise AssertionError("a training ends with a bundle")
