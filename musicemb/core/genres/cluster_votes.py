"""Votes of a track's cluster for its genre: the tagged tracks in the cluster, without the track itself."""

from __future__ import annotations

import numpy as np

from musicemb.core.genres.voters import GenreEvidence
from musicemb.records import NOISE, Booleans, Floats64, Integers
from musicemb.settings import GuessSettings


class ClusterVotes:
    """The votes of all clusters of a library, added up once and asked for as many tracks at a time as one likes.

    Parameters
    ----------
    library : GenreEvidence
    label_shares : ndarray [shape=(n, n_candidates + 1)], float64
        Of `core.genres.voters.label_distribution`, for the whole library.
    """

    def __init__(self, library: GenreEvidence, label_shares: Floats64) -> None:
        self._library, self._label_shares = library, label_shares
        voters = library.voters[library.clusters[library.voters] != NOISE]
        self._clusters, at = np.unique(library.clusters[voters], return_inverse=True)
        self._artists, who = np.unique(library.artists[voters], return_inverse=True)
        # A pair is an artist in a cluster; its votes are added up before they are weighed.
        self._pairs, pair_of, counts = np.unique(
            at * max(len(self._artists), 1) + who, return_inverse=True, return_counts=True
        )
        width = label_shares.shape[1]
        self._votes = np.zeros((len(self._pairs), width))
        np.add.at(self._votes, pair_of, label_shares[voters])
        self._counts = counts
        self._weighted = self._votes / np.sqrt(np.maximum(counts, 1))[:, None]
        of_pair = self._pairs // max(len(self._artists), 1)
        self._totals = np.zeros((len(self._clusters), width))
        np.add.at(self._totals, of_pair, self._weighted)
        self._members = np.bincount(of_pair, weights=counts, minlength=len(self._clusters))
        self._different = np.bincount(of_pair, minlength=len(self._clusters))
        self._voting = np.zeros(len(library.genres), dtype=bool)
        self._voting[voters] = True

    def ask(
        self, rows: Integers, settings: GuessSettings, *, exclude_artist: bool = False
    ) -> tuple[Floats64, Booleans]:
        """Genre distribution of the tagged tracks in the cluster of each track.

        Those of one artist weigh the root of their number.

        Parameters
        ----------
        rows : ndarray [shape=(m,)], int64
        settings : GuessSettings
            `vote_doubt` is added to "another genre".
        exclude_artist : bool
            Leave out all tracks by the same artist, not only the track itself.

        Returns
        -------
        shares : ndarray [shape=(m, n_candidates + 1)], float64
            Rows sum to 1.
        available : ndarray [shape=(m,)], bool
            False for noise, and where too few members are tagged.
        """
        shares, available = np.zeros((len(rows), self._votes.shape[1])), np.zeros(len(rows), dtype=bool)
        cluster = _places(self._clusters, self._library.clusters[rows])
        asked = np.flatnonzero(cluster >= 0)
        if len(asked):
            cluster, row = cluster[asked], np.asarray(rows)[asked]
            artist = _places(self._artists, self._library.artists[row])
            own = _places(self._pairs, cluster * max(len(self._artists), 1) + artist)
            own = np.where((artist >= 0) & (exclude_artist | self._voting[row]), own, -1)
            total, size = self._totals[cluster], self._members[cluster]
            different = self._different[cluster]
            mine = np.flatnonzero(own >= 0)
            pair = own[mine]
            left = np.zeros(len(mine), dtype=np.int64) if exclude_artist else self._counts[pair] - 1
            rest = (self._votes[pair] - self._label_shares[row[mine]]) / np.sqrt(np.maximum(left, 1))[:, None]
            total[mine] += np.where(left[:, None] > 0, rest, 0.0) - self._weighted[pair]
            size[mine] += left - self._counts[pair]
            different[mine] -= left == 0
            shares[asked] = np.maximum(total, 0)
            available[asked] = (size >= settings.minimum_votes) & (different >= settings.minimum_artists)
        shares[:, -1] += settings.vote_doubt
        return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float64), available


def _places(known: Integers, asked: Integers) -> Integers:
    """Where each of some numbers is among rising ones; -1 where it is not."""
    if not len(known):
        return np.full(len(asked), -1, dtype=np.int64)
    found = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where(known[found] == asked, found, -1)
