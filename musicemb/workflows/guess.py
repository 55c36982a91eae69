"""Guess the genres of a library's tracks: the listener's own tagged tracks vote, else the genre head speaks."""

from __future__ import annotations

import numpy as np

from musicemb.core.genres import (
    Vote,
    apply_head,
    fold_artist,
    fold_genres,
    guess_genre,
    own_spellings,
)
from musicemb.core.neighbours import nearest
from musicemb.io.catalogue import Catalogue
from musicemb.records import Floats, GenreHead, Guess, Track
from musicemb.settings import GuessSettings


def guess_genres(
    catalogue: Catalogue,
    encoder_id: str,
    genre_head: GenreHead | None,
    settings: GuessSettings | None = None,
) -> dict[int, Guess]:
    """Guess genres for all tracks of a library and store them.

    Tracks that have a genre are guessed too (`tag --policy replace` needs it); their own word has no
    vote, nor has that of a copy (a file of equal audio). What we wrote to tags ourselves never votes.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    genre_head : GenreHead or None
        The encoder's.
    settings : GuessSettings, optional

    Returns
    -------
    dict of track id to Guess
        Tracks that no witness is sure about are left out.

    Raises
    ------
    CatalogueError
    """
    settings = settings or GuessSettings()
    ids, vectors = catalogue.vectors(encoder_id)
    by_id = {track.id: track for track in catalogue.tracks(encoder_id=encoder_id)}
    copies = _group_copies([by_id[int(track_id)] for track_id in ids])
    firsts = np.array([rows[0] for rows in copies], dtype=np.int64)
    tracks = [[by_id[int(ids[row])] for row in rows] for rows in copies]
    guesses: dict[int, Guess] = {}
    if len(firsts):
        found = _guess(vectors[firsts], tracks, genre_head, settings)
        guesses = {
            track.id: guess for same, guess in zip(tracks, found, strict=True) if guess is not None for track in same
        }
    catalogue.put_guesses(encoder_id, guesses)
    return guesses


def _group_copies(tracks: list[Track]) -> list[list[int]]:
    """Rows of equal audio together, in the order of the first of each."""
    groups: dict[str, list[int]] = {}
    for row, track in enumerate(tracks):
        groups.setdefault(track.payload_hash or f"track {track.id}", []).append(row)
    return list(groups.values())


def _guess(
    vectors: Floats, tracks: list[list[Track]], head: GenreHead | None, settings: GuessSettings
) -> list[Guess | None]:
    """One guess per recording; `tracks` holds the copies of each."""
    own = own_spellings(word for same in tracks for track in same for word in track.tags.listener_genres)
    genres = [fold_genres(word for track in same for word in track.tags.listener_genres) for same in tracks]
    artists = [fold_artist(same[0].tags.artist) for same in tracks]
    indices, similarities = nearest(vectors, vectors, settings.neighbours, own=np.arange(len(vectors)))
    rows = apply_head(vectors, head) if head is not None else None
    found: list[Guess | None] = []
    for row in range(len(vectors)):
        votes = [
            Vote(genres[place], artists[place], similarity)
            for place, similarity in zip(indices[row].tolist(), similarities[row].tolist(), strict=True)
            if place >= 0 and genres[place]
        ]
        found.append(guess_genre(votes, None if rows is None else rows[row], head, settings, own))
    return found
