"""The state of a training: a report per epoch, and checkpoints from which it can resume."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.encoder.networks.weights import read_weights, write_weights
from musicemb.errors import MusicembError
from musicemb.settings import to_dict

MAY_CHANGE = frozenset({"epochs", "minutes", "patience"})
"""Settings that a resumed training may change: its length."""


@dataclass(frozen=True)
class EpochReport:
    """The report on an epoch."""

    epoch: int
    """Counted from 1."""
    epochs: int
    loss: float
    neighbour: float
    """Mean squared distance of neighbours, 0 to 4."""
    distant: float
    """Mean squared distance of distants."""
    active: float
    """Share of triplets within the margin."""
    waiting: float
    """Share of the time in which the network waited for data."""
    seconds: float
    learning_rate: float
    probe: dict[str, float] = field(default_factory=dict)
    """Figures on held-out tracks."""
    parts: dict[str, float] = field(default_factory=dict)
    """Each loss by itself, before it is weighted; empty where there is one alone."""


def save_checkpoint(
    path: Path, model: Any, history: list[EpochReport], elapsed: float, best: tuple[float, dict[str, Any]] | None
) -> None:
    """Write a checkpoint; a kill or a full disk leaves the one before it whole.

    Parameters
    ----------
    path : Path
    model : TrainingModel
    history : list of EpochReport
    elapsed : float
        Seconds trained.
    best : tuple, optional
        Best figure so far, and the network's weights then.

    Raises
    ------
    MusicembError
        Where it cannot be written.
    """
    from keras import ops

    arrays = {f"weight/{key}": value for key, value in read_weights(model).items()}
    steps = enumerate(model.optimizer.variables)
    arrays |= {f"optimizer/{i}": ops.convert_to_numpy(variable) for i, variable in steps}
    if best is not None:
        arrays |= {f"best/{key}": value for key, value in best[1].items()}
    state = {"history": [asdict(r) for r in history], "elapsed": elapsed, "best": None if best is None else best[0]}
    state["settings"] = to_dict(model.settings)
    arrays["state"] = np.frombuffer(json.dumps(state).encode(), dtype=np.uint8)
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as problem:
        draft.unlink(missing_ok=True)
        raise MusicembError(
            f"cannot write the checkpoint {path}: {problem.strerror}; the previous one is intact: "
            "use --resume to continue"
        ) from problem


def load_checkpoint(
    path: Path, model: Any
) -> tuple[list[EpochReport], float, tuple[float, dict[str, NDArray[Any]]] | None]:
    """Put a model back where a checkpoint left it.

    Parameters
    ----------
    path : Path
    model : TrainingModel
        Built and stepped once, so that its optimizer has variables.

    Returns
    -------
    history : list of EpochReport
    elapsed : float
    best : tuple or None

    Raises
    ------
    MusicembError
        Where it is damaged, or of a training with other settings.
    """
    try:
        # Opened here: numpy leaves a file that is no archive open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        state = json.loads(arrays["state"].tobytes())
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as problem:
        raise MusicembError(f"cannot read the checkpoint {path}: {problem}; start again without --resume") from problem
    if state.get("settings") is not None:
        _refuse_other_settings(path, state["settings"], to_dict(model.settings))

    def part(prefix: str) -> dict[str, NDArray[Any]]:
        return {key[len(prefix) :]: value for key, value in arrays.items() if key.startswith(prefix)}

    steps = part("optimizer/")
    variables = model.optimizer.variables
    if len(steps) != len(variables):
        raise MusicembError(f"the checkpoint {path} belongs to another training; start again without --resume")
    write_weights(model, part("weight/"))
    for i, variable in enumerate(variables):
        variable.assign(steps[str(i)])
    history = [EpochReport(**report) for report in state["history"]]
    best = None if state["best"] is None else (float(state["best"]), part("best/"))
    return history, float(state["elapsed"]), best


def _refuse_other_settings(path: Path, stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if name not in MAY_CHANGE and name in stored and stored[name] != value:
            raise MusicembError(
                f"the checkpoint {path} belongs to a training with {name} {stored[name]}, not {value}; resume with the "
                "same options, or start again without --resume"
            )
