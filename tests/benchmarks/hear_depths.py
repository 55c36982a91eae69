"""Keeps what each layer of a trunk makes of some segments, for depths.py.

    python tests/benchmarks/hear_depths.py PACK --data DIR --work FOLDER [--segments 12] [--mp3 FOLDER]

Of every track of PACK (see train_cached.py) some segments are heard, as they are and augmented. Of every second track
of panda all segments are heard, and those of two damaged copies: white noise at 20 dB, and ten seconds cut out. Of each
MP3 below --mp3 all segments are heard, and those of its copy as Opus at 28 kbit/s. FOLDER then holds one array per
block: layer by layer, the mean over time and bands and the deviation; of the last layer also the mean of the lower half
of the bands, and the largest value; of the input each band's mean and deviation.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from train_cached import TRACKS, read_pack

from musicemb.core.signal.features import count_bands, count_frames
from musicemb.core.signal.segments import segment_features
from musicemb.io.audio.reader import read_audio
from musicemb.settings import EncoderSettings, from_dict
from musicemb.workflows.embedding.dataset_vectors import DEGRADATIONS, NATIVE_RATE
from musicemb.workflows.training.linear_start import START_SEGMENTS
from musicemb.workflows.training.prepare import TrainingData, assemble_training

LAYERS = (2, 4, 6, 8, 10, 11, 12, 13, 14)
KINDS = ("white noise, 20 dB SNR", "random 10 s cut")
OPUS = "Opus 28 kbit/s"
CLEAN = "clean"
LAST = "mean14"
BLOCKS = (
    LAST, "mean13", "mean12", "mean11", "mean8", "mean6", "mean4", "std14", "std13", "std12", "std8", "max14", "low14",
    "mean0", "std0",
)  # fmt: skip
_BATCH = 64


def open_depths(settings: EncoderSettings, front_end: Any, trunk: Any) -> tuple[Any, list[str]]:
    """A network that gives every block of a segment at once, and the blocks' names."""
    import keras
    from keras import ops

    from musicemb.encoder.networks.network import build_network
    from musicemb.encoder.networks.trunk import place_trunk

    network = build_network(settings, count_frames(front_end), count_bands(front_end.settings), seed=1)
    place_trunk(network, trunk)
    outputs, names = [], []

    def take(name: str, tensor: Any) -> None:
        names.append(name)
        outputs.append(tensor)

    def statistics(name: str, x: Any, axes: tuple[int, ...]) -> None:
        mean = ops.mean(x, axis=axes)
        take(f"mean{name}", mean)
        take(f"std{name}", ops.sqrt(ops.maximum(ops.mean(ops.square(x), axis=axes) - ops.square(mean), 0.0)))

    statistics("0", network.input, (1,))
    for layer in LAYERS:
        statistics(str(layer), network.get_layer(f"layer{layer}_pointwise").output, (1, 2))
    last = network.get_layer(f"layer{LAYERS[-1]}_pointwise").output
    take("max14", ops.max(last, axis=(1, 2)))
    take("low14", ops.mean(last[:, :, :1], axis=(1, 2)))
    return keras.Model(network.input, outputs), names


def hear(network: Any, features: np.ndarray) -> list[np.ndarray]:
    """Blocks of some segments."""
    found: list[list[np.ndarray]] = []
    for first in range(0, len(features), _BATCH):
        part = features[first : first + _BATCH]
        filled = np.zeros((_BATCH, *features.shape[1:]), np.float32)
        filled[: len(part)] = part
        found.append([np.asarray(one)[: len(part)].astype(np.float16) for one in network.predict_on_batch(filled)])
    return [np.concatenate(block) for block in zip(*found, strict=True)]


