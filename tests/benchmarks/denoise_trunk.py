"""Teaches a tagger's trunk to make of a damaged segment what it made of the clean one (self-distillation).

    python tests/benchmarks/denoise_trunk.py yamnet.tflite --data DIR [--extra DIR] --settings JSON -o TRUNK.npz

A published tagger was never asked to say the same of a song and of a noisy copy of it. Its own answers to clean
segments are the targets, so nothing but audio is needed, and none of --leave-out's corpora is heard: figures that are
cross-validated on these stay honest. The result goes into `retrain --start-trunk TRUNK.npz`.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from train_cached import read_settings

from musicemb.core.signal.features import count_frames, finish_features, make_front_end
from musicemb.core.training.augmentation import augment_frames
from musicemb.encoder.networks.network import build_network, embed_in_batches
from musicemb.encoder.networks.trunk import open_trunk, place_trunk, with_trunk, write_trunk
from musicemb.encoder.networks.weights import read_weights
from musicemb.encoder.quantise import round_weights
from musicemb.encoder.runtime.tagger_file import read_trunk
from musicemb.workflows.datasets.examples import music_examples, read_examples
from musicemb.workflows.embedding.cached_frames import FramesReady, cache_frames, load_frames
from musicemb.workflows.training.track_set import TrackSet

BATCH, CLEAN = 64, 16
"""Segments of a step, and how many of them stay clean, so that the trunk also stays what it was."""

DIRECTIONS = 192
"""Principal components, half-whitened, in which answers are compared: strong directions would drown the others."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trunk", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--extra", type=Path, action="append", default=[])
    parser.add_argument("--leave-out", action="append", default=["panda"], help="corpus that is not heard")
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--change", action="append", default=[], metavar="SECTION.FIELD=JSON")
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    import keras

    trunk = read_trunk(arguments.trunk)
    settings = with_trunk(read_settings(arguments.settings, arguments.change), trunk)
    front_end = make_front_end(settings.front_end, settings.segments)
    examples = [e for e in music_examples(arguments.data) if e.split != "test" and e.corpus not in arguments.leave_out]
    examples += [e for folder in arguments.extra for e in read_examples(folder)]
    ready = [event for event in cache_frames([e.path for e in examples], front_end) if isinstance(event, FramesReady)]
    length = count_frames(front_end)
    frames = [one for one in load_frames(ready).values() if len(one) >= length]
    unknown = np.full(len(frames), -1, dtype=np.int64)
    tracks = TrackSet(frames, unknown, unknown, settings)
    rng = np.random.default_rng(arguments.seed)

    def draw(count: int) -> tuple[Any, Any]:
        chosen = rng.integers(0, len(frames), count)
        cuts = np.stack([tracks.cut(t, int(rng.integers(0, len(frames[t]) - length + 1)), length) for t in chosen])
        changed = augment_frames(cuts, settings.augmentation, rng, magnitudes=True)
        return finish_features(cuts, front_end), finish_features(changed, front_end)

    networks = []
    for _ in range(2):
        network = build_network(settings, length, settings.front_end.n_mels, seed=arguments.seed)
        place_trunk(network, trunk)
        networks.append(network)
    whole, fixed = networks[0], open_trunk(networks[1])
    learner = open_trunk(whole)
    heard = embed_in_batches(fixed, np.concatenate([draw(128)[0] for _ in range(12)])).astype(np.float64)
    mean = heard.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov(heard - mean, rowvar=False))
    kernel = (directions[:, ::-1] * np.maximum(variances[::-1], 1e-9) ** -0.25)[:, :DIRECTIONS].astype(np.float32)
    centre, spread = mean.astype(np.float32), float(np.square(heard - mean).mean())

    def unlike(target: Any, answer: Any) -> Any:
        ops = keras.ops
        mapped = [ops.matmul(rows - centre, kernel) for rows in (target, answer)]
        plain = [rows - centre for rows in (target, answer)]
        loss = ops.mean(ops.square(target - answer), axis=1) * (0.1 / spread)
        for weight, pair in ((1.0, mapped), (0.5, plain)):
            a, b = (rows / (ops.norm(rows, axis=1, keepdims=True) + 1e-6) for rows in pair)
            loss = loss + weight * (1 - ops.sum(a * b, axis=1))
        return ops.mean(loss)

    rate = keras.optimizers.schedules.CosineDecay(0.0, arguments.steps, warmup_target=arguments.rate, warmup_steps=50)
    learner.compile(optimizer=keras.optimizers.Adam(rate), loss=unlike)
    begun, losses = time.monotonic(), []
    for step in range(1, arguments.steps + 1):
        clean, changed = draw(BATCH)
        target = embed_in_batches(fixed, clean)
        changed[-CLEAN:] = clean[-CLEAN:]
        losses.append(float(learner.train_on_batch(changed, target)))
        if step % 50 == 0 or step == arguments.steps:
            print(f"step {step}: loss {np.mean(losses):.4f}, {time.monotonic() - begun:.0f} s", flush=True)
            losses = []
            weights = {name: value for name, value in read_weights(whole).items() if not name.startswith("embedding")}
            done = f"trained {step} steps to make of noisy, filtered and tilted segments what it made of clean ones"
            write_trunk(arguments.output, replace(trunk, weights=round_weights(weights), changed=done))


if __name__ == "__main__":
    main()
