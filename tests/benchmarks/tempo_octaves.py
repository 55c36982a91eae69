"""Fits which multiple of a tempo is the beat: python tests/benchmarks/tempo_octaves.py KNOWN

KNOWN is a folder that tests/benchmarks/known_music.py made; the drum loops of values.py are taken too. All are split in
two halves, modules by who made them. A softmax over the candidates of each (`core.values.tempo.tempo_candidates`) is
fitted on the first half, each kind of music counting alike; told are its weights, which `core/values/octave.py` holds,
and how many tempos of the other half are right within 4 %: by these weights, by those that the program holds, and with
the candidate that correlates best. Then the halves change places, and each kind is judged by weights of the other two.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).parents[1]))
import rendered_music as made
from benchmarks.values import in_first_half, loops, near, read_truth

from musicemb.core.values.octave import weigh_octaves
from musicemb.core.values.onsets import OnsetMeter
from musicemb.core.values.tempo import tempo_candidates

RATE = 16_000
PENALTY = 1.0
"""On the square of weights in standard deviations; each kind of music counts for 60 pieces."""


@dataclass(frozen=True)
class Piece:
    kind: str
    first_half: bool
    bpm: float
    candidates: np.ndarray
    features: np.ndarray

    @property
    def right(self) -> np.ndarray:
        return np.array([near(found, self.bpm) for found in self.candidates])


def hear(row: dict[str, str], samples: np.ndarray, rate: int) -> Piece:
    meter = OnsetMeter(rate)
    meter(samples.astype(np.float32))
    candidates, features = tempo_candidates(meter.result(), meter.per_second)
    kind = row["file"].replace("-", " ").split()[0]
    return Piece(kind, in_first_half(row), float(row["bpm"]), candidates, features)


def read_pieces(folder: Path) -> list[Piece]:
    found = []
    for row in read_truth(folder):
        if row["bpm"]:
            samples, rate = soundfile.read(folder / row["file"], dtype="float32")
            found.append(hear(row, soxr.resample(samples, rate, RATE), RATE))
    for number, (bpm, samples) in enumerate(loops()):
        found.append(hear({"file": f"loop {number}", "source": "", "bpm": str(bpm)}, samples, made.RATE))
    return found


def fit(pieces: list[Piece]) -> np.ndarray:
    usable = [piece for piece in pieces if piece.right.any()]
    spread = np.concatenate([piece.features for piece in usable]).std(axis=0) + 1e-9
    share = {kind: 60 / sum(piece.kind == kind for piece in usable) for kind in {piece.kind for piece in usable}}

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = PENALTY * float(weights @ weights), 2 * PENALTY * weights
        for piece in usable:
            seen = piece.features / spread
            odds = np.exp(seen @ weights - (seen @ weights).max())
            chance = odds / odds.sum()
            wanted = np.where(piece.right, odds, 0.0)
            total -= share[piece.kind] * float(np.log(wanted.sum() / odds.sum()))
            slope = slope + share[piece.kind] * ((chance - wanted / wanted.sum()) @ seen)
        return total, slope

    fitted: np.ndarray = minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B").x / spread
    return fitted


def judge(what: str, pieces: list[Piece], weights: np.ndarray | None = None) -> None:
    told = []
    for kind in sorted({piece.kind for piece in pieces}):
        ours = [piece for piece in pieces if piece.kind == kind]
        scores = [weigh_octaves(piece.features) if weights is None else piece.features @ weights for piece in ours]
        right = np.mean([piece.right[np.argmax(score)] for piece, score in zip(ours, scores, strict=True)])
        before = np.mean([piece.right[0] for piece in ours])
        told.append(f"{kind}s {right:.3f} (before {before:.3f}, {len(ours)} pieces)")
    print(f"{what}: {', '.join(told)}", flush=True)


def main() -> None:
    pieces = read_pieces(Path(sys.argv[1]))
    halves = [[piece for piece in pieces if piece.first_half is half] for half in (True, False)]
    weights = fit(halves[0])
    print("fitted on the first half:", ", ".join(f"{weight:.2f}" for weight in weights))
    judge("second half, by these", halves[1], weights)
    judge("second half, by those of the program", halves[1])
    judge("first half, by those of the second", halves[0], fit(halves[1]))
    for kind in ("loop", "module", "tune"):
        others = fit([piece for piece in pieces if piece.kind != kind])
        judge("by those of the other kinds", [piece for piece in pieces if piece.kind == kind], others)


if __name__ == "__main__":
    main()
