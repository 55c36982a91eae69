"""Measures the words that a listener sees: genre guesses by family and by word, in made libraries.

    python tests/benchmarks/words.py --data DIR [--encoder BUNDLE | --vectors FILE | --folds DIR] [--teachers FILE ...]
        [--pooled FILE ...] [--keep FILE] [--beside FILE]

The libraries hold panda's train and val and emotify. Half of the artists keep their tags, the other half's are the
truth; then the halves change places, so that every track is asked about once. Three libraries: `broad`, in which each
track has the word that its collection gave it; `fine`, in which artists of a family use different words of it
(chosen by their name, so that nothing in the sound tells them apart: what is measured there is whether the family is
still found); and `bare`, without a single tag. Then each collection alone, with the words that it
has. The head is fitted per fifth of the artists on the other four.

BUNDLE must be an encoder that no label reached (default: tile2vec), so that each track is judged by one that never met
its artist's label; FILE holds `paths` and `X` of any other such encoder. --folds takes what `train_cached.py train`
wrote: an encoder per fifth of the artists, which judges these alone; groups are named in a library of
these artists only. The split `test` is never looked at.

With --pooled, published taggers' own vectors (musicnn's pooled features, YAMNet's embedding; averaged over a track,
standardised, 128 half-whitened principal components) are what is heard, in place of an encoder's, or beside those of
--folds: how far the same votes would come with other ears. How often tracks of one artist have one label says how far
the labels go.

Groups are named as `scan` names them, by the tags of one half and by what is likely of the other; with --teachers (see
find.py) also by what tag heads hear that were fitted on the other artists. A name is borne out
if at least 60 % of the members whose truth is known, tagged or not, carry a genre of it or one that belongs to it.

A guess is right by family if it, or the family that it belongs to, is above the truth or the other way round; by word
if it is the truth itself. Beside the thresholds: how many of the surest 40 to 75 % of the tracks are in the right
family at the top of the tree, and for how many tracks 90, 85 and 80 % of them are, each with and without what an
artist's other tracks say, with the paired difference (95 % interval over artists). Words are given twice: the deepest
of the likeliest path, and the likeliest of all words, each taken for what is said of it alone and not of those below
it. A calibration error stands beside what it would be by chance if every confidence were right. --keep FILE keeps how
sure and how right each track's likeliest family is, --beside FILE compares with what an earlier run kept, paired by
track, drawn by artist: right of the surest, and wrong on average over all coverages (the area under the risk curve).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from musicemb.core.clustering.naming import Members, agreed_genres
from musicemb.core.clustering.selection import cluster_vectors
from musicemb.core.clustering.sound_words import find_words
from musicemb.core.evaluation.calibration import calibration_bins
from musicemb.core.genres.choice import choose_genres, likeliest_path
from musicemb.core.genres.ensemble import fit_ensemble
from musicemb.core.genres.families import ancestors_of, family_of, parent_of
from musicemb.core.genres.family_table import JOINT
from musicemb.core.genres.head import choose_threshold, fit_genre_head
from musicemb.core.genres.names import apply_head, fold_genre
from musicemb.core.genres.predictions import CLUSTER, HEAD, NEIGHBOURS
from musicemb.core.genres.voters import GenreEvidence
from musicemb.core.sound_tags.heads import TagTargets, apply_tag_heads, fit_tag_heads
from musicemb.core.sound_tags.values import genres_for_names
from musicemb.core.training.targets import match_paths
from musicemb.core.vectors.pca import fit_projection, project
from musicemb.datasets.music import fold_of, share_of
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.records import Example, Projection
from musicemb.settings import GuessSettings
from musicemb.workflows.datasets.examples import read_examples
from musicemb.workflows.embedding.dataset_vectors import DescribedFile, EncoderVector, describe_files
from musicemb.workflows.evaluation.collect import default_cache

FOLDS, DRAWS, SPLITS, PARTS = 5, 2000, 6, 128
HEAD_STRENGTH, HEAD_TEMPERATURE = 0.03, 1.171
"""How the shipped bundle's head is held back and tempered (tests/benchmarks/calibrate_head.py)."""
COVERAGES, AIMS = (0.4, 0.5, 0.6, 0.75), (0.9, 0.85, 0.8)
FINE = {
    "rock": ("rock", "alternative", "indie rock", "hard rock", "classic rock"),
    "pop/rock": ("rock", "alternative", "indie rock", "hard rock", "punk", "pop"),
    "electronic": ("electronic", "techno", "house", "ambient", "trance"),
    "r&b": ("r&b", "soul", "funk"),
    "jazz": ("jazz", "swing", "bebop", "vocal jazz"),
    "hip-hop": ("hip-hop", "rap"),
    "classical": ("classical", "baroque", "romantic"),
}
"""Word of a collection -> words that listeners use for it."""


