"""Measures what words find: precision at 10 of `musicemb find`, moods, and the values that `clusters` and the map show.

    python tests/benchmarks/find.py --data DIR --teachers FILE [FILE ...] [--encoder BUNDLE]
        [--unlabelled BUNDLE | --vectors FILE] [--folds DIR]
        [--folds-only]

The queries and what counts as right stand in find_queries.json, which was written before anything was measured. FILES
are what published taggers say of the tracks of DIR (tests/benchmarks/teacher_targets.py); their mean is the truth of
all that is no genre. Two libraries:

- `val`: panda's val as files without tags, scanned and asked by the program itself with BUNDLE (default: the shipped
  encoder), which never met these artists and read no teacher's word of them.
- `folds`: panda's train and val and emotify, with tag heads and a genre head fitted per fifth of the artists on the
  other four, on the vectors of an encoder that no label reached (default: tile2vec), or of FILE (`paths` and `X`),
  which must have been made so that no track was taught to the encoder that describes it. For genres half of the
  artists keep their tags and the other half is searched, and the other way round.

The split `test` is never looked at. Precision is given beside the share of right tracks in the library, which is what
ten tracks drawn by chance have; intervals of the ratio are from a bootstrap over queries, those of areas over artists.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from words import Heard, describe, hear, read_ears

from musicemb import Library
from musicemb.core.clustering.selection import cluster_vectors
from musicemb.core.clustering.sound_words import find_words
from musicemb.core.genres.ensemble import fit_ensemble
from musicemb.core.genres.names import fold_genre
from musicemb.core.sound_tags.heads import (
    TagTargets,
    apply_tag_heads,
    fit_tag_heads,
    join_targets,
    rank_area,
)
from musicemb.core.sound_tags.query import combine_values, parse_query
from musicemb.core.sound_tags.ranks import order_by_sound
from musicemb.core.sound_tags.values import sum_up_all, words_for_names
from musicemb.core.training.targets import match_paths
from musicemb.core.vectors.pca import project
from musicemb.datasets.music import fold_of, share_of
from musicemb.io.teacher_files import read_teacher
from musicemb.records import NO_ALIASES, Example, Floats64, SoundValues, TagHeads
from musicemb.settings import GuessSettings
from musicemb.workflows.datasets.examples import read_examples
from musicemb.workflows.index.genre_shares import GenreShares
from musicemb.workflows.similarity.word_scores import answer_term, called_or_heard, genre_finder

QUERIES = json.loads(Path(__file__).with_name("find_queries.json").read_text(encoding="utf-8"))
FOLDS, SHOWN, DRAWS = 5, 10, 2000
INSTRUMENTS_OF_A_TRACK = 5

Rows = list[tuple[str, float, float]]
"""Query, precision, share of right tracks."""


def read_truth(paths: Sequence[Path], files: Sequence[Path]) -> TagTargets:
    """The mean of what the teachers of some files say of each track; NaN where one does not know it."""
    named = []
    for file in files:
        teacher = read_teacher(file)
        said = np.full((len(paths), len(teacher.tag_names)), np.nan, np.float32)
        for row, found in enumerate(match_paths(teacher.paths, [path.as_posix() for path in paths]).tolist()):
            first, end = teacher.offsets[found], teacher.offsets[found + 1]
            if found >= 0 and end > first:
                said[row] = teacher.tags[first:end].mean(axis=0) / 255
        named.append((teacher.tag_names, said))
    return join_targets(named)


def right_of(query: Mapping[str, Sequence[str]], truth: TagTargets) -> np.ndarray:
    """Which tracks the teachers call right."""
    names = [tag.name for tag in truth.tags]
    most, least = query["most"], query.get("least", ())
    share = 0.1 if len(most) + len(least) == 1 else 0.25
    right = np.ones(len(truth.values), dtype=bool)
    for word in most:
        column = truth.values[:, names.index(word)]
        right &= column >= np.nanquantile(column, 1 - share)
    for word in least:
        column = truth.values[:, names.index(word)]
        right &= column <= np.nanquantile(column, share)
    return right


def log_odds(values: np.ndarray) -> np.ndarray:
    certain = np.clip(values.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.log(certain / (1 - certain))


def show(title: str, rows: Rows) -> None:
    """One line a query, and their mean."""
    print(f"\n{title}\n{'query':<40} precision@{SHOWN}   by chance")
    for query, precision, chance in rows:
        print(f"{query:<40} {precision:12.2f} {chance:11.3f}")
    found, random = (np.array([row[at] for row in rows]) for at in (1, 2))
    draws = np.random.default_rng(0).integers(len(rows), size=(DRAWS, len(rows)))
    low, high = np.quantile(found[draws].mean(axis=1) / random[draws].mean(axis=1), [0.025, 0.975])
    times = found.mean() / random.mean()
    print(f"{'mean':<40} {found.mean():12.3f} {random.mean():11.3f}   {times:.1f} times chance ({low:.1f}-{high:.1f})")


def show_moods(title: str, told: Callable[[str], np.ndarray], truth: TagTargets, groups: Sequence[str]) -> None:
    """Areas under the ROC curve of pairs of moods."""
    names = [tag.name for tag in truth.tags]
    artists = np.unique(np.array(groups), return_inverse=True)[1]
    random = np.random.default_rng(0)
    print(f"\n{title}")
    for one, other in QUERIES["moods"]["pairs"]:
        score = log_odds(told(one)) - log_odds(told(other))
        real = log_odds(truth.values[:, names.index(one)]) - log_odds(truth.values[:, names.index(other)])
        low, middle, high = np.nanquantile(real, [0.25, 0.5, 0.75])
        for name, rows in (
            ("above against below the median", np.isfinite(real)),
            ("highest against lowest quarter", (real <= low) | (real >= high)),
        ):
            areas = []
            for _ in range(DRAWS // 4):
                weight = np.bincount(
                    random.integers(artists.max() + 1, size=artists.max() + 1), minlength=artists.max() + 1
                )
                drawn = np.repeat(np.flatnonzero(rows), weight[artists[rows]])
                areas.append(rank_area(score[drawn], real[drawn] > middle))
            area = rank_area(score[rows], real[rows] > middle)
            bounds = np.nanquantile(areas, [0.025, 0.975])
            print(
                f"{one} against {other}, {name}: {area:.3f} ({bounds[0]:.3f}-{bounds[1]:.3f}), {int(rows.sum())} tracks"
            )


def show_values(title: str, values: Sequence[SoundValues], truth: TagTargets) -> None:
    """How many tracks have each value, and how many of these the teachers bear out."""
    names = [tag.name for tag in truth.tags]
    ranks = {name: (np.argsort(np.argsort(truth.values[:, at])) + 0.5) / len(values) for at, name in enumerate(names)}
    sung = (ranks["singing"] + 1 - ranks["no voice"]) / 2
    energy = (ranks["energetic"] + 1 - ranks["calm"]) / 2
    upper = lambda word, row: ranks[word][row] >= 0.75  # noqa: E731
    instruments = [at for at, tag in enumerate(truth.tags) if tag.kind == "instrument"]
    most = np.argsort(-truth.values[:, instruments], axis=1)[:, :INSTRUMENTS_OF_A_TRACK]
    heard = [{names[instruments[at]] for at in row} for row in most.tolist()]
    told: dict[str, list[bool]] = {
        name: []
        for name in ("mood", "instrument", "instrument of the track", "era", "no voice", "sung", "female", "male")
    }
    told |= {"low energy": [], "high energy": []}
    known = {"mood": 0, "instrument": 0, "era": 0, "voice": 0, "energy": 0}
    for row, value in enumerate(values):
        told["mood"] += [upper(word, row) for word in value.moods]
        told["instrument"] += [upper(word, row) for word in value.instruments]
        told["instrument of the track"] += [word in heard[row] for word in value.instruments]
        told["era"] += [upper(value.era, row)] if value.era else []
        told["no voice"] += [sung[row] < 0.5] if value.voice == "none" else []
        told["sung"] += [sung[row] > 0.5] if value.voice not in ("", "none") else []
        lead = ranks["female voice"][row] > ranks["male voice"][row]
        told["female"] += [lead] if value.voice == "female" else []
        told["male"] += [not lead] if value.voice == "male" else []
        told["low energy"] += [energy[row] < 0.5] if value.energy == "low" else []
        told["high energy"] += [energy[row] > 0.5] if value.energy == "high" else []
        for name, there in (("mood", value.moods), ("instrument", value.instruments), ("era", value.era)):
            known[name] += bool(there)
        known["voice"] += bool(value.voice)
        known["energy"] += bool(value.energy)
    print(f"\n{title}: tracks of which a value is told")
    print(", ".join(f"{name} {count / len(values):.2f}" for name, count in known.items()))
    print("of these the teachers bear out (words: track in their upper quarter; instrument of the track: among the")
    print(f"{INSTRUMENTS_OF_A_TRACK} that they hear most in it; else: on the same side of the middle)")
    print(", ".join(f"{name} {np.mean(right):.2f} of {len(right)}" for name, right in told.items() if right))


def show_names(title: str, clusters: np.ndarray, heard: Mapping[str, np.ndarray], truth: TagTargets) -> None:
    """How many groups are named by what they sound like, and of how many members the teachers bear it out.

    They bear out a word where the track is in the third that has most of it, and a voice where it is on their side.
    """
    names = [tag.name for tag in truth.tags]
    ranks = {name: (np.argsort(np.argsort(truth.values[:, at])) + 0.5) / len(clusters) for at, name in enumerate(names)}
    sung = (ranks["singing"] + 1 - ranks["no voice"]) / 2 > 0.5
    female = ranks["female voice"] > ranks["male voice"]
    voices = {"no voice": ~sung, "female voice": sung & female, "male voice": sung & ~female}
    words = [name for name, told in heard.items() if told.any()]
    told = np.stack([heard[name] for name in words], axis=1)
    found = find_words(words, told, clusters)
    shares = []
    for cluster, traits in sorted(found.items()):
        inside = clusters == cluster
        for trait in traits[:2]:
            right = voices.get(trait.word, ranks.get(trait.word, np.zeros(len(clusters))) >= 2 / 3)
            shares.append((float(right[inside].mean()), float(right[~inside].mean()), trait.word, int(inside.sum())))
    print(f"\n{title}: {len(found)} groups, {sum(bool(one) for one in found.values())} with such words")
    borne = [share >= 0.6 for share, *_ in shares]
    print(f"{len(shares)} words, {sum(borne)} of them borne out by at least 60 % of the members; not:")
    print("; ".join(f"{word} {share:.2f} of {size}" for share, _, word, size in shares if share < 0.6) or "none")
    inside, outside = np.mean([one[0] for one in shares]), np.mean([one[1] for one in shares])
    print(f"members for whom the teachers bear a word out: {inside:.2f}; other tracks: {outside:.2f}")


def measure_val(examples: list[Example], truth: TagTargets, encoder: str | None) -> None:
    """As the program does it, on files without tags."""
    from mutagen import File

    with tempfile.TemporaryDirectory() as folder:
        music, rows = Path(folder) / "music", {}
        music.mkdir()
        for row, example in enumerate(examples):
            copy = music / f"{row}{example.path.suffix}"
            shutil.copy(example.path, copy)
            File(copy).delete()
            rows[copy.resolve()] = row
        with Library.open(Path(folder) / "library.sqlite", encoder=encoder) as library:
            for _ in library.scan([music]):
                pass
            order = [rows[track.path.resolve()] for track in library.catalogue.tracks()]
            labels = [fold_genre(examples[row].label)[:1] for row in order]

            def found(query: str, right: np.ndarray) -> tuple[str, float, float]:
                search = library.search(query, n=SHOWN)
                return (
                    query,
                    float(np.mean([right[rows[one.track.path.resolve()]] for one in search.found])),
                    right[order].mean(),
                )

            genres = []
            for query, wanted in QUERIES["genres"]["queries"].items():
                right = np.array([example.label in wanted for example in examples])
                if right.any():
                    genres.append(found(query, right))
            show(f"val, {len(labels)} tracks without tags, shipped encoder: genres", genres)
            rights = {query: right_of(asked, truth) for query, asked in QUERIES["sounds"]["queries"].items()}
            sounds = [found(query, right) for query, right in rights.items() if right.any()]
            show("val: other values", sounds)
            heads = library.encoder.tag_heads
            assert heads is not None
            ids, vectors = library.catalogue.vectors(library.encoder.id)
            paths = {track.id: rows[track.path.resolve()] for track in library.catalogue.tracks()}
            chosen = [paths[one] for one in ids.tolist()]
            here = replace(truth, values=truth.values[chosen])
            told = apply_tag_heads(vectors, heads)
            groups = [examples[row].group for row in chosen]
            show_moods("val: moods", lambda word: told[:, heads.names.index(word)], here, groups)
            show_values("val", sum_up_all(told, heads), here)


def spoken(probabilities: np.ndarray, heads: TagHeads) -> list[tuple[str, np.ndarray]]:
    """Words for names, each with the tracks that it is told of."""
    names, told = words_for_names(probabilities, heads)
    return list(zip(names, told.T, strict=True))


def crossed_heads(
    ears: Sequence[Heard], truth: TagTargets, examples: Sequence[Example]
) -> tuple[dict[str, Floats64], list[SoundValues], dict[str, np.ndarray]]:
    """What heads say of each fold that were fitted on the others: probabilities, values, and words for names."""
    words: dict[str, np.ndarray] = {}
    told = np.full((len(examples), len(truth.tags)), np.nan)
    values: list[Any] = [SoundValues()] * len(examples)
    names = [tag.name for tag in truth.tags]
    folds = np.array([fold_of(example.group, FOLDS) for example in examples])
    for fold, ear in product(range(FOLDS), ears):
        vectors, taught = ear.evidence.vectors, np.flatnonzero(folds != fold)
        asked = np.flatnonzero((folds == fold) & ear.judged)
        if not len(asked):
            continue
        heads: TagHeads = fit_tag_heads(
            vectors[taught], replace(truth, values=truth.values[taught]), [examples[row].group for row in taught]
        )
        probabilities = apply_tag_heads(vectors[asked], heads)
        told[np.ix_(asked, [names.index(name) for name in heads.names])] = probabilities
        for row, value in zip(asked.tolist(), sum_up_all(probabilities, heads), strict=True):
            values[row] = value
        for name, heard in spoken(probabilities, heads):
            words.setdefault(name, np.zeros(len(examples), dtype=bool))[asked] = heard
    return {name: told[:, at] for at, name in enumerate(names) if np.isfinite(told[:, at]).all()}, values, words


def rank(query: str, probabilities: Mapping[str, Floats64], shares: Sequence[Mapping[str, float]]) -> Floats64:
    """The score of each track, as `find` gives it."""
    known = GenreShares.of(shares)
    terms, unknown = parse_query(query, genre_finder(frozenset(known.genres), NO_ALIASES))
    assert not unknown, (query, unknown)
    values = []
    for term in terms:
        asked = called_or_heard(term, frozenset(known.genres), probabilities)
        value = answer_term(asked, probabilities, known)
        assert value is not None, (query, term)
        called = not (asked.tag or term.negated)
        values.append(
            1 - value if term.negated else order_by_sound(value, term.tag, probabilities) if called else value
        )
    return combine_values(values)


def search_genres(
    title: str, examples: list[Example], ears: Sequence[Heard], probabilities: Mapping[str, Floats64]
) -> None:
    """Genres, where half of the artists have tags and the other half is searched; then the other way round."""
    labels = [example.label for example in examples]
    half = np.array([share_of(example.group, salt="half") < 0.5 for example in examples])
    words = [fold_genre(label)[0] if label else "" for label in labels]
    sums: dict[str, list[tuple[float, float]]] = {}
    for tagged in (half, ~half):
        genres = tuple((word,) if word and own else () for word, own in zip(words, tagged, strict=True))
        told: dict[int, Mapping[str, float]] = {}
        for ear in ears:
            ensemble = fit_ensemble(replace(ear.evidence, genres=genres), GuessSettings())
            asked = np.flatnonzero(~tagged & ear.judged)  # whole artists: their company is among them
            worth = ensemble.tree.roll_up(ensemble.tell(asked, ensemble.predict(asked)))
            for row, one in zip(asked.tolist(), worth.tolist(), strict=True):
                told[row] = dict(zip(ensemble.tree.nodes, one, strict=True))
        rows = sorted(told)
        shares = [told[row] for row in rows]
        heard = {word: value[rows] for word, value in probabilities.items()}
        for query, wanted in QUERIES["genres"]["queries"].items():
            right = np.array([labels[row] in wanted for row in rows])
            best = np.argsort(-rank(query, heard, shares), kind="stable")[:SHOWN]
            sums.setdefault(query, []).append((float(right[best].mean()), float(right.mean())))
    found = [(query, *np.mean(two, axis=0).tolist()) for query, two in sums.items()]
    show(f"{title}: genres, half of the artists tagged, the other half searched", found)


def measure_folds(
    examples: list[Example], truth: TagTargets, encoder: str, vectors: Path | None, shipped: Sequence[Heard]
) -> None:
    """Every track by heads that never met its artist."""
    found, projection = describe(examples, encoder, vectors)
    clusters = cluster_vectors(project(found, projection)).labels.astype(np.int64)
    title = f"folds, {len(examples)} tracks, {encoder if vectors is None else vectors.name}"
    ears = [hear(examples, found, projection, None)]
    probabilities, values, heard = crossed_heads(ears, truth, examples)
    for which, using, sounds_like in (
        (title, ears, probabilities),
        (
            f"folds, {len(examples)} tracks, the shipped recipe without each fifth",
            shipped,
            crossed_heads(shipped, truth, examples)[0] if shipped else {},
        ),
    ):
        if using:
            search_genres(f"{which}, by guesses alone", examples, using, {})
            search_genres(f"{which}, ordered by what is heard", examples, using, sounds_like)
    show_names(f"{title}: words in the names of groups", clusters, heard, truth)
    sounds = []
    for query, asked_for in QUERIES["sounds"]["queries"].items():
        right = right_of(asked_for, truth)
        best = np.argsort(-rank(query, probabilities, [{}] * len(examples)), kind="stable")[:SHOWN]
        sounds.append((query, float(right[best].mean()), float(right.mean())))
    show(f"{title}: other values", sounds)
    show_moods(f"{title}: moods", lambda word: probabilities[word], truth, [example.group for example in examples])
    show_values(title, values, truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teachers", type=Path, nargs="+", required=True)
    parser.add_argument("--encoder")
    parser.add_argument("--unlabelled", default="tile2vec")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--folds", type=Path, help="of train_cached.py: genres by the shipped recipe too")
    parser.add_argument("--folds-only", action="store_true", help="leave out `val`, whose files are scanned")
    arguments = parser.parse_args()
    everything = [
        one
        for one in read_examples(arguments.data)
        if one.split in ("train", "val") and one.corpus in ("panda", "emotify")
    ]
    truth = read_truth([one.path for one in everything], arguments.teachers)
    known = np.isfinite(truth.values).all(axis=1)
    chosen = [row for row, one in enumerate(everything) if known[row] and one.corpus == "panda" and one.split == "val"]
    if not arguments.folds_only:
        measure_val([everything[row] for row in chosen], replace(truth, values=truth.values[chosen]), arguments.encoder)
    chosen = np.flatnonzero(known).tolist()
    asked = [everything[row] for row in chosen]
    shipped = read_ears(asked, arguments.data, arguments.folds) if arguments.folds else []
    measure_folds(asked, replace(truth, values=truth.values[chosen]), arguments.unlabelled, arguments.vectors, shipped)


if __name__ == "__main__":
    main()
