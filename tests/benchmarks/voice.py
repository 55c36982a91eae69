"""Measures how well tag heads tell sung tracks from those without a voice, on artists that they never met.

    python tests/benchmarks/voice.py --data DIR --teachers FILE FILE --folds FOLDER [--encoder BUNDLE]

What is true nobody wrote down, so two taggers judge: a case is a track that both are sure of and of one mind about.
A tagger is sure of a voice in the quarter of all tracks to which it gives the most, and sure of none in the quarter to
which it gives the least (`QUARTER`; a third, and a half, where it need not be sure, are printed beside it). How much
voice it gives is the mean over a track's windows of its highest class of voices, and where it has classes for "no
voice", these against those.

FOLDER holds the vectors of five encoders, each found without a fifth of the artists (train_cached.py train): heads are
fitted on the other four fifths. BUNDLE (default: the shipped one) answers with its own heads for panda's `val`, whose
artists it never met. The split `test` is never looked at.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from calibrate_head import vectors_of_fold
from cross_validate import describe
from find import log_odds, read_truth

from musicemb.core.sound_tags.heads import TagTargets, apply_tag_heads, fit_tag_heads, rank_area
from musicemb.core.sound_tags.vocabulary import SOUND_TAGS
from musicemb.core.training.targets import match_paths
from musicemb.datasets.music import fold_of
from musicemb.encoder.runtime.bundle import find_bundle
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.teacher_files import read_teacher
from musicemb.records import Example, Floats64, TagHeads, Teacher
from musicemb.workflows.datasets.examples import read_examples
from musicemb.workflows.embedding.dataset_vectors import EncoderVector

FOLDS, DRAWS = 5, 400
QUARTER = 0.25
SHARES = (QUARTER, 1 / 3, 0.5)
NONE = "no voice"
NO_VOICE = frozenset(name for tag in SOUND_TAGS if tag.name == NONE for name in tag.classes)
VOICES = frozenset(
    {"vocal music"}.union(
        *(tag.classes for tag in SOUND_TAGS if tag.kind == "voice" and tag.name not in (NONE, "whistling"))
    )
)
PAIRS = ("female voice", "male voice")
"""Also told apart: tracks on which both taggers are sure of a voice, by which of the two has the lead."""


def voice_of(teacher: Teacher, examples: Sequence[Example]) -> Floats64:
    """How much voice a tagger gives to each track, from least to most; NaN: it does not know the track."""
    voices, none = (
        [at for at, name in enumerate(teacher.tag_names) if name.lower() in names] for names in (VOICES, NO_VOICE)
    )
    found = np.full(len(examples), np.nan)
    for row, place in enumerate(match_paths(teacher.paths, [one.path.as_posix() for one in examples]).tolist()):
        if place < 0 or teacher.offsets[place] == teacher.offsets[place + 1]:
            continue
        windows = teacher.tags[teacher.offsets[place] : teacher.offsets[place + 1]].astype(np.float64) / 255
        found[row] = float(log_odds(np.array([windows[:, voices].max(axis=1).mean()]))[0])
        if none:
            found[row] -= float(log_odds(np.array([windows[:, none].max(axis=1).mean()]))[0])
    return found


def agreed(said: Sequence[Floats64], share: float) -> tuple[np.ndarray, np.ndarray]:
    """Tracks that all taggers are sure are sung, and those that they are sure are not."""
    sung = np.logical_and.reduce([one >= np.nanquantile(one, 1 - share) for one in said])
    silent = np.logical_and.reduce([one <= np.nanquantile(one, share) for one in said])
    return sung, silent


def with_interval(scores: Floats64, positive: np.ndarray, rows: np.ndarray, groups: Sequence[str]) -> str:
    """Area under the ROC curve and its 95 % interval over artists."""
    artists = np.unique(np.array(groups), return_inverse=True)[1][rows]
    scores, positive = scores[rows], positive[rows]
    if not 0 < positive.sum() < len(positive):
        return "no cases of both kinds"
    random, areas = np.random.default_rng(0), []
    own = [np.flatnonzero(artists == one) for one in np.unique(artists)]
    for _ in range(DRAWS):
        drawn = np.concatenate([own[one] for one in random.integers(len(own), size=len(own))])
        areas.append(rank_area(scores[drawn], positive[drawn]))
    low, high = np.nanquantile(areas, [0.025, 0.975])
    counts = f"{int(positive.sum())} against {int((~positive).sum())} tracks by {len(own)} artists"
    return f"{rank_area(scores, positive):.3f} ({low:.3f}-{high:.3f}), {counts}"


def told_by(heads: TagHeads, vectors: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Log odds of some words; NaN where the heads have no such word."""
    told = log_odds(apply_tag_heads(vectors, heads))
    found = np.full((len(vectors), len(names)), np.nan)
    for column, name in enumerate(names):
        if name in heads.names:
            found[:, column] = told[:, heads.names.index(name)]
    return found


