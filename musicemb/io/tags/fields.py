"""Names of the tag fields that may be written, and what a file holds of them.

The product touches four fields of a file and nothing else: the genre and three of its own. Their
names hang on the container: ID3 frames, Vorbis comments or MP4 atoms.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["id3", "flac", "ogg", "mp4"]
"""Containers that are written."""

GENRE: Mapping[Kind, str] = {"id3": "TCON", "flac": "GENRE", "ogg": "GENRE", "mp4": "\xa9gen"}
"""The field that players show."""

OURS = ("MUSICEMB_GENRE", "MUSICEMB_CONFIDENCE", "MUSICEMB_ENCODER")
"""Our own fields: the words that we wrote, 0.00-1.00, and the encoder's id."""

_PREFIX: Mapping[Kind, str] = {"id3": "TXXX:", "flac": "", "ogg": "", "mp4": "----:com.apple.iTunes:"}


class NotWritable(Exception):
    """The genre is not written to this file; the text says why, in a few words, without the path."""


@dataclass(frozen=True)
class Held:
    """What a file's tag holds, seen as bytes as far as the container allows."""

    kind: Kind
    fields: dict[str, list[str]]
    """Values of the fields that may be written, as they stand in the file; absent ones are left out."""
    rest: Hashable
    """Everything else in the tag and around it that a write must leave as it is."""
    bare: bool = False
    """True where the file has no tag at all."""
    made: bool = False
    """True where the tag to write has to be made of an older one (ID3v2.2, ID3v1): `rest` is the new one's."""


def own_names(kind: Kind) -> tuple[str, str, str]:
    """Names of our three fields in a container.

    Parameters
    ----------
    kind : Kind

    Returns
    -------
    tuple of str
        For words, confidence and encoder.
    """
    words, confidence, encoder = (_PREFIX[kind] + name for name in OURS)
    return words, confidence, encoder


def all_names(kind: Kind) -> tuple[str, ...]:
    """Names of all fields that may be written in a container.

    Parameters
    ----------
    kind : Kind

    Returns
    -------
    tuple of str
        The genre first.
    """
    return (GENRE[kind], *own_names(kind))
