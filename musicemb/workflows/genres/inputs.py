"""The inputs of the guesses of a library: vectors, tags, artists, albums, groups, and outputs of the genre head.

The predictors that are fitted on them stand beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.genres.aliases import NOBODY, squeeze
from musicemb.core.genres.ensemble import GenreEnsemble, fit_ensemble
from musicemb.core.genres.names import apply_head, fold_artist, fold_genre, fold_genres
from musicemb.core.genres.voters import GenreEvidence
from musicemb.records import NOISE, Floats, GenreAliases, Integers
from musicemb.settings import LONGEST_TRACK, GuessSettings
from musicemb.workflows.genres.decide import Wording, wording_of

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.io.catalogue.preferences import TrackEvidence
    from musicemb.records import GenreHead


@dataclass(frozen=True)
class Numbering:
    """Numbers of artists, albums and genres in the evidence, which are needed to add recordings later."""

    artists: dict[str, int]
    """Folded name -> number."""
    albums: dict[tuple[str, str], int]
    """Folded name of the artist and of the album -> number."""
    words: dict[str, int]
    """Genre value -> how often it is said."""

    def number(self, voices: Sequence[TrackEvidence]) -> tuple[Integers, Integers]:
        """Numbers of the artists and albums of some recordings; new ones get the next number.

        Parameters
        ----------
        voices : sequence of TrackEvidence

        Returns
        -------
        artists, albums : ndarray [shape=(m,)], int64
        """
        names = {name: fold_artist(name) for name in {voice.artist for voice in voices}}
        nobody = {name for name, fold in names.items() if not fold or squeeze(fold) in NOBODY}
        artists = [self.artists.setdefault(names[voice.artist], len(self.artists)) for voice in voices]
        albums = [  # tracks whose artist nobody knows are on no album together
            -1
            if voice.artist in nobody
            else self.albums.setdefault(
                (names[voice.artist], " ".join(voice.album.casefold().split())), len(self.albums)
            )
            for voice in voices
        ]
        return np.array(artists, dtype=np.int64), np.array(albums, dtype=np.int64)


@dataclass(frozen=True)
class GuessInputs:
    """The inputs of the guesses of a library."""

    recordings: tuple[tuple[int, ...], ...]
    """Ids of tracks of equal audio together; a row of `evidence` each."""
    evidence: GenreEvidence
    wording: Wording
    """How the listener speaks of genres."""
    head_threshold: float
    """Confidence that it takes where only the head is available."""
    rows: dict[int, int]
    """Track id -> row."""
    aliases: GenreAliases
    """The listener's own, that genres were folded by."""
    numbering: Numbering = field(default_factory=lambda: Numbering({}, {}, {}))
    """Empty where these are a few recordings of a library."""

    def regrouped(self, clusters: Mapping[int, int]) -> GuessInputs:
        """The same with other groups.

        Parameters
        ----------
        clusters : mapping of track id to cluster id
            NOISE, or no entry, for none.

        Returns
        -------
        GuessInputs
        """
        homes = np.array([clusters.get(same[0], NOISE) for same in self.recordings], dtype=np.int64)
        return replace(self, evidence=replace(self.evidence, clusters=homes))


@dataclass(frozen=True)
class Guesser:
    """The inputs of the guesses of a library, and the predictors that were fitted on them."""

    inputs: GuessInputs
    ensemble: GenreEnsemble
    unheard: GenreHead | None = None
    """Recordings for which the head was not applied yet: `evidence.head` is 0 until then."""

    def hear(self, catalogue: Catalogue, encoder_id: str, rows: Integers) -> None:
        """Ask the genre head about recordings that are to be guessed, and about their company.

        Parameters
        ----------
        catalogue : Catalogue
        encoder_id : str
            The head's.
        rows : ndarray of int64
        """
        told = self.inputs.evidence.head
        if self.unheard is None or told is None or not len(rows):
            return
        everyone = self.ensemble.with_company(rows)
        firsts = [self.inputs.recordings[row][0] for row in everyone.tolist()]
        vectors = catalogue.vectors_of(firsts, encoder_id)
        told[everyone] = apply_head(np.stack([vectors[first] for first in firsts]), self.unheard)


def fit_guesser(inputs: GuessInputs) -> Guesser:
    """Fit the predictors.

    Parameters
    ----------
    inputs : GuessInputs
        Of the whole library.

    Returns
    -------
    Guesser
    """
    return Guesser(inputs, fit_ensemble(inputs.evidence, GuessSettings(), inputs.aliases))


def load_guess_inputs(
    catalogue: Catalogue,
    encoder_id: str,
    genre_head: GenreHead | None,
    *,
    stored: tuple[Integers, Floats] | None = None,
) -> GuessInputs:
    """Gather what guesses are made from.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    genre_head : GenreHead or None
    stored : tuple of ids and vectors, optional
        Of `Catalogue.vectors`: not read again.

    Returns
    -------
    GuessInputs
    """
    ids, vectors = stored or catalogue.vectors(encoder_id)
    voices = {voice.id: voice for voice in catalogue.voices(encoder_id)}
    longest = np.inf if catalogue.with_mixes else LONGEST_TRACK
    groups: dict[str, list[int]] = {}
    for row, track_id in enumerate(ids.tolist()):
        groups.setdefault(voices[track_id].payload_hash or f"track {track_id}", []).append(row)
    firsts = np.array([rows[0] for rows in groups.values()], dtype=np.int64)
    recordings = tuple(tuple(ids[rows].tolist()) for rows in groups.values())
    vectors = vectors if len(firsts) == len(ids) else vectors[firsts]
    said = [
        tuple(word for one in same if voices[one].duration <= longest for word in voices[one].genres)
        for same in recordings
    ]
    folded = {words: fold_genres(words, catalogue.aliases) for words in set(said)}
    heads = [voices[same[0]] for same in recordings]
    numbering = Numbering({}, {}, dict(Counter(word for words in said for word in words)))
    artists, albums = numbering.number(heads)
    head = genre_head if genre_head is not None and len(genre_head.labels) else None
    evidence = GenreEvidence(
        vectors,
        tuple(folded[words] for words in said),
        artists,
        np.array([NOISE if voice.cluster is None else voice.cluster for voice in heads], dtype=np.int64),
        None if head is None or not recordings else apply_head(vectors, head),
        () if head is None else tuple(_fold_label(label, catalogue.aliases) for label in head.labels),
        albums,
    )
    return GuessInputs(
        recordings,
        evidence,
        wording_of(Counter(numbering.words).elements(), catalogue.aliases),
        1.0 if head is None else max(head.threshold, GuessSettings().head_threshold),
        {track: row for row, same in enumerate(recordings) for track in same},
        catalogue.aliases,
        numbering,
    )


def _fold_label(label: str, aliases: GenreAliases) -> str:
    folds = fold_genre(label, aliases)
    return folds[0] if len(folds) == 1 else label