def cross_fit(
    folder: Path, data: Path, examples: Sequence[Example], truth: TagTargets, words: Sequence[str]
) -> np.ndarray:
    """Log odds of words by heads and encoders that never met a track's artist."""
    folds = np.array([fold_of(example.group, FOLDS) for example in examples])
    told = np.full((len(examples), len(words)), np.nan)
    for fold in range(FOLDS):
        vectors = vectors_of_fold(folder, fold, [one.path for one in examples], data)
        taught, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        heads = fit_tag_heads(
            vectors[taught], replace(truth, values=truth.values[taught]), [examples[row].group for row in taught]
        )
        told[asked] = told_by(heads, vectors[asked], words)
    return told


def show(
    title: str,
    told: np.ndarray,
    words: Sequence[str],
    said: Sequence[Floats64],
    truth: TagTargets,
    examples: Sequence[Example],
) -> None:
    """Print the areas of one set of answers."""
    groups = [one.group for one in examples]
    of = {name: told[:, at] for at, name in enumerate(words)}
    names = [tag.name for tag in truth.tags]
    print(f"\n{title}: {len(examples)} tracks")
    for share in SHARES:
        sung, silent = agreed(said, share)
        rows = np.flatnonzero(sung | silent)
        area = with_interval(of["singing"] - of[NONE], sung, rows, groups)
        print(f"both sure ({share:.0%} each), voice against none: {area}")
        if share == QUARTER:
            print(f"  the word singing alone: {with_interval(of['singing'], sung, rows, groups)}")
            print(f"  the words no voice alone: {with_interval(-of[NONE], sung, rows, groups)}")
            lead = log_odds(truth.values[:, names.index(PAIRS[0])]) - log_odds(truth.values[:, names.index(PAIRS[1])])
            mine = of[PAIRS[0]] - of[PAIRS[1]]
            clear = np.flatnonzero(sung & (np.abs(lead) >= np.quantile(np.abs(lead[sung]), 0.5)))
            area = with_interval(mine, lead > 0, clear, groups)
            print(f"  of the sung ones, female against male (clearer half): {area}")
    for name in ("choir", "rap", "singing"):
        column = truth.values[:, names.index(name)]
        print(
            f"{name}, the taggers' surest tenth against the rest: "
            f"{with_interval(of[name], column > np.quantile(column, 0.9), np.arange(len(examples)), groups)}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teachers", type=Path, nargs="+", required=True)
    parser.add_argument("--folds", type=Path, required=True)
    parser.add_argument("--encoder", default=None)
    arguments = parser.parse_args()
    examples = [
        one for one in read_examples(arguments.data) if one.split != "test" and one.corpus in ("panda", "emotify")
    ]
    truth = read_truth([one.path for one in examples], arguments.teachers)
    said = [voice_of(read_teacher(file), examples) for file in arguments.teachers]
    known = np.flatnonzero(np.isfinite(truth.values).all(axis=1) & np.isfinite(said).all(axis=0))
    examples, truth = [examples[row] for row in known], replace(truth, values=truth.values[known])
    said = [one[known] for one in said]
    words = ("singing", NONE, *PAIRS, "choir", "rap")
    told = cross_fit(arguments.folds, arguments.data, examples, truth, words)
    title = "encoders and heads without a fifth of the artists"

    def show_some(title: str, told: np.ndarray, rows: np.ndarray) -> None:
        some, values = [examples[row] for row in rows], truth.values[rows]
        show(title, told, words, [one[rows] for one in said], replace(truth, values=values), some)

    show_some(title, told, np.arange(len(examples)))
    panda = np.flatnonzero([one.corpus == "panda" for one in examples])
    show_some(f"{title}, panda alone", told[panda], panda)
    chosen = np.flatnonzero([one.corpus == "panda" and one.split == "val" for one in examples])
    encoder = load_encoder(find_bundle(arguments.encoder))
    assert encoder.tag_heads is not None
    vectors = describe(EncoderVector(encoder), [examples[row].path for row in chosen])
    show_some(f"panda's val, heads of {encoder.name} {encoder.id}", told_by(encoder.tag_heads, vectors, words), chosen)


if __name__ == "__main__":
    main()
