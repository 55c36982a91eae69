"""A panel of witnesses: what they say together, and how far that can be trusted.

The witnesses' shares are combined by a log-linear opinion pool (Genest and Zidek: Combining probability
distributions, Statistical Science 1, 1986): the logarithms of the shares, weighted, make the probabilities.
Weights are fitted as in a conditional logit (McFadden 1974) on tracks that the listener tagged, asked about
as if nothing by their artists were tagged: so a confidence of 0.8 comes true about 8 times in 10. With one
witness that is Platt scaling. The fit is held to the shipped weights, the more the fewer tags there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from musicemb.core.witnesses import (
    Doubles,
    Integers,
    Truths,
    Votes,
    Witnessed,
    count_cluster,
    count_neighbours,
    find_votes,
    share_out,
    translate_head,
)
from musicemb.settings import GuessSettings, PoolWeights

Witness = Literal["neighbours", "genre head", "cluster"]
NEIGHBOURS, HEAD, CLUSTER = "neighbours", "genre head", "cluster"

_FOLDS = 5
"""Parts of the artists; the head's words are translated for each by the others."""


@dataclass(frozen=True)
class Testimony:
    """What each witness says of m tracks."""

    shares: dict[str, Doubles]
    """Witness -> shares, shape (m, n_candidates + 1)."""
    speaks: dict[str, Truths]
    """Witness -> whether it is not silent, shape (m,)."""
    votes: Votes


@dataclass(frozen=True)
class Panel:
    """Witnesses with their weights, ready to be asked."""

    library: Witnessed
    settings: GuessSettings
    candidates: tuple[str, ...]
    wishes: Doubles
    """What each track votes for, shape (n, n_candidates + 1)."""
    translation: Doubles
    """From the head's labels to the candidates, shape (n_labels, n_candidates + 1)."""
    weights: dict[tuple[str, ...], PoolWeights]
    """Witnesses that speak -> weights of each and of "another genre"."""
    tried: int
    """Tagged tracks that the weights were tried on."""

    def hear(self, rows: Integers, votes: Votes | None = None) -> Testimony:
        """Let the witnesses speak.

        Parameters
        ----------
        rows : ndarray [shape=(m,)], int64
            Tracks of the library.
        votes : Votes, optional
            Of `find_votes`, for these rows: not looked for again.

        Returns
        -------
        Testimony
        """
        return _hear(self.library, rows, self.wishes, self.translation[None], None, self.settings, votes=votes)

    def speakers(self, testimony: Testimony, place: int) -> tuple[str, ...]:
        """Who has something to say of a track.

        Parameters
        ----------
        testimony : Testimony
        place : int
            Of the track among those asked about.

        Returns
        -------
        tuple of str
            Witnesses; empty where all are silent. The cluster only joins in where the neighbours speak.
        """
        if not testimony.speaks[NEIGHBOURS][place]:
            return (HEAD,) if testimony.speaks[HEAD][place] else ()
        return tuple(name for name in (NEIGHBOURS, HEAD, CLUSTER) if testimony.speaks[name][place])

    def combine(self, testimony: Testimony) -> Doubles:
        """Probabilities of the genres by all witnesses together.

        Parameters
        ----------
        testimony : Testimony

        Returns
        -------
        ndarray [shape=(m, n_candidates + 1)], float64
            Rows sum to 1; the last column is another genre, and all of it where everybody is silent. Where
            only the head speaks, it is taken at its word: the bundle was calibrated when it was made.
        """
        found = np.zeros(next(iter(testimony.shares.values())).shape)
        found[:, -1] = 1
        for speaking, rows in _patterns(testimony).items():
            if speaking == (HEAD,):
                found[rows] = testimony.shares[HEAD][rows]
            elif speaking:
                evidence = _logs(testimony, speaking, rows, self.settings)
                found[rows] = _pool(evidence, self.weights[speaking])
        return found


