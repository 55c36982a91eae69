"""Finds tracks by their names, in memory: by words, by title and artist, by path."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from musicemb.core.similarity.folding import fold_text
from musicemb.records import Track


class TrackIndex:
    """The names of some tracks, folded when they are first used. Several threads may use them.

    Parameters
    ----------
    tracks : sequence of Track
    """

    def __init__(self, tracks: Sequence[Track]) -> None:
        self._tracks = tracks
        self._lock = threading.Lock()

    def search(self, text: str) -> list[Track]:
        """Tracks that hold all words in artist, title, album or file name, whatever their case and accents.

        Parameters
        ----------
        text : str
            Nothing but blanks: all tracks.

        Returns
        -------
        list of Track
            Those whose title is the text first, then those with the text in "artist title", then those with all words
            in it; among them by artist, album and title.
        """
        words = fold_text(text).split()
        with self._lock:
            index = self._texts
        if not words:
            return [track for track, _, _, _ in index]
        wanted = " ".join(words)
        exact, phrase, near, other = list[Track](), list[Track](), list[Track](), list[Track]()
        for track, title, names, everything in index:
            if not all(word in everything for word in words):
                continue
            if title == wanted:
                exact.append(track)
            elif wanted in names:
                phrase.append(track)
            else:
                (near if all(word in names for word in words) else other).append(track)
        return [*exact, *phrase, *near, *other]

    def named(self, title: str, artist: str) -> Track | None:
        """The track with this title and artist, whatever their case and accents.

        Parameters
        ----------
        title, artist : str

        Returns
        -------
        Track or None
        """
        with self._lock:
            found = self._by_names.get((fold_text(artist), fold_text(title)), ())
        return next(iter(found), None)

    def at(self, path: Path) -> Track | None:
        """The track whose file lies at a path.

        Parameters
        ----------
        path : Path

        Returns
        -------
        Track or None
        """
        with self._lock:
            return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> dict[Path, Track]:
        return {track.path: track for track in self._tracks}

    @cached_property
    def _by_names(self) -> dict[tuple[str, str], list[Track]]:
        found = defaultdict[tuple[str, str], list[Track]](list)
        for track in self._tracks:
            found[fold_text(track.tags.artist), fold_text(track.tags.title or track.path.stem)].append(track)
        return found

    @cached_property
    def _texts(self) -> list[tuple[Track, str, str, str]]:
        """Of each track its title, its names and all that can be searched, folded; by artist, album and title."""
        rows = []
        for track in self._tracks:
            artist, album = fold_text(track.tags.artist), fold_text(track.tags.album)
            name = fold_text(track.path.stem)
            title = fold_text(track.tags.title) or name
            names = f"{artist} {title}"
            rows.append(((artist, album, title, track.id), (track, title, names, f"{names} {album} {name}")))
        rows.sort(key=lambda row: row[0])
        return [row for _, row in rows]