class Keeper:
    """Gathers segments, lets the network hear many at once, and writes one array per block."""

    def __init__(self, network: Any, names: list[str]) -> None:
        self.network, self.names = network, names
        self.blocks: list[list[np.ndarray]] = [[] for _ in names]
        self.waiting: list[np.ndarray] = []
        self.rows: list[tuple[str, int]] = []

    def add(self, name: str, features: np.ndarray) -> None:
        """Segments of a track, or of a copy of it."""
        self.rows.append((name, len(features)))
        self.waiting.append(np.asarray(features, np.float32))
        if sum(map(len, self.waiting)) >= 16 * _BATCH:
            self.flush()

    def flush(self) -> None:
        """Hear what waits."""
        if self.waiting:
            for block, one in zip(self.blocks, hear(self.network, np.concatenate(self.waiting)), strict=True):
                block.append(one)
            self.waiting = []

    def write(self, folder: Path) -> None:
        """Write arrays, and the rows that belong to each name."""
        self.flush()
        folder.mkdir(parents=True, exist_ok=True)
        for name, block in zip(self.names, self.blocks, strict=True):
            np.save(folder / f"{name}.npy", np.concatenate(block))
        (folder / "rows.json").write_text(json.dumps(self.rows))


class Heard:
    """What hear_depths.py left of some tracks."""

    def __init__(self, folder: Path, *, augmented: bool = False) -> None:
        rows = json.loads((folder / "rows.json").read_text())
        self.names = [name for name, _ in rows]
        self.end = np.cumsum([count for _, count in rows])
        self.first = self.end - [count for _, count in rows]
        half = (self.end - self.first) // 2 if augmented else self.end - self.first
        self.clean = np.concatenate([np.arange(at, at + count) for at, count in zip(self.first, half, strict=True)])
        self.bounds = np.concatenate([[0], np.cumsum(half)])  # of each track's segments among the clean ones
        self.number = {name: i for i, name in enumerate(self.names)}
        self.arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in BLOCKS}

    def block(self, name: str) -> np.ndarray:
        """A block of all segments; of half of the bands, what it has more than both."""
        rows = np.asarray(self.arrays[name], np.float32)
        return rows - np.asarray(self.arrays[LAST], np.float32) if name == "low14" else rows


def judged(examples: list[Any]) -> list[Any]:
    """Every second track of the corpus that is judged on."""
    return [e for e in examples if e.corpus == "panda"][::2]


def damaged_copies(paths: list[Path], front_end: Any) -> Iterator[tuple[str, Path, np.ndarray]]:
    """All segments of recordings, and of their damaged copies."""
    rate = front_end.settings.sample_rate
    for path in paths:
        samples = read_audio(path, NATIVE_RATE).samples
        yield CLEAN, path, segment_features(read_audio(path, rate).samples, front_end)[1]
        for damage in KINDS if path.suffix != ".mp3" else (OPUS,):
            yield damage, path, segment_features(DEGRADATIONS[damage](samples, path, rate), front_end)[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--segments", type=int, default=START_SEGMENTS)
    parser.add_argument("--mp3", type=Path)
    arguments = parser.parse_args()
    settings = from_dict(EncoderSettings, json.loads((arguments.pack / TRACKS).read_text())["settings"])
    examples, frames, front_end, _, options = read_pack(arguments.pack, settings)
    *_, data = assemble_training(examples, frames, settings, front_end)
    assert isinstance(data, TrainingData)
    network, names = open_depths(settings, data.front_end, options["trunk"])
    keeper = Keeper(network, names)
    for tracks, known in ((data.train, data.train_examples), (data.validation, data.val_examples)):
        for track, clean, augmented in tracks.pairs(data.front_end, arguments.segments):
            keeper.add(known[track].path.as_posix(), np.concatenate([clean, augmented]))
            if track % 100 == 0:
                print(f"heard {track} of {len(known)} tracks", flush=True)
    keeper.write(arguments.work / "tracks")
    keeper = Keeper(network, names)
    mp3 = sorted(arguments.mp3.rglob("*.mp3")) if arguments.mp3 else []
    paths = [*(arguments.data / e.path for e in judged(examples)), *mp3]
    for damage, path, features in damaged_copies(paths, data.front_end):
        name = path.relative_to(arguments.data) if path.is_relative_to(arguments.data) else path
        keeper.add(f"{damage}|{name.as_posix()}", features)
        if damage == CLEAN and len(keeper.rows) % 50 == 1:
            print(f"heard {len(keeper.rows)} copies", flush=True)
    keeper.write(arguments.work / "copies")


if __name__ == "__main__":
    main()
