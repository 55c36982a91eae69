"""The tracks in a folder, or of a genre: what a search can be kept to."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from musicemb.errors import TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import Guess, Track, TrackTags
from musicemb.workflows.index.summaries import tracks_with_words

if TYPE_CHECKING:
    from musicemb.records import GenreAliases


class Library(Protocol):
    """A catalogue, or a library in memory."""

    @property
    def aliases(self) -> GenreAliases:
        """The listener's own words for genres."""
        ...

    def tracks(self) -> list[Track]:
        """All tracks that are not gone."""
        ...


def tracks_within(source: Library, text: str) -> set[int]:
    """Ids of the tracks in a folder, or of a genre, be it in their tags or guessed.

    Parameters
    ----------
    source : Catalogue or Library
    text : str
        A folder that is there or is written as a path, else a genre.

    Returns
    -------
    set of int

    Raises
    ------
    TrackNotFound
        Where there is none; it tells which genres there are.
    """
    path = Path(os.path.expanduser(text))  # noqa: PTH111 - what it cannot expand it leaves
    try:
        folder = path.is_dir() or os.sep in text.rstrip("/")
    except (OSError, ValueError):
        folder = False
    if folder:
        tops = {Path(os.path.abspath(path)), Path(os.path.realpath(path))}  # noqa: PTH100 - keeps links
        if isinstance(source, Catalogue):
            found = source.tracks_below(tops)
        else:
            found = {track.id for track in source.tracks() if tops & set(track.path.parents)}
        if not found:
            raise TrackNotFound(f"the library holds no track in the folder {text}")
        return found
    from musicemb.core.genres.names import fold_genre, genres_of

    wanted = set(fold_genre(text, source.aliases))

    def folded(tags: TrackTags, guess: Guess | None) -> tuple[str, ...]:
        return genres_of(Track(0, Path(), tags, 0.0, "", guess=guess), source.aliases)

    if isinstance(source, Catalogue):
        found = set(tracks_with_words(source, lambda tags, guess: bool(wanted & set(folded(tags, guess)))))
    else:
        found = {track.id for track in source.tracks() if wanted & set(folded(track.tags, track.guess))}
    if not found:
        known = Counter(word for track in source.tracks() for word in folded(track.tags, track.guess))
        offered = ", ".join(word for word, _ in known.most_common(8)) or "none"
        raise TrackNotFound(
            f"no track has the genre {text!r}, and there is no such folder; genres in the library: {offered}"
        )
    return found
