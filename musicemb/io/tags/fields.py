"""Names of the tag fields that may be written, what a file holds of them, and what a format has to offer.

The product touches four fields of a file and nothing else: the genre and three of its own. Their
names hang on the container: ID3 frames, Vorbis comments or MP4 atoms.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from musicemb.io.tags.reading.texts import OURS, FoundTag

Kind = Literal["id3", "flac", "ogg", "mp4", ""]
"""Kinds of tags that are written; "" for a format that is only read."""

LARGEST_TAG = 1 << 26
"""Bytes; a larger tag is not held in memory, so it is not written."""
Fields = Mapping[str, Sequence[str]]
"""Names of fields, as a container has them, to values."""
Writer = Callable[[BinaryIO, Fields, bool], None]
"""Writes the file's next version: into an empty file, with these fields set, without a tag that got empty."""


class NotWritable(Exception):
    """The genre is not written to this file; the text says why, in a few words, without the path."""


class Damaged(NotWritable):
    """Likewise, and the file is at fault: its tag cannot be understood."""


@dataclass(frozen=True)
class Held:
    """What a file's tag holds, seen as bytes as far as the container allows."""

    format: TagFormat
    fields: dict[str, list[str]]
    """Values of the fields that may be written, as they stand in the file; absent ones are left out."""
    rest: Hashable
    """Everything else in the tag and around it that a write must leave as it is."""
    bare: bool = False
    """True where the file has no tag at all."""
    empty: bool = False
    """True where the tag to write holds nothing yet, so that any other tag is what players show."""
    made: bool = False
    """True where the tag to write has to be made of an older one (ID3v2.2, ID3v1): `rest` is the new one's."""


@dataclass(frozen=True)
class EditOptions:
    """What may be done to a tag besides setting fields."""

    upgrade: bool = False
    """Take ID3v2.2 tags too; they are written as ID3v2.3."""
    taking_back: bool = False
    """Nothing new is written, so another tag that speaks of genre too is no obstacle."""


@dataclass(frozen=True)
class TagFormat:
    """How the tags of a container are read and written."""

    kind: Kind
    read: Callable[[BinaryIO], Iterable[FoundTag]] = field(repr=False)
    """All tags of a file, the one that players prefer first."""
    genre_field: str = ""
    """The field that players show."""
    prefix: str = ""
    """What our own fields' names begin with."""
    examine: Callable[[BinaryIO, EditOptions], tuple[Held, Writer]] | None = field(default=None, repr=False)
    """What a file holds and how to write it; None for a format that is only read."""
    refused_as: str = ""
    """Usual suffix of a format that is only read: a file may bear another."""

    @property
    def own_names(self) -> tuple[str, str, str]:
        """Names of our three fields: for words, confidence and encoder."""
        words, confidence, encoder = (self.prefix + name for name in OURS)
        return words, confidence, encoder

    @property
    def all_names(self) -> tuple[str, ...]:
        """Names of all fields that may be written, the genre first."""
        return (self.genre_field, *self.own_names)
