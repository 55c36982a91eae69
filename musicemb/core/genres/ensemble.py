"""A panel of witnesses: what they say together, and how far that can be trusted.

The witnesses' shares are combined by a log-linear opinion pool (`core.genres.opinion_pool`). Its weights are fitted on
tracks that the listener tagged, asked about as if nothing by their artists were tagged, and held to the shipped
weights, the more the fewer tags there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from musicemb.core.genres.opinion_pool import fit_pool, pool
from musicemb.core.genres.voters import (
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
    """Witnesses -> weight of each, and the worth of "another genre"; with the head and without it."""
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
        found = np.zeros(testimony.shares[NEIGHBOURS].shape)
        found[:, -1] = 1
        near, said = testimony.speaks[NEIGHBOURS], testimony.speaks[HEAD]
        found[~near & said] = testimony.shares[HEAD][~near & said]
        for names, weights in self.weights.items():
            rows = np.flatnonzero(near & (said == (HEAD in names)))
            if len(rows):
                found[rows] = pool(_logs(testimony, names, rows, self.settings), weights)
        return found

    def weigh(self, testimony: Testimony, place: int) -> dict[str, float]:
        """What each witness that speaks of a track counts.

        Parameters
        ----------
        testimony : Testimony
        place : int
            Of the track among those asked about.

        Returns
        -------
        dict of str to float
            1 for a witness that speaks alone.
        """
        speaking = self.speakers(testimony, place)
        if speaking == (HEAD,):
            return {HEAD: 1.0}
        names = next(names for names in self.weights if (HEAD in names) == (HEAD in speaking))
        return {name: weight for name, weight in zip(names, self.weights[names], strict=False) if name in speaking}


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
    for names, shipped in settings.pool.items():
        able = testimony.speaks[NEIGHBOURS] & (testimony.speaks[HEAD] | (HEAD not in names))
        weights[names] = shipped
        if able.sum() >= settings.fewest_tried:
            evidence = _logs(testimony, names, np.flatnonzero(able), settings)
            weights[names] = fit_pool(evidence, truths[able], shipped, settings.held_to_shipped)
    translation = translate_head(heard, wishes[rows], same, settings)
    return Panel(library, settings, candidates, wishes, translation, weights, len(rows))


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
    worth = {}
    for name, weight in panel.weigh(testimony, place).items():
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


def _logs(testimony: Testimony, names: tuple[str, ...], rows: Integers, settings: GuessSettings) -> Doubles:
    """Logarithms of what the witnesses say; 0 for all genres where one is silent.

    The doubt of who has only tags to go by is put on what the head says, as one backs off from few words to many
    (MacKay and Peto: A hierarchical Dirichlet language model, Natural Language Engineering 1, 1995): where no
    tagged track is near, the head is left.
    """
    head = testimony.shares[HEAD][rows] if HEAD in names else None
    logs = []
    for name in names:
        shares = testimony.shares[name][rows]
        if head is not None and name != HEAD:
            doubt = shares[:, -1:] * head
            shares = np.concatenate([shares[:, :-1], np.zeros((len(rows), 1))], axis=1) + doubt
        logs.append(np.where(testimony.speaks[name][rows][:, None], np.log(shares + settings.floor), 0.0))
    return np.stack(logs, axis=2)
