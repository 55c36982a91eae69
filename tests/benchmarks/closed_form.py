"""Asks questions of the embedding that is found in closed form: does extra music help, and how is a track pooled?

    python tests/benchmarks/closed_form.py PACK --data DIR --work FOLDER [--segments 12] [--nearest-only]

PACK is what train_cached.py packs. The trunk hears some segments of each track once (--segments), as they are and
augmented, and keeps what it makes of them in FOLDER; each fold's embedding layer is then found from these, with the
extra music and without it, as the shipped recipe does it, never from the fold's own artists. A track's vector is that
of the same segments: their mean, and other poolings (`POOLINGS`). Figures are those of cross_validate.py on the same
tracks, differences are paired. The segments are fewer than `train_cached.py train` pools, so figures compare here only.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from cross_validate import Judge
from train_cached import EXTRA, FOLDS, TRACKS, admit_extra, held_out_of, read_pack

from musicemb.core.evaluation.metrics import figures, paired_differences
from musicemb.core.training.targets import match_paths
from musicemb.records import Example
from musicemb.settings import EncoderSettings, from_dict
from musicemb.workflows.training.linear_start import START_SEGMENTS, fit_embedding
from musicemb.workflows.training.prepare import TrainingData, assemble_training
from musicemb.workflows.training.track_set import TrackSet

MEAN = "mean"
FIGURES = ("precision@5", "1-nn", "linear accuracy", "linear cross-entropy")


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1."""
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)


def trimmed(vectors: np.ndarray) -> np.ndarray:
    """The mean of those two thirds that agree best with the mean of all."""
    agreement = vectors @ unit(vectors.mean(axis=0))
    return vectors[np.argsort(-agreement, kind="stable")[: max(1, round(len(vectors) * 2 / 3))]].mean(axis=0)


def weighted(vectors: np.ndarray) -> np.ndarray:
    """A mean in which segments count by how far they agree with the mean of all."""
    agreement = np.exp(4 * (vectors @ unit(vectors.mean(axis=0))))
    return (agreement[:, None] * vectors).sum(axis=0) / agreement.sum()


POOLINGS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    MEAN: lambda vectors: vectors.mean(axis=0),
    "mean of the two thirds that agree best": trimmed,
    "mean weighted by agreement": weighted,
    "median of each direction": lambda vectors: np.median(vectors, axis=0),
}


def hear(tracks: TrackSet, examples: list[Example], network: Any, front_end: Any, segments: int) -> dict[Path, Any]:
    """What the trunk makes of each track's segments, as they are and augmented."""
    from musicemb.encoder.networks.network import embed_in_batches
    from musicemb.encoder.networks.trunk import open_trunk

    trunk = open_trunk(network)
    found = {}
    for track, clean, damaged in tracks.pairs(front_end, segments):
        both = embed_in_batches(trunk, np.concatenate([clean, damaged]), 64)
        found[examples[track].path] = both.reshape(2, len(clean), -1).astype(np.float16)
        if track % 200 == 0:
            print(f"heard {track} of {len(examples)} tracks", flush=True)
    return found


def hear_all(
    data: TrainingData, settings: Any, options: dict[str, Any], place: Path, segments: int
) -> dict[Path, np.ndarray]:
    """The same of all tracks of a pack, from FOLDER where they stand there."""
    examples = [*data.train_examples, *data.val_examples]
    if not place.is_file():
        from musicemb.core.signal.features import count_bands, count_frames
        from musicemb.encoder.networks.network import build_network
        from musicemb.encoder.networks.trunk import place_trunk

        front_end = data.front_end
        network = build_network(settings, count_frames(front_end), count_bands(front_end.settings), seed=1)
        place_trunk(network, options["trunk"])
        heard = hear(data.train, data.train_examples, network, front_end, segments)
        heard |= hear(data.validation, data.val_examples, network, front_end, segments)
        np.savez(
            place,
            outputs=np.concatenate([heard[e.path] for e in examples], axis=1),
            counts=np.array([heard[e.path].shape[1] for e in examples]),
            paths=np.array([e.path.as_posix() for e in examples]),
        )
    with np.load(place, allow_pickle=False) as stored:
        ends = np.cumsum(stored["counts"])
        outputs = stored["outputs"]
        return {
            Path(path): outputs[:, end - count : end]
            for path, end, count in zip(stored["paths"].tolist(), ends, stored["counts"], strict=True)
        }


def embed_fold(
    data: TrainingData, heard: Mapping[Path, np.ndarray], paths: list[Path], settings: Any
) -> list[np.ndarray]:
    """Segment vectors of some tracks by the embedding that a fold's training set gives."""
    parts = [heard[e.path] for e in data.train_examples]
    both = np.concatenate(parts, axis=1).astype(np.float32)
    numbers = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
    train = replace(data.train, settings=settings)
    dimensions = settings.network.dimensions
    found = fit_embedding(both[0], both[1], numbers, train, n_labels=len(data.labels), dimensions=dimensions)
    return [unit(heard[path][0].astype(np.float32) @ found.kernel + found.bias) for path in paths]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--segments", type=int, default=START_SEGMENTS)
    parser.add_argument("--nearest-only", action="store_true", help="no linear probe, which takes longest")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    settings = from_dict(EncoderSettings, json.loads((arguments.pack / TRACKS).read_text())["settings"])
    examples, frames, front_end, teachers, options = read_pack(arguments.pack, settings)
    own = [e for e in examples if e.corpus != EXTRA]
    more = [e for e in examples if e.corpus == EXTRA]

    def assemble(fold: int, *, extra: bool) -> TrainingData:
        held_out = held_out_of(str(fold))
        some = admit_extra(more, own, held_out) if extra else []
        events = list(
            assemble_training(
                [*own, *some], frames, settings, front_end, held_out=held_out, teachers=teachers, **options
            )
        )
        assert isinstance(events[-1], TrainingData)
        return events[-1]

    first = assemble(0, extra=True)
    heard = hear_all(first, settings, options, arguments.work / "heard.npz", arguments.segments)
    court = Judge(arguments.data)
    known = list(heard)
    rows = match_paths([path.as_posix() for path in known], [path.as_posix() for path in court.paths])
    paths = [known[row] for row in rows.tolist()]
    drawn: dict[str, Any] = {}
    probes = () if arguments.nearest_only else ("linear",)
    for extra in (True, False):
        place = arguments.work / f"vectors-{'with' if extra else 'without'}.npz"
        folds = []
        for fold in range(FOLDS):
            one = place.with_suffix(f".fold{fold}.npy")
            if not one.is_file():
                vectors = embed_fold(assemble(fold, extra=extra), heard, paths, settings)
                same = [np.resize(track, (arguments.segments, track.shape[1])) for track in vectors]
                np.save(one, np.stack(same).astype(np.float16))
            folds.append(np.load(one).astype(np.float32))
            print(f"fold {fold}, {'with' if extra else 'without'} extra music", flush=True)
        for name, pool in POOLINGS.items():
            if extra or name == MEAN:
                pooled = [unit(np.stack([pool(track) for track in of])).astype(np.float32) for of in folds]
                drawn[f"{'with' if extra else 'without'} extra music, {name}"] = court.draw(pooled, probes=probes)
    base = next(iter(drawn))
    document = {}
    for name, one in drawn.items():
        apart = {} if name == base else paired_differences(one, drawn[base])
        document[name] = {at: [str(figures(one)[at]), str(apart.get(at, ""))] for at in FIGURES if at in one}
        print(name, document[name], flush=True)
    (arguments.work / "closed_form.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
