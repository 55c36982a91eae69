"""``retrain --search``: many short trainings for better settings; and its options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.options import FILE
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import Bar, note
from musicemb.cli.session import Session
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.wording import duration, left_out, matched_tracks, plural, quoted

if TYPE_CHECKING:
    from musicemb.records import Example
    from musicemb.settings import EncoderSettings
    from musicemb.workflows.parallel.executor import Executor
    from musicemb.workflows.training.tuning import SearchDone, TrialDone

MINUTES = 10.0
"""Minutes of a trial where --minutes is not given."""

SEARCH_HELP = """\b
With --search --json prints
  {"schema": 1, "figure", "trials": [TRIAL...],
   "best": number or null, "settings": FILE, "journal": FILE}
  TRIAL  {"number", "state": "complete", "pruned" or "failed", "figure",
         "seconds", "reason", "values": {NAME: value}}
Otherwise --json prints
  {"schema": 1, "bundle", "encoder", "held_out": {NAME: value}}
"""


def _read_devices(ctx: click.Context, param: click.Parameter, value: str | None) -> int | str | None:
    if value is None or value == "all":
        return value
    if value.isdecimal() and int(value) > 0:
        return int(value)
    raise click.BadParameter(f"{value!r} is neither a number of devices nor all", ctx, param)


def search_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options ``--settings``, ``--devices`` and ``--search``.

    Parameters
    ----------
    command : callable

    Returns
    -------
    callable
    """
    options = (
        click.option(
            "--settings", "settings_file", type=FILE, metavar="FILE", help="Start from these settings (JSON)."
        ),
        click.option(
            "--devices",
            callback=_read_devices,
            metavar="N|all",
            help="Number of GPUs that share each step (default: one); not with PyTorch.",
        ),
        click.option(
            "--search",
            "search_trials",
            type=click.IntRange(min=1),
            metavar="N",
            help="Instead of training a bundle, search for better settings: N short trainings of --minutes each "
            f"[default: {MINUTES:g}]. Run the same command again to resume.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def read_settings(file: Path, defaults: EncoderSettings) -> EncoderSettings:
    """Settings from a JSON file, as ``--search`` writes it.

    Parameters
    ----------
    file : Path
    defaults : EncoderSettings
        Of what the file leaves out.

    Returns
    -------
    EncoderSettings

    Raises
    ------
    SettingsError
        Where the file cannot be read, or holds what is no setting.
    """
    from musicemb.errors import SettingsError
    from musicemb.settings import EncoderSettings, from_dict, to_dict
    from musicemb.settings.files import read_json

    try:
        values = read_json(file.expanduser())
    except OSError as problem:
        raise SettingsError(f"cannot read the settings {file}: {problem.strerror}") from problem
    except ValueError as problem:
        raise SettingsError(f"{file} is not JSON ({problem}); retrain --search writes such a file") from problem
    if not isinstance(values, dict):
        raise SettingsError(f"{file} holds no settings; retrain --search writes such a file")
    whole = to_dict(defaults)
    for name, value in values.items():
        part = whole.get(name)
        whole[name] = {**part, **value} if isinstance(part, dict) and isinstance(value, dict) else value
    return from_dict(EncoderSettings, whole, where=str(file))


def search(
    session: Session,
    examples: Sequence[Example],
    settings: EncoderSettings,
    out: Path,
    *,
    trials: int,
    as_json: bool,
    again: str,
    start_from: Path | None = None,
    start_trunk: Path | None = None,
    teachers: Sequence[Path] = (),
    extra: Sequence[Example] = (),
    labels: Sequence[str] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    devices: Any = None,
) -> bool:
    """Search for settings and print the result.

    Parameters
    ----------
    session : Session
    examples : sequence of Example
    settings : EncoderSettings
        To begin with; their minutes are those of a trial.
    out : Path
        The journal and the settings found lie beside it.
    trials : int
    as_json : bool
    again : str
        Options that a training with the settings found takes besides: what was typed of dataset and output.
    start_from : Path, optional
        Bundle whose weights every trial starts from.
    start_trunk : Path, optional
        Likewise a published tagger's file.
    teachers : sequence of Path
    extra : sequence of Example
    labels : sequence of str, optional
    workers : int, optional
    executor : Executor, optional
    devices : int or "all", optional

    Returns
    -------
    bool
        Whether files could not be read.
    """
    from dataclasses import replace

    from musicemb.records import Problem, TeacherMatch
    from musicemb.workflows.training.prepare import TrainingData, prepare_training
    from musicemb.workflows.training.probe import ALONE
    from musicemb.workflows.training.trials import make_trial
    from musicemb.workflows.training.tuning import SearchDone, search_settings

    minutes = settings.training.minutes or MINUTES
    settings = replace(settings, training=replace(settings.training, minutes=None))
    session.kept = "finished trials are kept; run the same command again to resume"
    data: TrainingData | None = None
    problems = []
    with Bar("decoding"):
        events = prepare_training(
            examples,
            settings,
            labels=labels,
            start_from=start_from,
            start_trunk=start_trunk,
            teachers=teachers,
            extra=extra,
            workers=workers,
            executor=executor,
        )
        for event in events:
            if isinstance(event, TrainingData):
                data = event
            elif isinstance(event, Problem):
                problems.append(event)
            elif isinstance(event, TeacherMatch):
                note(matched_tracks(event))
    assert data is not None  # the last event
    if problems:
        note(left_out(problems))
    note(
        f"{plural(trials, 'trial')} of {duration(minutes * 60)}, judged by precision@5 of {len(data.val_examples)} "
        "held-out tracks among themselves: no label that a training saw takes part"
    )
    subject = (
        minutes,
        start_from or start_trunk,
        *teachers,
        *sorted(str(e.path) for e in (*data.train_examples, *data.val_examples)),
    )
    steps = search_settings(
        make_trial(data, minutes, devices),
        data.train.settings,
        out=out,
        trials=trials,
        subject=subject,
        same_network=start_from is not None or start_trunk is not None,
    )
    with Bar("trial") as bar, closing(steps):  # type: ignore[type-var]
        bar.start(trials, "trials")
        for step in steps:
            if isinstance(step, SearchDone):
                _show(session, step, ALONE, out, as_json, again)
                break
            bar.advance(_changed(step))
            if not step.earlier:
                note(_line(step))
    return any(problem.kind == "failed" for problem in problems)


def _show(session: Session, done: SearchDone, figure: str, out: Path, as_json: bool, again: str) -> None:
    if as_json:
        emit_json(
            {
                "schema": 1,
                "figure": figure,
                "trials": [
                    {
                        "number": trial.number,
                        "state": trial.state,
                        "figure": trial.figure,
                        "seconds": round(trial.seconds, 1),
                        "reason": trial.reason,
                        "values": trial.values,
                    }
                    for trial in done.trials
                ],
                "best": done.best.number if done.best else None,
                "settings": str(done.place),
                "journal": str(out.with_name(f"{out.name}.search.journal")),
            }
        )
        return
    order = {"complete": 0, "pruned": 1, "failed": 2}
    ranked = sorted(done.trials, key=lambda trial: (order[trial.state], -(trial.figure or 0.0)))
    columns = (
        Column("trial", right=True),
        Column(figure, right=True),
        Column("state"),
        Column("settings", at_least=20),
    )
    emit_table(columns, [(str(t.number), _figure(t), t.state, t.reason or _changed(t)) for t in ranked], below="text")
    if done.best is None:
        emit("no trial was completed; the settings are those that the search began with")
    emit(f"best settings: {done.place}")
    emit(f"to train with them: {session.command(f'retrain {again} --settings {quoted(str(done.place))}')}")


def _figure(trial: TrialDone) -> str:
    return "" if trial.figure is None else f"{trial.figure:.3f}"


def _changed(trial: TrialDone) -> str:
    if trial.number == 1:
        return "as given"
    return ", ".join(
        f"{name.split('.')[1]} {value:.3g}" if isinstance(value, float) else f"{name.split('.')[1]} {value}"
        for name, value in trial.values.items()
    )


def _line(trial: TrialDone) -> str:
    told = trial.reason or f"{_figure(trial)}  {_changed(trial)}"
    return f"trial {trial.number:3d}  {trial.state:8s}  {trial.seconds:4.0f} s  {told}"
