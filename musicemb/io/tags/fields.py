"""Names of the tag fields that may be written, their values in a file, and the interface of a tag format.

Genres are written to four fields: the genre and three of our own; values (tempo, key, loudness), where they are asked
for, to those that players know. Their names hang on the container: ID3 frames, Vorbis comments or MP4 atoms.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from musicemb.io.tags.reading.texts import OURS, FoundTag
from musicemb.records import TrackValues

Value = Literal["bpm", "key", "gain", "peak", "R128 gain"]
"""The meaning of a value's field."""

Kind = Literal["id3", "flac", "ogg", "mp4", ""]
"""Kinds of tags that are written; "" for a format that is only read."""

LARGEST_TAG = 1 << 26
"""Bytes; a larger tag is not held in memory, so it is not written."""
MOST_PARTS = 20_000
"""Frames, comments, blocks or pages of a tag that is written; each costs memory, however small it is."""
Fields = Mapping[str, Sequence[str]]
"""Names of fields, as a container has them, to values."""
Writer = Callable[[BinaryIO, Fields, bool], None]
"""Writes the file's next version: into an empty file, with these fields set, without a tag that got empty."""


class NotWritable(Exception):
    """The genre is not written to this file; the text says why, in a few words, without the path."""


class Damaged(NotWritable):
    """Likewise, and the file is at fault: its tag cannot be understood."""


@dataclass(frozen=True)
class TagContents:
    """The contents of a file's tag, as bytes if the container allows it."""

    format: TagFormat
    fields: dict[str, list[str]]
    """Values of the fields that may be written, as they stand in the file; absent ones are left out."""
    rest: Hashable
    """Everything else in the tag and around it that a write must leave as it is."""
    bare: bool = False
    """True where the file has no tag at all."""
    empty: bool = False
    """True where the tag to write holds nothing yet, so that any other tag is what players show."""
    elsewhere: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Values ("bpm", "key", "gain", "peak") that another tag of the file tells, to the name of that tag."""
    made: bool = False
    """True where the tag to write has to be made of an older one (ID3v2.2, ID3v1): `rest` is the new one's."""


@dataclass(frozen=True)
class EditOptions:
    """Permitted edits of a tag besides setting fields."""

    upgrade: bool = False
    """Take ID3v2.2 tags too; they are written as ID3v2.3."""
    taking_back: bool = False
    """Nothing new is written, so another tag that speaks of genre too is no obstacle."""
    genre: bool = True
    """A genre is written; False where only values are: then a genre in another tag is no obstacle either."""


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
    examine: Callable[[BinaryIO, EditOptions], tuple[TagContents, Writer]] | None = field(default=None, repr=False)
    """What a file holds and how to write it; None for a format that is only read."""
    value_fields: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """Fields of tempo, key and loudness, and their meanings."""
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
        return (self.genre_field, *self.own_names, *self.value_fields)


ID3_VALUES: Mapping[str, Value] = {
    "TBPM": "bpm",
    "TKEY": "key",
    "TXXX:REPLAYGAIN_TRACK_GAIN": "gain",
    "TXXX:REPLAYGAIN_TRACK_PEAK": "peak",
}
"""ID3v2: frames of the standard, and ReplayGain's own texts."""
VORBIS_VALUES: Mapping[str, Value] = {
    "BPM": "bpm",
    "INITIALKEY": "key",
    "REPLAYGAIN_TRACK_GAIN": "gain",
    "REPLAYGAIN_TRACK_PEAK": "peak",
}
"""FLAC and OGG Vorbis."""
OPUS_VALUES: Mapping[str, Value] = {"BPM": "bpm", "INITIALKEY": "key", "R128_TRACK_GAIN": "R128 gain"}
"""OGG Opus: RFC 7845 requires these fields for loudness, and forbids ReplayGain's fields."""
MP4_VALUES: Mapping[str, Value] = {
    "tmpo": "bpm",
    "----:com.apple.iTunes:initialkey": "key",
    "----:com.apple.iTunes:replaygain_track_gain": "gain",
    "----:com.apple.iTunes:replaygain_track_peak": "peak",
}
"""iTunes' list of tags."""

_R128_LEVEL = -23.0
"""LUFS that Opus' gain leads to."""
_OPUS_STEPS = 256
"""Of a decibel."""


def value_fields(held: TagContents, values: TrackValues) -> dict[str, list[str]]:
    """The fields that give a file its values.

    Parameters
    ----------
    held : TagContents
        What the file holds: says which format it is.
    values : TrackValues
        Those that are not to be written are None.

    Returns
    -------
    dict of str to list of str
        Name of the field to its value; what there is no value of is left out.
    """
    texts: dict[Value, str] = {}
    if values.bpm is not None:
        texts["bpm"] = str(round(values.bpm))
    if values.key is not None:
        texts["key"] = values.key.name
    if values.gain is not None and values.loudness is not None:
        texts["gain"] = f"{values.gain:.2f} dB"
        texts["R128 gain"] = str(round((_R128_LEVEL - values.loudness) * _OPUS_STEPS))
        if values.peak is not None:
            texts["peak"] = f"{values.peak:.6f}"
    return {name: [texts[value]] for name, value in held.format.value_fields.items() if value in texts}


def told_elsewhere(others: Iterable[FoundTag]) -> dict[str, str]:
    """Values that tags tell which are not written.

    Parameters
    ----------
    others : iterable of FoundTag

    Returns
    -------
    dict of str to str
        "bpm", "key", "gain" or "peak" to the name of the first such tag.
    """
    found: dict[str, str] = {}
    for tag in others:
        told = {name for name in ("bpm", "key", "gain", "peak") if _tells(name, tag.texts.get(name, ()))}
        for name in told | ({"gain", "peak"} if told & {"gain", "peak"} else set()):
            found.setdefault(name, tag.name)
    return found


def _tells(value: str, texts: Iterable[str]) -> bool:
    return any(text.strip(" 0." if value == "bpm" else None) for text in texts)


def read_values(held: TagContents) -> frozenset[str]:
    """The values in the tag that is written.

    Parameters
    ----------
    held : TagContents

    Returns
    -------
    frozenset of str
        An empty field and a tempo of 0 tell nothing. Gain and peak belong together: one of them tells of both.
    """
    told = {value for name, value in held.format.value_fields.items() if _tells(value, held.fields.get(name, ()))}
    return frozenset(told | ({"gain", "peak"} if told & {"gain", "peak"} else set()))
