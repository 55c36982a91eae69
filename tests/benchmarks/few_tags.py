"""Measures genre guesses in libraries with few tags, where whatever is fitted to these is fitted to chance.

    python tests/benchmarks/few_tags.py --data DIR --folds DIR [--keep FILE] [--beside FILE]

Small libraries: the tracks of one fifth of the artists (panda's train and val alone, or with emotify), of which some
artists keep their tags, drawn three times; large ones: all tracks, of which 80, 160 or 320 keep theirs, drawn twice.
All else is as in words.py, whose --folds this takes: every track is judged by an encoder that never met its artist.

Told are the tags, how many of the surest 40 and 60 % are in the right family, how many are wrong on average over all
coverages, and what is right at the confidence that a guess takes. --keep FILE keeps how sure and how right each track
is, --beside FILE compares with what an earlier run kept, paired by track, drawn by artist, on either half of the
artists: settings were chosen on the first.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import words
from words import Judged, apart, judge, on_one_path, read_ears

from musicemb.core.genres.names import fold_genre
from musicemb.datasets.music import share_of
from musicemb.records import Example
from musicemb.settings import GuessSettings
from musicemb.workflows.datasets.examples import read_examples

DRAWS = 1000
SHARES, TAGS = (0.2, 0.3, 0.5, 0.8), (80, 160, 320)
SALTS = ("a", "b", "c")


def tag_artists(examples: list[Example], most: int, salt: str) -> np.ndarray:
    """Which tracks keep their tags: whole artists, until there are enough."""
    artists = sorted({one.group for one in examples if one.label}, key=lambda name: share_of(name, salt=salt))
    kept = np.zeros(len(examples), dtype=bool)
    for artist in artists:
        if kept.sum() >= most:
            break
        kept |= np.array([one.group == artist and bool(one.label) for one in examples])
    return kept


def small_libraries(examples: list[Example], ears: list[words.Heard], genres: list[str], share: float) -> Judged:
    """Each fifth of the artists is a library of its own."""
    judged = Judged()
    for whole in ears:
        small, rows = apart(whole)
        own = [genres[row] for row in rows]
        for salt in SALTS:
            tagged = np.array([share_of(examples[row].group, salt=salt) < share for row in rows])
            said = tuple((word,) if word and kept else () for word, kept in zip(own, tagged, strict=True))
            asked = np.flatnonzero(~tagged & np.array([bool(word) for word in own]))
            evidence = replace(small.evidence, genres=said)
            judge(evidence, own, asked, small.threshold, judged, GuessSettings(), told=False)
    return judged


def large_library(examples: list[Example], ears: list[words.Heard], genres: list[str], most: int) -> Judged:
    """All tracks, of which few are tagged."""
    judged = Judged()
    for salt in SALTS[:2]:
        tagged = tag_artists(examples, most, salt)
        said = tuple((word,) if word and kept else () for word, kept in zip(genres, tagged, strict=True))
        for whole in ears:
            asked = np.flatnonzero(~tagged & whole.judged & np.array([bool(word) for word in genres]))
            evidence = replace(whole.evidence, genres=said)
            judge(evidence, genres, asked, whole.threshold, judged, GuessSettings(), told=False)
    return judged


def show(title: str, judged: Judged) -> dict[str, np.ndarray]:
    """Print the figures, and give what is kept."""
    sure, right = judged.surest(judged.nodes)
    said = judged.say(None)
    made = np.array([bool(word) for word, _ in said])
    near = np.array(
        [bool(word) and on_one_path(word, true) for (word, _), true in zip(said, judged.truth, strict=True)]
    )
    curve = words._curve(sure, right)
    print(
        f"{title:<24} {right.mean():.3f}  {curve[0]:.3f} {curve[2]:.3f}  {words._risk(sure, right):.4f}  "
        f"{near[made].mean():.3f} at {made.mean():.3f}  {words._error(sure, right):.3f}",
        flush=True,
    )
    return {"sure": sure, "right": right, "made": made, "near": near, "artist": np.array(judged.artists)}


def compare(now: dict[str, np.ndarray], before: dict[str, np.ndarray], first: np.ndarray) -> None:
    """What has changed, on either half of the artists, with 95 % intervals over them."""
    for title, half in (("half that chose", True), ("other half", False)):
        rows = np.flatnonzero(first[now["artist"]] == half)
        artists = np.unique(now["artist"][rows], return_inverse=True)[1]
        of = [rows[artists == artist] for artist in range(artists.max() + 1)]

        def told(drawn: np.ndarray) -> list[float]:
            parts = []
            for one in (before, now):
                made = one["made"][drawn]
                share = one["near"][drawn].sum() / max(made.sum(), 1)
                parts.append([words._risk(one["sure"][drawn], one["right"][drawn]), made.mean(), share])
            return [after - was for was, after in zip(*parts, strict=True)]

        random = np.random.default_rng(0)
        draws = []
        for _ in range(DRAWS):
            drawn = random.integers(len(of), size=len(of))
            draws.append(told(np.concatenate([of[one] for one in drawn])))
        low, high = np.quantile(draws, [0.025, 0.975], axis=0)
        figures = zip(("wrong over all", "coverage", "right"), told(rows), low, high, strict=True)
        print(f"    {title}: " + "; ".join(f"{name} {a:+.4f} ({b:+.4f} to {c:+.4f})" for name, a, b, c in figures))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folds", type=Path, required=True)
    parser.add_argument("--keep", type=Path, help="keep what is compared with later")
    parser.add_argument("--beside", type=Path, help="compare with what an earlier run kept")
    arguments = parser.parse_args()
    examples = [
        one
        for one in read_examples(arguments.data)
        if one.split in ("train", "val") and one.corpus in ("panda", "emotify")
    ]
    ears = read_ears(examples, arguments.data, arguments.folds)
    genres = [fold_genre(one.label)[0] if one.label else "" for one in examples]
    names = sorted({one.group for one in examples})
    first = np.array([share_of(name, salt="choose") < 0.5 for name in names])
    panda = np.array([one.corpus == "panda" for one in examples])
    before = {} if arguments.beside is None else dict(np.load(arguments.beside, allow_pickle=False))
    kept: dict[str, np.ndarray] = {}
    print(f"{'library':<24} right  of the surest 40 and 60 %  wrong over all  at the default  calibration error")
    libraries = [(f"panda, {share:.0%} tagged", panda, share) for share in (0.0, *SHARES)]
    libraries += [(f"both, {share:.0%} tagged", panda | True, share) for share in (0.0, *SHARES)]
    for title, there, share in libraries:
        heard = [replace(one, judged=one.judged & there) for one in ears]
        found = show(title, small_libraries(examples, heard, genres, share))
        kept |= {f"{title} {name}": values for name, values in found.items()}
        if before:
            compare(found, {name: before[f"{title} {name}"] for name in found}, first)
    for most in TAGS:
        found = show(title := f"large, {most} tags", large_library(examples, ears, genres, most))
        kept |= {f"{title} {name}": values for name, values in found.items()}
        if before:
            compare(found, {name: before[f"{title} {name}"] for name in found}, first)
    if arguments.keep is not None:
        np.savez(arguments.keep, **kept)


if __name__ == "__main__":
    main()
