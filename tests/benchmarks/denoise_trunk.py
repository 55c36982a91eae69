"""Teaches a tagger's trunk to make of a damaged segment what it made of the clean one (self-distillation).

    python tests/benchmarks/denoise_trunk.py yamnet.tflite --data DIR [--extra DIR] --settings JSON -o TRUNK.npz

A published tagger was never asked to say the same of a song and of a noisy copy of it. Its own answers to clean
segments are the targets, so nothing but audio is needed, and none of --leave-out's corpora is heard: figures that are
cross-validated on these stay honest. The result goes into `retrain --start-trunk TRUNK.npz`.

In place of --data, --pack takes what `train_cached.py pack --start-trunk ... --leave-out ...` made, for a machine with
a fast device and no audio library; the trunk is then the pack's own ("-").
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from train_cached import TRUNK, read_pack, read_settings

from musicemb.core.signal.features import count_frames, finish_features, make_front_end
from musicemb.core.training.augmentation import augment_frames
from musicemb.encoder.networks.network import build_network, embed_in_batches
from musicemb.encoder.networks.trunk import load_trunk, open_trunk, place_trunk, with_trunk, write_trunk
from musicemb.encoder.networks.weights import read_weights
from musicemb.encoder.quantise import round_weights
from musicemb.workflows.training.track_set import TrackSet

CLEAN = 4
"""One segment of so many stays clean, so that the trunk also stays what it was."""

AHEAD = 32
"""Batches that are drawn while the network learns."""

DIRECTIONS = 192
"""Principal components, half-whitened, in which answers are compared: strong directions would drown the others."""


def read_frames(arguments: argparse.Namespace) -> tuple[list[Any], Any, Any, Any]:
    """Frames of the tracks that teach, the front-end, settings and the trunk to begin with."""
    settings = read_settings(arguments.settings, arguments.change)
    if arguments.pack is not None:
        trunk = load_trunk(arguments.pack / TRUNK)
        settings = with_trunk(settings, trunk)
        examples, frames, front_end, _, _ = read_pack(arguments.pack, settings)
        wanted = [frames[e.path] for e in examples if e.corpus not in arguments.leave_out]
    else:
        from musicemb.encoder.runtime.tagger_file import read_trunk
        from musicemb.workflows.datasets.examples import music_examples, read_examples
        from musicemb.workflows.embedding.cached_frames import FramesReady, cache_frames, load_frames

        trunk = read_trunk(Path(arguments.trunk))
        settings = with_trunk(settings, trunk)
        front_end = make_front_end(settings.front_end, settings.segments)
        examples = music_examples(arguments.data)
        examples = [e for e in examples if e.split != "test" and e.corpus not in arguments.leave_out]
        examples += [e for folder in arguments.extra for e in read_examples(folder)]
        events = cache_frames([e.path for e in examples], front_end)
        wanted = list(load_frames([event for event in events if isinstance(event, FramesReady)]).values())
    length = count_frames(front_end)
    return [one for one in wanted if len(one) >= length], front_end, settings, trunk


def drawn_ahead(draw: Callable[[int], Any], count: int) -> Iterator[Any]:
    """What `draw` makes of 0, 1, ..., drawn by threads; the same for any number of them."""
    with ThreadPoolExecutor() as threads:
        waiting = deque(threads.submit(draw, number) for number in range(min(AHEAD, count)))
        for number in range(count):
            yield waiting.popleft().result()
            if number + AHEAD < count:
                waiting.append(threads.submit(draw, number + AHEAD))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trunk")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--data", type=Path)
    place.add_argument("--pack", type=Path)
    parser.add_argument("--extra", type=Path, action="append", default=[])
    parser.add_argument("--leave-out", action="append", default=["panda"], help="corpus that is not heard")
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--change", action="append", default=[], metavar="SECTION.FIELD=JSON")
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--batch", type=int, default=64, help="segments of a step")
    parser.add_argument("--every", type=int, default=50, help="steps between reports and copies of the trunk")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    import keras

    frames, front_end, settings, trunk = read_frames(arguments)
    length = count_frames(front_end)
    unknown = np.full(len(frames), -1, dtype=np.int64)
    tracks = TrackSet(frames, unknown, unknown, settings)
    print(f"{len(frames)} tracks, {sum(map(len, frames)) / length:.0f} segments", flush=True)

    def draw(number: int) -> tuple[Any, Any]:
        rng = np.random.default_rng((arguments.seed, number))
        chosen = rng.integers(0, len(frames), arguments.batch)
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
    several = range(arguments.steps, arguments.steps + 1536 // arguments.batch + 1)
    heard = embed_in_batches(fixed, np.concatenate([draw(number)[0] for number in several])).astype(np.float64)
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
    for step, (clean, changed) in enumerate(drawn_ahead(draw, arguments.steps), 1):
        target = fixed.predict_on_batch(clean)
        stay = len(clean) // CLEAN
        changed[-stay:] = clean[-stay:]
        losses.append(float(learner.train_on_batch(changed, target)))
        if step % arguments.every == 0 or step == arguments.steps:
            print(f"step {step}: loss {np.mean(losses):.4f}, {time.monotonic() - begun:.0f} s", flush=True)
            losses = []
            weights = {name: value for name, value in read_weights(whole).items() if not name.startswith("embedding")}
            done = f"trained {step} steps to make of noisy, filtered and tilted segments what it made of clean ones"
            file = arguments.output if step == arguments.steps else arguments.output.with_suffix(f".{step}.npz")
            write_trunk(file, replace(trunk, weights=round_weights(weights), changed=done))


if __name__ == "__main__":
    main()
