"""Which step of listening takes which CPU: python tests/benchmarks/listening_stages.py FILE ...

Clocks are put around the steps of `embed_file`, one file after the other in one process; medians of three rounds, as
shares of decoding alone. A step that calls another holds it: "listening" is all that happens while a file is decoded.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import soxr

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.listening_cost import cpu, decode, embed

from musicemb.core.signal import segment_blocks
from musicemb.core.values import meter
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.audio import mono_stream, payload_hash
from musicemb.io.tags import reader
from musicemb.workflows.embedding import segment_vectors

spent: defaultdict[str, float] = defaultdict(float)


def clock(place: Any, name: str, label: str) -> None:
    """Add up the CPU seconds of a function."""
    function = getattr(place, name)

    def timed(*arguments: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[label] += time.process_time() - began

    setattr(place, name, timed)


def main() -> None:
    encoder = load_encoder()
    front_end = encoder.front_end
    encoder.embed(np.zeros((1, *encoder.bundle.about["input_shape"]), np.float32))
    assert front_end is not None
    for place, name, label in (
        (payload_hash, "payload_hash", "hash of the payload"),
        (reader, "read_tags", "tags"),
        (segment_vectors, "decode_blocks", "listening"),
        (mono_stream, "_mix", "  mixing"),
        (meter.ValueMeter, "hear_channels", "  loudness"),
        (meter._Music, "_thin", "  means of neighbours, for onsets and pitches"),
        (meter.OnsetMeter, "__call__", "  onsets"),
        (meter.PitchMeter, "__call__", "  pitches"),
        (meter.ValueMeter, "result", "tempo, key, loudness from these"),
        (segment_vectors, "plan_segments", "levels of segments"),
        (soxr, "resample", "resampling of what the network hears"),
        (segment_blocks, "compute_frames", "mel bands"),
        (segment_vectors.SoundDescription, "add", "descriptors"),
        (segment_vectors, "finish_features", "features"),
        (encoder, "_embed", "network"),
    ):
        clock(place, name, label)
    paths = [Path(word) for word in sys.argv[1:]]
    embed(paths[0], encoder)
    rounds: list[dict[str, float]] = []
    for _ in range(3):
        for path in paths:
            alone = cpu(lambda path=path: decode(path))  # type: ignore[misc]
            spent.clear()
            spent["all"] = cpu(lambda path=path: embed(path, encoder))  # type: ignore[misc]
            rounds.append({label: seconds / alone for label, seconds in spent.items()})
    for label in rounds[0]:
        print(f"{statistics.median(one.get(label, 0.0) for one in rounds):6.3f}  {label}")


if __name__ == "__main__":
    main()