def seat_panel(library: Witnessed, settings: GuessSettings) -> Panel:
    """Make a panel, and try it out on the tracks that vote.

    Parameters
    ----------
    library : Witnessed
    settings : GuessSettings

    Returns
    -------
    Panel
    """
    candidates = library.candidates
    wishes = share_out(library.genres, candidates)
    voters = library.voters
    rows = voters[np.linspace(0, len(voters) - 1, min(len(voters), settings.tried)).round().astype(np.int64)]
    same = share_out([(label,) for label in library.labels], candidates)
    folds = library.artists[rows] % _FOLDS
    heard = np.zeros((len(rows), 0)) if library.head is None else library.head[rows].astype(np.float64)
    parts = np.stack(
        [translate_head(heard[folds != fold], wishes[rows[folds != fold]], same, settings) for fold in range(_FOLDS)]
    )
    testimony = _hear(library, rows, wishes, parts, folds, settings, apart=True)
    truths = _attainable(wishes, rows, library.artists)
    weights = {}
    for speaking, shipped in settings.pool.items():
        able = np.flatnonzero(np.all([testimony.speaks[name] for name in speaking], axis=0))
        evidence = _logs(testimony, speaking, able, settings)
        weights[speaking] = fit_pool(evidence, truths[able], shipped, settings.held_to_shipped)
    translation = translate_head(heard, wishes[rows], same, settings)
    return Panel(library, settings, candidates, wishes, translation, weights, len(rows))


def fit_pool(evidence: Doubles, truths: Doubles, shipped: PoolWeights, held: float) -> PoolWeights:
    """Weights under which what was true was most probable.

    Parameters
    ----------
    evidence : ndarray [shape=(n, n_candidates + 1, n_witnesses)], float64
        Logarithms of shares.
    truths : ndarray [shape=(n, n_candidates + 1)], float64
        Rows sum to 1.
    shipped : tuple of float
        Weights to stay near, n_witnesses + 1.
    held : float
        What a squared step away from them costs, in nats.

    Returns
    -------
    tuple of float
        A weight per witness, none below 0, and the worth of "another genre".
    """
    from scipy.optimize import minimize

    if not len(evidence):
        return shipped
    start = np.asarray(shipped, dtype=np.float64)
    last = np.zeros((*evidence.shape[:2], 1))
    last[:, -1] = 1
    inputs = np.concatenate([evidence, last], axis=2)

    def cost(weights: Doubles) -> tuple[float, Doubles]:
        scores = inputs @ weights
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        slope = np.einsum("mg,mgw->w", np.exp(logs) - truths, inputs)
        away = weights - start
        return float(held * (away**2).sum() - (truths * logs).sum()), slope + 2 * held * away

    bounds = [(0.0, None)] * (len(start) - 1) + [(None, None)]
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return tuple(round(float(weight), 6) for weight in found.x)


def choose_genres(
    probabilities: Doubles, allowed: Truths, threshold: float, settings: GuessSettings
) -> tuple[list[int], float]:
    """What is guessed of one track.

    Parameters
    ----------
    probabilities : ndarray [shape=(n_candidates + 1,)], float64
    allowed : ndarray [shape=(n_candidates,)], bool
        Genres that may be guessed. What the others are worth is not given to these: where the likeliest genre
        may not be said, nothing is.
    threshold : float
    settings : GuessSettings

    Returns
    -------
    chosen : list of int
        Candidates, the likeliest first; empty where that is not sure enough.
    confidence : float
        Their probabilities together.
    """
    order = [place for place in np.argsort(-probabilities[:-1], kind="stable").tolist() if allowed[place]]
    chosen = order[:1]
    for place in order[1 : settings.max_genres]:
        if probabilities[place] >= settings.second_share * probabilities[chosen[0]]:
            chosen.append(place)
    confidence = min(float(probabilities[chosen].sum()), 1.0) if chosen else 0.0
    return (chosen, confidence) if confidence >= threshold and chosen else ([], confidence)


