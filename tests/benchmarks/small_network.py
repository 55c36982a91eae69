"""Compares networks that are taught at home with the embedding in closed form, on artists that neither met.

    python tests/benchmarks/train_cached.py pack PACK --data DIR --extra EXTRA --teacher FILE ... --settings \\
        tests/benchmarks/small_network.json --seconds 120
    python tests/benchmarks/small_network.py teach PACK -o FOLDER [--minutes N] [--change SECTION.FIELD=JSON ...]
    python tests/benchmarks/small_network.py judge FOLDER FOLDER ... --data DIR [-o FILE]

`teach` makes an encoder of a pack (see train_cached.py) without some folds of the artists (--without), whatever its
settings say: a residual network from scratch, taught by both teachers, or an embedding in closed form on a published
tagger's trunk. FOLDER then holds a bundle of the network, for network_cost.py, and the vectors of the labelled tracks.
`judge` writes the figures of the tracks left out as cross_validate.py has them, and paired differences to the first
FOLDER: neighbours among these tracks alone; a linear probe fitted on the other labelled tracks, and one that is fitted
on one of the folds left out and asked about the other, so that no network has been taught what the probe learns.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from cross_validate import Judge, change_settings, told
from train_cached import EXTRA, FOLDS, TRACKS, admit_extra, read_pack

from musicemb.core.evaluation.bootstrap import BootstrapStatistic
from musicemb.core.evaluation.metrics import draw_all, figures, paired_differences, score_statistics
from musicemb.core.evaluation.probes import TRAIN
from musicemb.datasets.music import fold_of
from musicemb.encoder.runtime.bundle import write_bundle
from musicemb.records import Example
from musicemb.settings import INT8_SEGMENTS, EncoderSettings, from_dict
from musicemb.workflows.training.prepare import TrainingData, assemble_training
from musicemb.workflows.training.start import open_training

ANSWERS = "answers.npz"


def assemble_without(
    pack: Path, settings: EncoderSettings, without: list[int]
) -> tuple[TrainingData, dict[Path, Any], list[Example]]:
    """Training data of a pack that knows nothing of some folds, frames by path, and all labelled examples."""
    examples, frames, front_end, teachers, options = read_pack(pack, settings)

    def held_out(example: Example) -> bool:
        return fold_of(example.group, FOLDS) in without

    own = [e for e in examples if e.corpus != EXTRA]
    more = admit_extra([e for e in examples if e.corpus == EXTRA], own, held_out)
    *_, data = assemble_training(
        [*own, *more], frames, settings, front_end, held_out=held_out, teachers=teachers, **options
    )
    assert isinstance(data, TrainingData)
    return data, frames, [e for e in own if e.label]


def teach(arguments: argparse.Namespace) -> None:
    """Make an encoder, its bundle and what it says of the labelled tracks."""
    from musicemb.encoder.convert import convert_bundle
    from musicemb.encoder.networks.network import embed_in_batches
    from musicemb.encoder.networks.weights import read_weights

    settings = from_dict(EncoderSettings, json.loads((arguments.pack / TRACKS).read_text())["settings"])
    changes: dict[str, Any] = {name: json.loads(value) for name, value in (c.split("=", 1) for c in arguments.change)}
    settings = change_settings(settings, {**changes, "training.seed": arguments.seed})
    if arguments.minutes is not None:
        settings = change_settings(settings, {"training.minutes": arguments.minutes})
    data, frames, labelled = assemble_without(arguments.pack, settings, arguments.without)
    opened = open_training(data, settings)
    arguments.output.mkdir(parents=True, exist_ok=True)
    history = []
    for report in opened.run(checkpoint=arguments.output / "checkpoint.npz", resume=True):
        history.append(report)
        parts = " ".join(f"{name} {value:.3f}" for name, value in report.parts.items())
        print(f"epoch {report.epoch}: loss {report.loss:.3f} {parts}; {report.seconds:.0f} s", flush=True)
    bundle = write_bundle(
        arguments.output / "bundle",
        name=arguments.output.name,
        settings=settings,
        front_end=data.front_end,
        weights=read_weights(opened.network),
        about={"input_shape": list(opened.shape), "trained_by": "small_network", "folds_left_out": arguments.without},
    )
    bundle, no_runtime = convert_bundle(bundle, data.train.sample(data.front_end, INT8_SEGMENTS))
    print(bundle.folder, no_runtime or "converted", f"{opened.network.count_params():,} parameters", flush=True)
    few = replace(data.validation, frames=[frames[e.path] for e in labelled])
    vectors = few.embed_tracks(lambda segments: embed_in_batches(opened.network, segments), data.front_end)
    np.savez(
        arguments.output / ANSWERS,
        paths=np.array([e.path.as_posix() for e in labelled]),
        vectors=vectors,
        without=np.array(arguments.without),
        history=np.array(json.dumps([asdict(report) for report in history])),
    )


def draw_held_out(court: Judge, vectors: np.ndarray, without: list[int]) -> dict[str, BootstrapStatistic]:
    """Figures of the tracks of some folds."""
    held = np.isin(court.folds, without)
    found, _ = score_statistics(vectors, court.examples, np.where(held, 0, TRAIN))
    rows = np.flatnonzero(held)
    unmet = [court.examples[row] for row in rows]
    apart, _ = score_statistics(vectors[rows], unmet, court.folds[rows])
    found |= {name.replace("linear", "linear among these"): one for name, one in apart.items() if "linear" in name}
    return draw_all(found, [e.group for e in unmet])


def judge(arguments: argparse.Namespace) -> None:
    """Figures of several encoders, and their paired differences to the first."""
    court = Judge(arguments.data)
    names = [path.relative_to(arguments.data).as_posix() for path in court.paths]
    drawn: dict[str, dict[str, BootstrapStatistic]] = {}
    without: list[int] = []
    for folder in arguments.folders:
        with np.load(folder / ANSWERS, allow_pickle=False) as stored:
            rows: Mapping[str, np.ndarray] = dict(zip(stored["paths"].tolist(), stored["vectors"], strict=True))
            here = stored["without"].tolist()
        if without and here != without:
            raise SystemExit(f"{folder} was made without folds {here}, the first without {without}")
        without = here
        drawn[folder.name] = draw_held_out(court, np.stack([rows[name] for name in names]), without)
    first = next(iter(drawn))
    document: dict[str, Any] = {
        "folds left out": without,
        "tracks": int(np.isin(court.folds, without).sum()),
        "artists": len({e.group for e, fold in zip(court.examples, court.folds, strict=True) if fold in without}),
    }
    for name, one in drawn.items():
        document[name] = told(figures(one))
        if name != first:
            document[f"{name} minus {first}"] = told(paired_differences(one, drawn[first]))
    text = json.dumps(document, indent=1)
    print(text)
    if arguments.output is not None:
        arguments.output.write_text(text + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("teach")
    one.add_argument("pack", type=Path)
    one.add_argument("--without", type=int, nargs="+", default=[0, 1], choices=range(FOLDS), metavar="FOLD")
    one.add_argument("--minutes", type=float, help="after which training ends, its learning rate near 0")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--change", action="append", default=[], metavar="SECTION.FIELD=JSON", help="of the pack")
    one.add_argument("-o", "--output", type=Path, required=True)
    one.set_defaults(run=teach)
    two = commands.add_parser("judge")
    two.add_argument("folders", type=Path, nargs="+")
    two.add_argument("--data", type=Path, required=True)
    two.add_argument("-o", "--output", type=Path)
    two.set_defaults(run=judge)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
