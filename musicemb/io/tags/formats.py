"""Determines a file's tag format and the contents of its tags, and whether the genre can be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from musicemb.io.audio.containers import Container, identify
from musicemb.io.tags.fields import Damaged, EditOptions, NotWritable, TagContents, TagFormat, Writer, told_elsewhere
from musicemb.io.tags.mp3 import MP3
from musicemb.io.tags.mp4 import MP4
from musicemb.io.tags.ogg import OGG
from musicemb.io.tags.reading.around import tags_around
from musicemb.io.tags.reading.chunks import read_aiff, read_asf, read_riff
from musicemb.io.tags.reading.texts import FoundTag
from musicemb.io.tags.vorbis import FLAC

FORMATS: dict[Container, TagFormat] = {
    "mpeg": MP3,
    "flac": FLAC,
    "ogg": OGG,
    "mp4": MP4,
    "riff": TagFormat("", read_riff, refused_as=".wav"),
    "aiff": TagFormat("", read_aiff, refused_as=".aiff"),
    "asf": TagFormat("", read_asf, refused_as=".wma"),
    "adts": TagFormat("", tags_around, refused_as=".aac"),
    "unknown": TagFormat("", tags_around),
}
"""How the tags of each container are read and, where they are, written."""

_KNOWN_SUFFIXES = {".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".m4b"}


def find_tags(file: BinaryIO) -> Iterable[FoundTag]:
    """Every tag of a file, the one that players prefer first.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    iterable of FoundTag
    """
    return FORMATS[identify(file)].read(file)


def examine(file: BinaryIO, path: Path, options: EditOptions | None = None) -> tuple[TagContents, Writer]:
    """The contents of a file's tag, and how to write it with other genres.

    Parameters
    ----------
    file : binary file
        Stays open until the writer has been called.
    path : Path
        For its suffix.
    options : EditOptions, optional

    Returns
    -------
    TagContents
    Writer

    Raises
    ------
    NotWritable
        The genre is not written to this file.
    """
    options = options or EditOptions()
    if not file.seek(0, 2):
        raise Damaged("is empty")
    container, suffix = identify(file), path.suffix.lower()
    kind = MP3 if container == "unknown" and suffix == ".mp3" else FORMATS[container]
    if kind.examine is None:
        if container == "unknown" and suffix in _KNOWN_SUFFIXES:
            raise Damaged(f"its content is not that of a {suffix} file")
        what = "genre is" if options.genre else "values are"
        raise NotWritable(f"{what} not written to {kind.refused_as or suffix or 'such'} files")
    held, writer = kind.examine(file, options)
    if options.taking_back:
        return held, writer
    others = [tag for tag in kind.read(file) if not tag.written]
    _check_others(held, options, others)
    return replace(held, elsewhere=told_elsewhere(others)), writer


def _check_others(held: TagContents, options: EditOptions, others: Iterable[FoundTag]) -> None:
    """Refuse a file whose other tags would be hidden by a new one, or would speak against it."""
    for tag in _shown(held, others):
        if options.genre and any(word.strip() for word in tag.texts.get("genre", ())):
            raise NotWritable(
                f"has a genre in its {tag.name} tag, which players may read instead of the one that is written"
            )
        if held.empty:
            raise NotWritable(f"its tag is {tag.name}, which cannot be written, and a new tag would hide it")


def _shown(held: TagContents, others: Iterable[FoundTag]) -> Iterator[FoundTag]:
    """Tags that a player may show before, or in place of, the one that is written."""
    for tag in others:
        if tag.name == "ID3v1" and held.format is MP3:
            continue  # the oldest of tags comes last everywhere; a new tag is made of it
        if tag.texts or held.format is not MP4:
            yield tag