def name_speaker(panel: Panel, testimony: Testimony, place: int, genre: int) -> Witness:
    """The witness that says most for a genre.

    Parameters
    ----------
    panel : Panel
    testimony : Testimony
    place : int
        Of the track among those asked about.
    genre : int
        A candidate.

    Returns
    -------
    str
    """
    speaking = panel.speakers(testimony, place)
    weights = panel.weights.get(speaking, (1.0, 0.0))
    worth = {}
    for name, weight in zip(speaking, weights, strict=False):
        logs = np.log(testimony.shares[name][place] + panel.settings.floor)
        worth[name] = weight * float(logs[genre] - logs.mean())
    return cast("Witness", max(worth, key=lambda name: worth[name]))


def _hear(
    library: Witnessed,
    rows: Integers,
    wishes: Doubles,
    translations: Doubles,
    folds: Integers | None,
    settings: GuessSettings,
    *,
    apart: bool = False,
    votes: Votes | None = None,
) -> Testimony:
    votes = votes or find_votes(library, rows, settings, apart=apart)
    grouped, in_group = count_cluster(library, rows, wishes, settings, apart=apart)
    shares = {NEIGHBOURS: count_neighbours(votes, wishes, settings), CLUSTER: grouped}
    speaks = {NEIGHBOURS: votes.speaks, CLUSTER: in_group}
    said = np.zeros((len(rows), wishes.shape[1]))
    speaks[HEAD] = np.zeros(len(rows), dtype=bool)
    if library.head is not None and len(library.labels):
        heard = library.head[rows].astype(np.float64)
        speaks[HEAD] = np.asarray(np.isfinite(heard).all(axis=1), dtype=bool)
        heard = np.where(speaks[HEAD][:, None], heard, 0)
        for fold, table in enumerate(translations):
            mine = slice(None) if folds is None else folds == fold
            said[mine] = heard[mine] @ table
    return Testimony({**shares, HEAD: said}, speaks, votes)


def _attainable(wishes: Doubles, rows: Integers, artists: Integers) -> Doubles:
    """What was true of the tracks; what nobody but their artist is tagged with counts as another genre."""
    known: list[set[int]] = [set() for _ in range(wishes.shape[1])]
    for row, place in zip(*np.nonzero(wishes), strict=True):
        if len(known[place]) < 2:
            known[place].add(int(artists[row]))
    truths = wishes[rows].copy()
    lonely = [len(names) < 2 for names in known[:-1]]
    truths[:, -1] += truths[:, :-1][:, lonely].sum(axis=1)
    truths[:, :-1][:, lonely] = 0
    return truths


def _patterns(testimony: Testimony) -> dict[tuple[str, ...], Integers]:
    """Who speaks -> of which tracks. The cluster only joins in where the neighbours speak: it knows no more tags."""
    near, said, grouped = (testimony.speaks[name] for name in (NEIGHBOURS, HEAD, CLUSTER))
    found = {}
    for speaking, rows in {
        (NEIGHBOURS, HEAD, CLUSTER): near & said & grouped,
        (NEIGHBOURS, HEAD): near & said & ~grouped,
        (NEIGHBOURS, CLUSTER): near & ~said & grouped,
        (NEIGHBOURS,): near & ~said & ~grouped,
        (HEAD,): ~near & said,
    }.items():
        if rows.any():
            found[speaking] = np.flatnonzero(rows)
    return found


def _logs(testimony: Testimony, speaking: tuple[str, ...], rows: Integers, settings: GuessSettings) -> Doubles:
    return np.stack([np.log(testimony.shares[name][rows] + settings.floor) for name in speaking], axis=2)


def _pool(evidence: Doubles, weights: PoolWeights) -> Doubles:
    scores = evidence @ np.asarray(weights[:-1])
    scores[:, -1] += weights[-1]
    scores -= scores.max(axis=1, keepdims=True)
    odds = np.exp(scores)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)
