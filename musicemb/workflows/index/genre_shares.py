"""The probability of each track's genres, for searches by genre.

It stands in JSON, track by track, and in tags; to read these of 100,000 tracks takes seconds, so the index of a large
library keeps what they come to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.genres.families import ancestors_of
from musicemb.core.genres.names import fold_genres
from musicemb.io.index.array_file import column
from musicemb.records import Floats64, GenreAliases, Integers
from musicemb.workflows.index.contents import LibraryIndex
from musicemb.workflows.index.fingerprint import digest_of
from musicemb.workflows.index.library_index import Extension, extend_index, open_index

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

EXTENSION = "genre shares"
"""Name of what is added to the index."""


@dataclass(frozen=True)
class GenreShares:
    """How sure the genres of n tracks are, one entry for each genre of a track."""

    tracks: int
    genres: tuple[str, ...]
    rows: Integers
    """Row of each entry's track."""
    codes: Integers
    """Place of its genre in `genres`."""
    values: Floats64

    @classmethod
    def of(cls, told: Iterable[Mapping[str, float]], genres: Sequence[str] = ()) -> GenreShares:
        """Those of tracks that are told one by one.

        Parameters
        ----------
        told : iterable of mapping of str to float
            Folded genre -> how sure it is.
        genres : sequence of str
            That stand first.

        Returns
        -------
        GenreShares
        """
        places = {genre: place for place, genre in enumerate(genres)}
        rows, codes, values, count = list[int](), list[int](), list[float](), 0
        for row, one in enumerate(told):
            count = row + 1
            for genre, value in one.items():
                rows.append(row)
                codes.append(places.setdefault(genre, len(places)))
                values.append(value)
        return cls(count, tuple(places), np.array(rows, np.int64), np.array(codes, np.int64), np.array(values))

    def followed_by(self, others: GenreShares) -> GenreShares:
        """These tracks, and others after them.

        Parameters
        ----------
        others : GenreShares
            Its genres begin with these.

        Returns
        -------
        GenreShares
        """
        return GenreShares(
            self.tracks + others.tracks,
            others.genres,
            np.concatenate([self.rows, others.rows + self.tracks]),
            np.concatenate([self.codes, others.codes]),
            np.concatenate([self.values, others.values]),
        )

    def share(self, genre: str) -> Floats64:
        """How sure a genre is of each track.

        Parameters
        ----------
        genre : str
            Folded.

        Returns
        -------
        ndarray [shape=(n,)], float64
            0 where it is none of a track's.
        """
        found = np.zeros(self.tracks)
        if genre in self.genres:
            here = self.codes == self.genres.index(genre)
            found[self.rows[here]] = self.values[here]
        return found


def open_shares(catalogue: Catalogue, ids: Integers) -> GenreShares:
    """The probabilities of tracks' genres; for a large library from its index, where they are stored from now on.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    ids : ndarray [shape=(n,)], int64
        Tracks that are not gone and have a vector: all that there are, in the order of `Space`.

    Returns
    -------
    GenreShares
    """
    index, facts = open_index(catalogue), digest_of(None, catalogue.aliases)
    if index is not None and index.extended_with(EXTENSION) == facts:
        return _stored(index)
    found = GenreShares.of(genre_shares(catalogue, ids))
    if index is not None:
        extend_index(catalogue, _extension(found, facts))
    return found


def shares_extension(catalogue: Catalogue) -> Extension | None:
    """The arrays for the index of a large library.

    Parameters
    ----------
    catalogue : Catalogue

    Returns
    -------
    Extension or None
        None where it does, or there is no index.
    """
    index, facts = open_index(catalogue), digest_of(None, catalogue.aliases)
    if index is None or index.extended_with(EXTENSION) == facts:
        return None
    return _extension(GenreShares.of(genre_shares(catalogue, index.ids)), facts)


def grown_shares(catalogue: Catalogue, outgrown: LibraryIndex, reach: int) -> Extension | None:
    """The same for the next index, if tracks were only added since the last one.

    Parameters
    ----------
    catalogue : Catalogue
    outgrown : LibraryIndex
    reach : int
        Both of `library_index.open_outgrown`.

    Returns
    -------
    Extension or None
        None where the last one did not hold it.
    """
    facts = digest_of(None, catalogue.aliases)
    if outgrown.extended_with(EXTENSION) != facts:
        return None
    ids = np.array(catalogue.embedded_ids(outgrown.encoder_id, after=reach), dtype=np.int64)
    before = _stored(outgrown)
    came = GenreShares.of(genre_shares(catalogue, ids, after=reach), before.genres)
    return _extension(before.followed_by(came), facts)


def _stored(index: LibraryIndex) -> GenreShares:
    rows, codes, values = (index.file[f"{EXTENSION}: {part}"] for part in ("rows", "codes", "values"))
    genres = index.file.read_json(f"{EXTENSION}: genres")
    return GenreShares(len(index.ids), tuple(genres), rows, codes, values)


def genre_shares(catalogue: Catalogue, ids: Integers, *, after: int = 0) -> list[Mapping[str, float]]:
    """How sure the genres of each track are: 1 for the listener's own, else what is likely.

    Parameters
    ----------
    catalogue : Catalogue
    ids : ndarray [shape=(n,)], int64
        Tracks that are not gone.
    after : int
        None of them has this number or a lower one.

    Returns
    -------
    list of mapping of str to float
        In their order; families count like the genres that belong to them.
    """
    aliases, encoder_id = catalogue.aliases, catalogue.active_encoder or ""
    odds = catalogue.odds(encoder_id, after=after)
    known = {track: tags for track, tags, _ in catalogue.genre_words(after=after)}
    told: dict[Sequence[str], dict[str, float]] = {}
    found: list[Mapping[str, float]] = []
    unsure = dict[int, int]()
    for row, identity in enumerate(ids.tolist()):
        words = known[identity].listener_genres
        if words not in told:
            told[words] = _with_families(fold_genres(words, aliases), 1.0, aliases)
        if told[words] or identity in odds:
            found.append(told[words] or odds[identity].worth)
        else:
            unsure[identity] = row
            found.append({})
    for track in catalogue.tracks_of(list(unsure)).values():  # guesses of a time before odds were stored
        if track.guess is not None:
            words = fold_genres(track.guess.genres, aliases)
            found[unsure[track.id]] = _with_families(words, track.guess.confidence, aliases)
    return found


def _with_families(genres: Sequence[str], share: float, aliases: GenreAliases) -> dict[str, float]:
    return {one: share for genre in genres for one in (genre, *ancestors_of(genre, aliases))}


def _extension(shares: GenreShares, facts: str) -> Extension:
    genres = np.frombuffer(json.dumps(shares.genres).encode(), np.uint8)
    return Extension(
        EXTENSION,
        facts,
        {
            f"{EXTENSION}: rows": column(np.int32, [shares.rows]),
            f"{EXTENSION}: codes": column(np.int32, [shares.codes]),
            f"{EXTENSION}: values": column(np.float64, [shares.values]),
            f"{EXTENSION}: genres": column(np.uint8, [genres]),
        },
    )