def describe(examples: list[Example], encoder: str, vectors: Path | None) -> tuple[np.ndarray, Projection]:
    """A vector per example, and the projection for groups."""
    if vectors is not None:
        stored = np.load(vectors, allow_pickle=False)
        rows = {path: row for row, path in enumerate(stored["paths"].tolist())}
        found = stored["X"][[rows[str(example.path)] for example in examples]].astype(np.float32)
        return found, fit_projection(found, 16)
    bundle = load_encoder(encoder)
    done = describe_files([one.path for one in examples], EncoderVector(bundle), cache=default_cache(), workers=1)
    by_path = {event.path: event.vectors[0] for event in done if isinstance(event, DescribedFile)}
    return np.stack([by_path[one.path] for one in examples]).astype(np.float32), bundle.projection


def read_pooled(files: list[Path], examples: list[Example]) -> np.ndarray:
    """What published taggers' vectors say of each track, side by side, each of length 1."""
    paths, parts = [example.path.as_posix() for example in examples], []
    for file in files:
        with np.load(file, allow_pickle=False) as stored:
            rows, ends = match_paths(stored["paths"].tolist(), paths), stored["offsets"]
            assert (rows >= 0).all(), f"{file} does not know every track"
            if "pool" in stored:
                found = stored["pool"][rows].astype(np.float64)
            else:
                vectors = stored["vectors"] * stored["scale"].astype(np.float64)
                found = np.stack([vectors[ends[row] : ends[row + 1]].mean(axis=0) for row in rows.tolist()])
        found = (found - found.mean(axis=0)) / (found.std(axis=0) + 1e-6)
        left, scale, _ = np.linalg.svd(found, full_matrices=False)
        found = left[:, :PARTS] * np.sqrt(scale[:PARTS])
        parts.append(found / np.linalg.norm(found, axis=1, keepdims=True))
    return np.concatenate(parts, axis=1).astype(np.float32)


def show_agreement(examples: list[Example]) -> None:
    """How often an artist's other tracks have a track's own label, per collection."""
    tops = {"family": lambda word: [word, *ancestors_of(word)][-1], "word": str}
    for corpus in sorted({example.corpus for example in examples}):
        for kind, of in tops.items():
            artists: dict[str, list[str]] = {}
            for one in examples:
                if one.corpus == corpus and one.label:
                    artists.setdefault(one.group, []).append(of(fold_genre(one.label)[0]))
            alike = [
                (labels.count(label) - 1) / (len(labels) - 1)
                for labels in artists.values()
                for label in labels
                if len(labels) > 1
            ]
            print(
                f"{corpus}: {np.mean(alike):.3f} of an artist's other tracks have the {kind} of a track ({len(alike)})"
            )


def fine_word(example: Example) -> str:
    """The word of a library of many words, the same for all tracks of an artist."""
    words = FINE.get(example.label, (example.label,))
    return words[int(share_of(example.group, salt="words") * len(words))]


