"""The contents of a tag of any format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

OURS = ("MUSICEMB_GENRE", "MUSICEMB_CONFIDENCE", "MUSICEMB_ENCODER")
"""Our own fields: the words that we wrote, 0.00-1.00, and the encoder's id."""

VALUE_NAMES = {
    "bpm": "BPM",
    "key": "INITIALKEY",
    "gain": "REPLAYGAIN_TRACK_GAIN",
    "peak": "REPLAYGAIN_TRACK_PEAK",
}
"""Tempo, key and loudness in APEv2 items and Vorbis comments; the last two have these names in ID3 and MP4 as well."""

LARGEST_TEXT = 1 << 16
"""Bytes of one value that are looked at; what is longer is a picture, a mistake or an attack."""

SECOND_GENRE = "second genre"
"""The text of a genre in a field of a name of somebody's own, which readers show as one all the same."""

MOST_TAGS = 100
"""Tags that are read of one file; more are a mistake or an attack."""
_MOST_VALUES = 200
_MOST_TAKEN = 1000
"""Values of one text that are looked at, repeated and empty ones among them."""
_LONGEST_VALUE = 4096
"""Characters."""

Texts = Mapping[str, Sequence[str]]
"""Values of "artist", "title", "album", "genre", "mbid", "isrc", "bpm", "key", "gain", "peak" and of our own fields."""


class FoundTag(NamedTuple):
    """One tag of a file, as far as texts go."""

    name: str
    """Of its kind and place ("APEv2", "ID3v2 at the end")."""
    texts: Texts
    written: bool = False
    """True for the tag that the genre is written to."""


def with_second_genre(tag: FoundTag, name: str) -> Iterator[FoundTag]:
    """A tag, and the genre beside its own as a tag of its own: it is not written, so it may speak against what is.

    Parameters
    ----------
    tag : FoundTag
    name : str
        Of the field of that genre.

    Yields
    ------
    FoundTag
    """
    second = tag.texts.get(SECOND_GENRE)
    yield tag
    if second:
        yield FoundTag(name, {"genre": second})


def decode(data: bytes) -> str:
    """Text of unknown encoding: UTF-8, or else Latin-1.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    str
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


class TagTexts(dict[str, list[str]]):
    """Values of the texts of one tag, as they are come across: what is asked for, and no more than any tag needs.

    Parameters
    ----------
    names : mapping
        Name of a text ("artist") to its key in the tag, whose case does not matter. Our own fields are
        asked for in any case, by their names where no others are given.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self._taken: dict[str, int] = {}
        self._names = {key.upper(): name for name, key in {**{own: own for own in OURS}, **names}.items()}

    def wants(self, key: str) -> bool:
        """Whether the values of a key are wanted, and the limit is not reached.

        Parameters
        ----------
        key : str

        Returns
        -------
        bool
        """
        name = self._names.get(key.upper())
        return name is not None and self._taken.get(name, 0) < _MOST_TAKEN

    def put(self, key: str, values: Iterable[str]) -> None:
        """Take the values of a key, where they are wanted; empty and repeated ones tell nothing.

        Parameters
        ----------
        key : str
        values : iterable of str
        """
        name = self._names.get(key.upper())
        if name is None:
            return
        for value in values:
            if not self.wants(key):
                return
            self._taken[name] = self._taken.get(name, 0) + 1
            text, kept = value[:_LONGEST_VALUE], self.get(name, ())
            if len(kept) < _MOST_VALUES and text.strip() and text not in kept:
                self.setdefault(name, []).append(text)
