"""Similar artists: each artist is represented by the mean of the library's tracks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from musicemb.core.similarity.folding import fold_text
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.errors import TrackNotFound
from musicemb.records import Floats, Track
from musicemb.workflows.similarity.library_vectors import Space

_SHOWN = 3
"""Tracks that stand for an artist."""


@dataclass(frozen=True)
class ArtistMatch:
    """An artist and the similarity to another one."""

    artist: str
    """As most of the tracks have it."""
    similarity: float
    """Cosine of the two artists' means."""
    own_tracks: tuple[Track, ...]
    """Tracks of the requested artist that are most like this one."""
    tracks: tuple[Track, ...]
    """Tracks of this artist that are most like the requested one."""


@dataclass(frozen=True)
class Artists:
    """All artists of a library."""

    space: Space
    known: Mapping[int, Track]
    rows: Mapping[str, tuple[int, ...]]
    """Folded name -> rows of the space."""
    means: Floats
    """Unit rows, in the order of `rows`."""

    @classmethod
    def of(cls, space: Space, known: Mapping[int, Track]) -> Artists:
        """Those of the tracks in a space.

        Parameters
        ----------
        space : Space
        known : mapping of int to Track

        Returns
        -------
        Artists
        """
        rows = defaultdict[str, list[int]](list)
        for row, track_id in enumerate(space.ids.tolist()):
            name = fold_text(known[track_id].tags.artist) if track_id in known else ""
            if name:
                rows[name].append(row)
        means = [space.vectors[found].mean(axis=0) for found in rows.values()]
        width = space.vectors.shape[1]
        units, _ = unit_rows(np.stack(means) if means else np.zeros((0, width), dtype=np.float32))
        return cls(space, known, {name: tuple(found) for name, found in rows.items()}, units)

    def similar(self, artist: str, *, n: int = 10) -> list[ArtistMatch]:
        """The artists that sound most like one.

        Parameters
        ----------
        artist : str
            A name, whatever its case and accents.
        n : int

        Returns
        -------
        list of ArtistMatch
            Best first, without the artist.

        Raises
        ------
        TrackNotFound
            Where no track is by this artist.
        """
        names = list(self.rows)
        wanted = fold_text(artist)
        if wanted not in self.rows:
            raise TrackNotFound(f"the library has no track by {artist[:200]!r}")
        own = names.index(wanted)
        cosines = np.round((self.means @ self.means[own]).astype(np.float64), 6)
        order = [at for at in np.lexsort((np.arange(len(names)), -cosines)).tolist() if at != own]
        return [
            ArtistMatch(
                self._spelling(names[at]),
                float(np.clip(cosines[at], -1, 1)),
                self._nearest(wanted, self.means[at]),
                self._nearest(names[at], self.means[own]),
            )
            for at in order[: max(n, 0)]
        ]

    def _nearest(self, name: str, mean: Floats) -> tuple[Track, ...]:
        rows = np.array(self.rows[name])
        best = rows[np.argsort(-np.round(self.space.vectors[rows] @ mean, 6), kind="stable")][:_SHOWN]
        return tuple(self.known[int(self.space.ids[row])] for row in best.tolist())

    def _spelling(self, name: str) -> str:
        spellings = [self.known[int(self.space.ids[row])].tags.artist for row in self.rows[name]]
        return max(sorted(set(spellings)), key=spellings.count)
