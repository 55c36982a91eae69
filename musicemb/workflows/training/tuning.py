"""Searching settings: many short trainings, each learning from those before (Optuna's TPE and median pruning)."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from musicemb.core.training.search_space import Dimension, read_values, search_space, with_values
from musicemb.errors import MusicembError, SettingsError
from musicemb.extras import require
from musicemb.settings import EncoderSettings, to_dict
from musicemb.workflows.training.trials import STAGES, Trial

WARM_UP = 5
"""Trials drawn at random, and never ended early, before the search trusts what it saw."""

KEPT_STAGES = 3
"""Stages that every trial may run, however badly it begins."""


@dataclass(frozen=True)
class TrialDone:
    """The result of one trial."""

    number: int
    """Counted from 1; 1 is the settings that the search began with."""
    state: Literal["complete", "pruned", "failed"]
    figure: float | None
    """At its end, or where it was given up; None where it failed."""
    values: dict[str, Any]
    """ "section.field" -> value."""
    seconds: float
    reason: str = ""
    """Why it failed."""
    earlier: bool = False
    """From a run before this one."""


@dataclass(frozen=True)
class SearchDone:
    """Last event of a search."""

    trials: tuple[TrialDone, ...]
    best: TrialDone | None
    settings: EncoderSettings
    """Of the best trial; those that the search began with where every trial failed."""
    place: Path
    """File that holds them as JSON."""


def search_settings(
    trial: Trial,
    settings: EncoderSettings,
    *,
    out: Path,
    trials: int,
    subject: Sequence[object] = (),
    same_network: bool = False,
) -> Iterator[TrialDone | SearchDone]:
    """Search for better settings, going on where an earlier run of the same search ended.

    Parameters
    ----------
    trial : callable
        As `workflows.training.trials.make_trial` gives it: settings -> (share done, figure), higher being better.
    settings : EncoderSettings
        To begin with; they are the first trial.
    out : Path
        Journal and result lie beside it, as ``<out>.search.journal`` and ``<out>.search.json``.
    trials : int
        In all, those of earlier runs included.
    subject : sequence of objects
        What else a search hangs on (files, minutes): a journal of another subject is refused.
    same_network : bool
        Search nothing of the network: trials start from weights that go with the one asked for.

    Yields
    ------
    TrialDone
        Those of earlier runs first.
    SearchDone
        Once, at the end.

    Raises
    ------
    MusicembError
        Where Optuna is not installed, or the journal belongs to another search or is damaged.
    """
    require("a search", "optuna")
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = search_space(settings, same_network=same_network)
    journal = out.with_name(f"{out.name}.search.journal")
    study = _open_study(journal, settings, space, subject)
    done = [_told(found, earlier=True) for found in _finished(study)]
    yield from done
    while len(done) < trials:
        asked = study.ask()
        values = {item.name: _suggest(asked, item) for item in space}
        found = _run(study, asked, trial, with_values(settings, values), len(done) + 1)
        done.append(found)
        yield found
    ranked = [found for found in done if found.state == "complete" and found.figure is not None]
    best = max(ranked, key=lambda found: found.figure or 0.0, default=None)
    chosen = settings if best is None else with_values(settings, best.values)
    place = out.with_name(f"{out.name}.search.json")
    draft = place.with_name(f"{place.name}.part")
    draft.write_text(json.dumps(to_dict(chosen), indent=2) + "\n", encoding="utf-8")
    draft.replace(place)
    yield SearchDone(tuple(done), best, chosen, place)


def _open_study(
    journal: Path, settings: EncoderSettings, space: tuple[Dimension, ...], subject: Sequence[object]
) -> Any:
    import optuna
    from optuna.storages.journal import JournalFileBackend

    journal.parent.mkdir(parents=True, exist_ok=True)
    if journal.exists():
        _drop_torn_line(journal)
    try:
        storage = optuna.storages.JournalStorage(JournalFileBackend(str(journal)))
        study = optuna.create_study(storage=storage, study_name="musicemb", direction="maximize", load_if_exists=True)
    except (ValueError, KeyError) as problem:
        raise MusicembError(
            f"the journal {journal} is damaged ({problem}); delete it to start the search again"
        ) from problem
    text = json.dumps([to_dict(settings), [str(part) for part in subject]], sort_keys=True)
    mark = hashlib.sha256(text.encode()).hexdigest()[:16]
    if study.user_attrs.get("mark", mark) != mark:
        raise SettingsError(
            f"{journal} belongs to a search with other settings, minutes or files; give another --output, or delete it"
        )
    study.set_user_attr("mark", mark)
    # Draws begin at another place in each run, or a resumed search would repeat itself.
    study.sampler = optuna.samplers.TPESampler(
        seed=settings.training.seed + len(study.trials), n_startup_trials=WARM_UP
    )
    study.pruner = optuna.pruners.MedianPruner(n_startup_trials=WARM_UP, n_warmup_steps=KEPT_STAGES)
    if not study.trials:
        study.enqueue_trial(read_values(settings, space))
    for torn in study.get_trials(states=[optuna.trial.TrialState.RUNNING]):
        # A kill ended it: it counts as never begun, and its settings come next.
        study.tell(torn.number, state=optuna.trial.TrialState.FAIL)
        if len(torn.params) == len(space):
            study.enqueue_trial(torn.params)
    return study


def _drop_torn_line(journal: Path) -> None:
    """Cut off the line that a kill left unfinished: what follows it would be unreadable."""
    whole = journal.read_bytes()
    end = whole.rfind(b"\n") + 1
    if end < len(whole):
        draft = journal.with_name(f"{journal.name}.part")
        draft.write_bytes(whole[:end])
        draft.replace(journal)


def _suggest(asked: Any, item: Dimension) -> Any:
    if item.choices:
        return asked.suggest_categorical(item.name, list(item.choices))
    return asked.suggest_float(item.name, item.low, item.high, log=item.log)


def _run(study: Any, asked: Any, trial: Trial, settings: EncoderSettings, number: int) -> TrialDone:
    import optuna

    started = time.monotonic()
    state, figure, reason = optuna.trial.TrialState.COMPLETE, math.nan, ""
    steps = trial(settings)
    try:
        for share, figure in steps:
            stage = min(STAGES, int(share * STAGES))
            asked.report(figure, stage)
            if stage < STAGES and asked.should_prune():
                state = optuna.trial.TrialState.PRUNED
                break
    except MusicembError as problem:  # a loss that is no number, above all: those settings are no good
        reason = str(problem)
    finally:
        close = getattr(steps, "close", None)
        if close is not None:
            close()
    if not reason and not math.isfinite(figure):
        reason = f"its figure is {figure}"
    if reason:
        state = optuna.trial.TrialState.FAIL
        asked.set_user_attr("reason", reason)
    asked.set_user_attr("seconds", time.monotonic() - started)
    asked.set_user_attr("number", number)
    value = figure if state == optuna.trial.TrialState.COMPLETE else None
    told = study.tell(asked, value, state=state)
    return _told(told)


def _finished(study: Any) -> list[Any]:
    """Trials that came to an end; those that a kill ended bear no number."""
    found = [trial for trial in study.trials if "number" in trial.user_attrs and trial.state.is_finished()]
    return sorted(found, key=lambda trial: int(trial.user_attrs["number"]))


def _told(trial: Any, *, earlier: bool = False) -> TrialDone:
    reason = str(trial.user_attrs.get("reason", ""))
    states: dict[str, Literal["complete", "pruned", "failed"]]
    states = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
    figure = trial.value
    if figure is None and trial.intermediate_values:
        figure = trial.intermediate_values[max(trial.intermediate_values)]
    return TrialDone(
        number=int(trial.user_attrs["number"]),
        state=states[trial.state.name],
        figure=None if reason or figure is None else float(figure),
        values=dict(trial.params),
        seconds=float(trial.user_attrs["seconds"]),
        reason=reason,
        earlier=earlier,
    )
