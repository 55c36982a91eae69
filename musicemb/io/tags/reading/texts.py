"""What a tag says, whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

Texts = Mapping[str, Sequence[str]]
"""Values of "artist", "title", "album", "genre", "mbid", "isrc", "bpm", "key", "gain", "peak" and of our own fields."""


class FoundTag(NamedTuple):
    """One tag of a file, as far as texts go."""

    name: str
    """Of its kind and place ("APEv2", "ID3v2 at the end")."""
    texts: Texts
    written: bool = False
    """True for the tag that the genre is written to."""


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


def pick(values: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> dict[str, list[str]]:
    """The texts among the values of a tag.

    Parameters
    ----------
    values : mapping
        Key, in upper case, to values.
    names : mapping
        Name of a text ("artist") to its key.

    Returns
    -------
    dict of str to list of str
    """
    wanted = {**names, **{own: own for own in OURS}}
    return {name: list(values[key.upper()]) for name, key in wanted.items() if values.get(key.upper())}