def heads_of(vectors: np.ndarray, labels: list[str], folds: np.ndarray) -> tuple[np.ndarray, tuple[str, ...], float]:
    """What a head says of each fold that was fitted on the others; its labels; the threshold that it would have."""
    names = tuple(sorted({label for label in labels if label}))
    told = np.zeros((len(labels), len(names)), np.float32)
    known = np.array([bool(label) for label in labels])
    for fold in range(FOLDS):
        learn = (folds != fold) & known
        head = fit_genre_head(vectors[learn], [labels[row] for row in np.flatnonzero(learn)], strength=HEAD_STRENGTH)
        head = replace(head, weights=head.weights / HEAD_TEMPERATURE, bias=head.bias / HEAD_TEMPERATURE)
        columns = [names.index(label) for label in head.labels]
        told[np.ix_(folds == fold, columns)] = apply_head(vectors[folds == fold], head)
    threshold = choose_threshold(replace(head, labels=names), told[known], [label for label in labels if label])
    return told, names, threshold.threshold


def on_one_path(one: str, other: str) -> bool:
    """Whether a word is the other, above it or below it."""
    return one == other or one in ancestors_of(other) or other in ancestors_of(one)


class Judged:
    """Guesses with their truths, one entry per track that was asked about."""

    def __init__(self) -> None:
        self.truth: list[str] = []
        self.nodes: list[dict[str, float]] = []
        self.limits: list[float] = []
        self.alone: list[dict[str, float]] = []
        self.artists: list[int] = []

    def say(self, threshold: float | None) -> list[tuple[str, float]]:
        """Guess and confidence of each track; "" where there is none."""
        said = []
        for nodes, limit in zip(self.nodes, self.limits, strict=True):
            parents = {node: parent_of(node) for one in nodes for node in (one, *ancestors_of(one))}
            chosen, confidence = choose_genres(nodes, parents, limit if threshold is None else threshold)
            said.append((chosen[0] if chosen else "", confidence))
        return said

    def surest(self, nodes: list[dict[str, float]]) -> tuple[np.ndarray, np.ndarray]:
        """The likeliest family of each track: how sure it is, and whether it is right."""
        sure, right = [], []
        for one, truth in zip(nodes, self.truth, strict=True):
            tops = {node: p for node, p in one.items() if not parent_of(node)}
            best = max(tops, key=lambda node: tops[node])
            sure.append(tops[best])
            right.append(float(on_one_path(best, truth)))
        return np.array(sure), np.array(right)

    def show_gain(self) -> None:
        """What the company of a track is worth, and how far the aims are away."""
        both = {"alone": self.surest(self.alone), "with company": self.surest(self.nodes)}
        of = np.unique(self.artists, return_inverse=True)[1]
        several = np.bincount(of)[of] > 1
        for which, chosen in (("all tracks", several | True), ("tracks whose artist has others here", several)):
            kept = {name: (sure[chosen], right[chosen]) for name, (sure, right) in both.items()}
            random, groups = np.random.default_rng(0), np.unique(of[chosen], return_inverse=True)[1]
            drawn = []
            for _ in range(DRAWS):
                weight = np.bincount(
                    random.integers(groups.max() + 1, size=groups.max() + 1), minlength=groups.max() + 1
                )
                rows = np.repeat(np.arange(len(groups)), weight[groups])
                drawn.append([_curve(sure[rows], right[rows]) for sure, right in kept.values()])
            spread = np.array(drawn)
            print(f"families, {which}, {int(chosen.sum())}:")
            titles = [f"right of the surest {c:.0%}" for c in COVERAGES] + [
                f"tracks of which {a:.0%} right" for a in AIMS
            ]
            before, after = (_curve(*one) for one in kept.values())
            for at, title in enumerate(titles):
                low, high = np.quantile(spread[:, 1, at] - spread[:, 0, at], [0.025, 0.975])
                bounds = np.quantile(spread[:, 1, at], [0.025, 0.975])
                print(
                    f"  {title:<28} {before[at]:.3f} -> {after[at]:.3f} ({bounds[0]:.3f}-{bounds[1]:.3f}), "
                    f"difference {after[at] - before[at]:+.3f} ({low:+.3f} to {high:+.3f})"
                )

    def show_limits(self) -> None:
        """How far another order of the same guesses would lead, and how far a regression leads there."""
        sure, right = self.surest(self.nodes)
        best = ", ".join(f"{c:.0%}: {min(1.0, float(right.mean()) / c):.3f}" for c in COVERAGES)
        print(f"families: {right.mean():.3f} of all are right; in the best order there is, of the surest {best}")
        rows, artists = [], np.array([str(artist) for artist in self.artists])
        for nodes, alone, of in zip(self.nodes, self.alone, self.artists, strict=True):
            tops, by_itself = ({node: p for node, p in each.items() if not parent_of(node)} for each in (nodes, alone))
            first, second = sorted(tops, key=lambda node: -tops[node])[:2]
            worth = np.array([*tops.values()]) + 1e-9
            agreed = first == max(by_itself, key=lambda node: by_itself[node])
            odds = [_log_odds(tops[first]), _log_odds(by_itself[first]), np.log(tops[second] + 0.01)]
            rows.append([*odds, -(worth * np.log(worth)).sum(), agreed, self.artists.count(of) > 1])
        told, inputs = np.zeros(len(rows)), np.array(rows, dtype=np.float64)
        for turn in range(SPLITS):
            half = np.array([share_of(artist, salt=f"order {turn}") < 0.5 for artist in artists])
            for taught in (half, ~half):
                model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=1000))
                told[~taught] += model.fit(inputs[taught], right[taught]).predict_proba(inputs[~taught])[:, 1] / SPLITS
        for title, by in (("as they come", sure), ("by a regression, fitted on the other half of the artists", told)):
            found = " ".join(f"{one:.3f}" for one in _curve(by, right)[: len(COVERAGES)])
            print(f"  right of the surest {' '.join(f'{c:.0%}' for c in COVERAGES)}, {title}: {found}")

    def show_words(self) -> None:
        """The deepest word of each track, the surest first: how many are the truth, or on its path in the tree; and the
        likeliest of all words."""
        sure, same, near, alone, right = [], [], [], [], []
        for nodes, truth in zip(self.nodes, self.truth, strict=True):
            parents = {node: parent_of(node) for one in nodes for node in (one, *ancestors_of(one))}
            word = likeliest_path(nodes, parents)[-1]
            sure.append(nodes[word])
            same.append(float(word == truth))
            near.append(float(on_one_path(word, truth)))
            itself = {
                one: p - sum(q for below, q in nodes.items() if parent_of(below) == one) for one, p in nodes.items()
            }
            word = max(itself, key=lambda one: itself[one])
            alone.append(itself[word])
            right.append(float(word == truth))
        surest = " ".join(f"{c:.0%}" for c in COVERAGES)
        print(f"deepest words, of the surest {surest} and all; how many tracks have .90 .85 .80")
        curves = (
            ("the truth itself", sure, same),
            ("or below or above it", sure, near),
            ("likeliest word of all", alone, right),
        )
        for title, by, hits in curves:
            curve = _curve(np.array(by), np.array(hits))
            found = [*curve[: len(COVERAGES)], float(np.mean(hits))]
            reached = " ".join(f"{one:.3f}" for one in curve[len(COVERAGES) :])
            print(f"  {title:<21} {' '.join(f'{one:.3f}' for one in found)}; {reached}")

    def show(self, name: str) -> None:
        """Print the figures."""
        families = np.array([family_of(word) for word in self.truth])
        print(f"\n{name}: {len(self.truth)} tracks, {len(set(self.truth))} words, {len(set(families))} families")
        self.show_gain()
        self.show_limits()
        self.show_words()
        print("threshold   families: right, coverage   words: right, coverage   rock's coverage - mean")
        for threshold in (None, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8):
            said = self.say(threshold)
            made = np.array([bool(word) for word, _ in said])
            near = np.array([bool(w) and on_one_path(w, t) for (w, _), t in zip(said, self.truth, strict=True)])
            words = set(self.truth)
            leaf = np.array([w in words for w, _ in said])
            same = np.array([w == t for (w, _), t in zip(said, self.truth, strict=True)])
            rock = np.isin(families, ["rock", "pop/rock"])
            print(
                f"{'default' if threshold is None else threshold:>9}   {near[made].mean():8.3f} {made.mean():8.3f}"
                f"       {same[leaf].mean():8.3f} {leaf.mean():8.3f}     {made[rock].mean() - made.mean():+8.3f}"
            )
        said = self.say(None)
        near = np.array([bool(w) and on_one_path(w, t) for (w, _), t in zip(said, self.truth, strict=True)])
        confidence, joint = (
            np.array([p for _, p in said]),
            np.array([w in JOINT or parent_of(w) in JOINT for w, _ in said]),
        )
        for title, rows in (("pop or rock", joint), ("else", ~joint & np.array([bool(w) for w, _ in said]))):
            if rows.any():
                told = f"{near[rows].mean():.3f} right, mean confidence {confidence[rows].mean():.3f}"
                print(f"default, said to be {title}: {int(rows.sum())} tracks, {told}")
        for kind in ("family", "word"):
            sure, right = [], []
            for nodes, truth in zip(self.nodes, self.truth, strict=True):
                tops = {one: p for one, p in nodes.items() if (kind == "word") or not parent_of(one)}
                best = max(tops, key=lambda one: tops[one])
                if kind == "word":
                    best = max((one for one in nodes if one in set(self.truth)), key=lambda one: nodes[one])
                sure.append(nodes[best])
                right.append(float(on_one_path(best, truth)))
            told, random = np.array(sure), np.random.default_rng(0)
            chance = [_error(told, (random.random(len(told)) < told).astype(float)) for _ in range(DRAWS // 4)]
            print(
                f"calibration error, {kind}: {_error(told, np.array(right)):.3f} (mean sure {told.mean():.3f}, right "
                f"{np.mean(right):.3f}); by chance alone {np.mean(chance):.3f} "
                f"({np.quantile(chance, 0.025):.3f}-{np.quantile(chance, 0.975):.3f})"
            )


def compare(name: str, now: Judged, before: Mapping[str, np.ndarray]) -> None:
    """What has changed since an earlier run, with 95 % intervals over artists."""
    runs = [(before[f"{name} sure"], before[f"{name} right"]), now.surest(now.nodes)]
    artists = np.unique(now.artists, return_inverse=True)[1]
    random, drawn = np.random.default_rng(0), []

    def told(rows: np.ndarray) -> list[float]:
        curves = [_curve(sure[rows], right[rows])[: len(COVERAGES)] for sure, right in runs]
        areas = [_risk(sure[rows], right[rows]) for sure, right in runs]
        errors = [_error(sure[rows], right[rows]) for sure, right in runs]
        return [*(after - was for was, after in zip(*curves, strict=True)), areas[1] - areas[0], errors[1] - errors[0]]

    for _ in range(DRAWS // 2):
        weight = np.bincount(random.integers(artists.max() + 1, size=artists.max() + 1), minlength=artists.max() + 1)
        drawn.append(told(np.repeat(np.arange(len(artists)), weight[artists])))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    titles = [*(f"right of the surest {c:.0%}" for c in COVERAGES), "wrong over all coverages", "calibration error"]
    print("since the earlier run:")
    for title, value, least, most in zip(titles, told(np.arange(len(artists))), low, high, strict=True):
        print(f"  {title:<28} {value:+.4f} ({least:+.4f} to {most:+.4f})")


def _risk(sure: np.ndarray, right: np.ndarray) -> float:
    order = np.argsort(-sure, kind="stable")
    return float(1 - (np.cumsum(right[order]) / np.arange(1, len(order) + 1)).mean())


def _log_odds(chance: float) -> float:
    return float(np.log(max(chance, 1e-3) / max(1 - chance, 1e-3)))


def _error(sure: np.ndarray, right: np.ndarray) -> float:
    bins = calibration_bins(sure, right)
    return sum(abs(told - true) * n for told, true, n in bins) / sum(n for _, _, n in bins)


def _curve(sure: np.ndarray, right: np.ndarray) -> list[float]:
    """Right of the surest tracks, at some coverages; the coverage at which so many are right."""
    order = np.argsort(-sure, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    at = [float(share[max(round(c * len(order)), 1) - 1]) for c in COVERAGES]
    enough = [np.flatnonzero(share[7:] >= aim) for aim in AIMS]
    return at + [float(found[-1] + 8) / len(order) if len(found) else 0.0 for found in enough]


def judge(
    evidence: GenreEvidence,
    truths: list[str],
    asked: np.ndarray,
    head_threshold: float,
    into: Judged,
    settings: GuessSettings,
    *,
    told: bool = True,
) -> None:
    """Guess the tracks asked about; `told`: print the weights of the first library."""
    ensemble = fit_ensemble(evidence, settings)
    everyone = ensemble.with_company(asked)
    predictions = ensemble.predict(everyone)
    places = np.searchsorted(everyone, asked)
    worth = ensemble.tree.roll_up(ensemble.tell(everyone, predictions))[places]
    by_itself = ensemble.tree.roll_up(ensemble.combine(predictions))[places]
    alone = (~predictions.available[NEIGHBOURS] & predictions.available[HEAD])[places]
    if told and not into.truth:
        print({name: round(float(predictions.available[name].mean()), 2) for name in (NEIGHBOURS, HEAD, CLUSTER)})
        print(ensemble.weights, ensemble.agreements, ensemble.certainty)
    for place, row in enumerate(asked.tolist()):
        into.truth.append(truths[row])
        nodes = dict(zip(ensemble.tree.nodes, worth[place].tolist(), strict=True))
        into.nodes.append(nodes)
        into.alone.append(dict(zip(ensemble.tree.nodes, by_itself[place].tolist(), strict=True)))
        into.artists.append(int(evidence.artists[row]))
        into.limits.append(max(head_threshold, settings.head_threshold) if alone[place] else settings.threshold)


class Names:
    """Groups, how many have a genre in their name, and of how many members the truth bears it out."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.groups, self.named, self.by_ear, self.borne = 0, 0, 0, 0
        self.poor: list[str] = []

    def add(
        self,
        evidence: GenreEvidence,
        nodes: dict[int, dict[str, float]],
        truths: list[str],
        heard: dict[int, tuple[str, ...]],
    ) -> None:
        """Name the groups of a library; `nodes` says what is likely of the rows that were asked about, `heard` what
        genres are heard in a group."""
        sayable = {genre for one in evidence.candidates for genre in (one, *ancestors_of(one))}
        sayable -= JOINT - set(evidence.candidates)
        for cluster in np.unique(evidence.clusters[evidence.clusters >= 0]).tolist():
            rows = np.flatnonzero(evidence.clusters == cluster).tolist()
            said = [evidence.genres[row] for row in rows if evidence.genres[row]]
            likely = [{one: p for one, p in nodes[row].items() if one in sayable} for row in rows if row in nodes]
            words = agreed_genres(Members(len(rows), said, (), likely=likely, heard=heard.get(cluster, ())))
            self.by_ear += bool(words) and not agreed_genres(Members(len(rows), said, (), likely=likely))
            labelled = [truths[row] for row in rows if truths[row]]
            carried = np.mean([any(one in (word, *ancestors_of(word)) for one in words) for word in labelled])
            self.groups += 1
            self.named += bool(words)
            self.borne += bool(words) and bool(carried >= 0.6)
            if words and carried < 0.6:
                self.poor.append(f"{' / '.join(words)} {carried:.2f} of {len(labelled)}")

    def show(self) -> None:
        """Print the counts."""
        print(
            f"names, {self.title}: {self.groups} groups, {self.named} named by genre ({self.by_ear} by what is heard), "
            f"{self.borne} of those borne out; not: {self.poor}"
        )


@dataclass(frozen=True)
class Heard:
    """What an encoder makes of a library, and the tracks that it may judge."""

    evidence: GenreEvidence
    judged: np.ndarray
    threshold: float
    genres: tuple[tuple[str, ...], np.ndarray] | None = None
    """Genres that tag heads hear, and in which tracks; of each track by heads that never met its artist."""


def _columns(told: tuple[tuple[str, ...], np.ndarray]) -> Iterable[tuple[str, np.ndarray]]:
    return zip(told[0], told[1].T, strict=True)


def listen(heard: Heard, truth: TagTargets, examples: list[Example]) -> Heard:
    """Add what is heard of each fold by heads that were fitted on the others; NaN in `truth` is not fitted."""
    folds = np.array([fold_of(example.group, FOLDS) for example in examples])
    known = np.isfinite(truth.values).all(axis=1)
    vectors, columns = heard.evidence.vectors, dict[str, np.ndarray]()
    for fold in np.unique(folds[heard.judged]).tolist():
        taught, asked = np.flatnonzero((folds != fold) & known), np.flatnonzero(folds == fold)
        groups = [examples[row].group for row in taught]
        heads = fit_tag_heads(vectors[taught], replace(truth, values=truth.values[taught]), groups)
        for name, told in _columns(genres_for_names(apply_tag_heads(vectors[asked], heads), heads)):
            columns.setdefault(name, np.zeros(len(examples), dtype=bool))[asked] = told
    return replace(heard, genres=(tuple(columns), np.stack([*columns.values()], axis=1)))


def hear(examples: list[Example], vectors: np.ndarray, projection: Projection, fold: int | None) -> Heard:
    """Vectors, groups and the head's word of a library; all of it may be judged, or a fold."""
    labels = [example.label for example in examples]
    folds = np.array([fold_of(example.group, FOLDS) for example in examples])
    told, names, threshold = heads_of(vectors, labels, folds)
    artists = sorted({example.group for example in examples})
    evidence = GenreEvidence(
        vectors,
        ((),) * len(examples),
        np.array([artists.index(example.group) for example in examples], dtype=np.int64),
        cluster_vectors(project(vectors, projection)).labels.astype(np.int64),
        told,
        names,
        albums=np.array([artists.index(example.group) for example in examples], dtype=np.int64),
    )
    return Heard(evidence, np.full(len(examples), True) if fold is None else folds == fold, threshold)


def read_ears(examples: list[Example], data: Path, folder: Path, beside: np.ndarray | None = None) -> list[Heard]:
    """An encoder per fifth of the artists, from what `train_cached.py train` wrote; other vectors beside its own."""
    ears = []
    for fold in range(FOLDS):
        with np.load(folder / f"fold{fold}-seed1.npz", allow_pickle=False) as stored:
            rows = dict(zip(stored["paths"].tolist(), stored["vectors"].astype(np.float32), strict=True))
        vectors = np.stack([rows[example.path.relative_to(data).as_posix()] for example in examples])
        if beside is not None:
            vectors = np.concatenate([vectors / np.linalg.norm(vectors, axis=1, keepdims=True), beside], axis=1)
        ears.append(hear(examples, vectors, fit_projection(vectors, 16), fold))
    return ears


def apart(heard: Heard) -> tuple[Heard, np.ndarray]:
    """A library of those tracks alone that an encoder may judge, and their rows: nothing in it ever taught it."""
    rows, whole = np.flatnonzero(heard.judged), heard.evidence
    assert whole.head is not None and whole.albums is not None
    vectors = whole.vectors[rows]
    evidence = GenreEvidence(
        vectors,
        tuple(whole.genres[row] for row in rows),
        whole.artists[rows],
        cluster_vectors(project(vectors, fit_projection(whole.vectors, 16))).labels.astype(np.int64),
        whole.head[rows],
        whole.labels,
        albums=whole.albums[rows],
    )
    return Heard(evidence, np.full(len(rows), True), heard.threshold), rows


def measure_names(title: str, ears: list[Heard], words: list[str], tagged: np.ndarray, settings: GuessSettings) -> None:
    """Names of the groups of one library, or of one per fifth of the artists."""
    names = Names(title)
    for heard in ears:
        small, rows = (heard, np.arange(len(words))) if heard.judged.all() else apart(heard)
        truths, own = [words[row] for row in rows], tagged[rows]
        genres = tuple((word,) if word and kept else () for word, kept in zip(truths, own, strict=True))
        asked = np.flatnonzero(~own & np.array([bool(word) for word in truths]))
        judged, evidence = Judged(), replace(small.evidence, genres=genres)
        judge(evidence, truths, asked, small.threshold, judged, settings, told=False)
        heard_in = {}
        if heard.genres is not None:
            spoken, told = heard.genres
            groups = find_words(spoken, told[rows], evidence.clusters)
            heard_in = {cluster: tuple(trait.word for trait in traits) for cluster, traits in groups.items()}
        names.add(evidence, dict(zip(asked.tolist(), judged.nodes, strict=True)), truths, heard_in)
    names.show()


def measure(
    examples: list[Example], ears: list[Heard], settings: GuessSettings, keep: Path | None, beside: Path | None
) -> None:
    """All libraries."""
    kept: dict[str, np.ndarray] = {}
    before = {} if beside is None else dict(np.load(beside, allow_pickle=False))

    def show(name: str, judged: Judged) -> None:
        judged.show(name)
        kept[f"{name} sure"], kept[f"{name} right"] = judged.surest(judged.nodes)
        if before:
            compare(name, judged, before)

    half = np.array([share_of(example.group, salt="half") < 0.5 for example in examples])
    broad = [fold_genre(example.label)[0] if example.label else "" for example in examples]
    fine = [fold_genre(fine_word(example))[0] if example.label else "" for example in examples]
    of = {name: np.array([example.corpus == name for example in examples]) for name in ("panda", "emotify")}
    all_of_them = np.full(len(examples), True)
    libraries = [("broad", broad, all_of_them), ("fine", fine, all_of_them)]
    libraries += [(f"{name} alone", broad, there) for name, there in of.items()]
    for name, words, there in libraries:
        judged = Judged()
        for tagged in (half, ~half):
            genres = tuple((word,) if word and own else () for word, own in zip(words, tagged & there, strict=True))
            asked = ~tagged & there & np.array([bool(word) for word in words])
            for heard in ears:
                evidence, rows = replace(heard.evidence, genres=genres), np.flatnonzero(asked & heard.judged)
                judge(evidence, words, rows, heard.threshold, judged, settings)
            if there.all():
                half_of = "first" if tagged is half else "second"
                measure_names(f"{name}, {half_of} half tagged", ears, words, tagged, settings)
        show(name, judged)
    judged = Judged()
    for heard in ears:
        rows = np.flatnonzero(heard.judged & np.array([bool(word) for word in broad]))
        judge(heard.evidence, broad, rows, heard.threshold, judged, settings)
    measure_names("bare", ears, broad, half & ~half, settings)
    show("bare", judged)
    if keep is not None:
        np.savez(keep, **kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder", default="tile2vec")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--teachers", type=Path, nargs="+", help="name groups by what is heard too")
    parser.add_argument("--pooled", type=Path, nargs="+", help="hear with these taggers' vectors")
    parser.add_argument("--keep", type=Path, help="keep what is compared with later")
    parser.add_argument("--beside", type=Path, help="compare with what an earlier run kept")
    arguments = parser.parse_args()
    examples = [
        one
        for one in read_examples(arguments.data)
        if one.split in ("train", "val") and one.corpus in ("panda", "emotify")
    ]
    show_agreement(examples)
    pooled = read_pooled(arguments.pooled, examples) if arguments.pooled else None
    if pooled is not None and arguments.folds is None:
        ears = [hear(examples, pooled, fit_projection(pooled, 16), None)]
    elif arguments.folds is None:
        ears = [hear(examples, *describe(examples, arguments.encoder, arguments.vectors), None)]
    else:
        ears = read_ears(examples, arguments.data, arguments.folds, pooled)
    if arguments.teachers:
        from find import read_truth  # which imports this module

        truth = read_truth([example.path for example in examples], arguments.teachers)
        ears = [listen(heard, truth, examples) for heard in ears]
    measure(examples, ears, GuessSettings(), arguments.keep, arguments.beside)


if __name__ == "__main__":
    main()
