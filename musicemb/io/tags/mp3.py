"""The tags of an MP3 file: ID3v2 is written, ID3v1 and APEv2 are read and stay."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from hashlib import blake2b
from typing import BinaryIO

from musicemb.io.tags import id3
from musicemb.io.tags.fields import ID3_VALUES, EditOptions, Fields, NotWritable, TagContents, TagFormat, Writer
from musicemb.io.tags.id3_conversion import from_version_1, readers_view, upgrade_tag
from musicemb.io.tags.reading.around import tags_around
from musicemb.io.tags.reading.texts import FoundTag, with_second_genre

_VERSION_1 = 128
"""Bytes of an ID3v1 tag."""


def _examine(file: BinaryIO, options: EditOptions) -> tuple[TagContents, Writer]:
    v1, old = _read_version_1(file), id3.read_id3(file)
    head = old
    if old and old[3] == 2:
        if not options.upgrade:
            raise NotWritable("its tag is ID3v2.2; --upgrade-tags writes it as ID3v2.3")
        head = upgrade_tag(old)
    elif not old and v1:
        head = from_version_1(v1)
    tag = id3.parse(head) if head else None

    fields: dict[str, list[str]] = {}
    others = []
    for frame in tag.frames if tag else ():
        if frame.key in MP3.all_names and not (frame.packed and frame.key in MP3.value_fields):
            fields.setdefault(frame.key, []).extend(frame.texts()[1 if frame.name == "TXXX" else 0 :])
        else:
            others.append(blake2b(frame.raw).digest())
    rest = (tag.major, tag.flags, tuple(others), readers_view(head, tag, MP3.all_names)) if tag and others else ()

    length = len(old)  # not the tag itself, which may be large and is not needed any more

    def write(target: BinaryIO, fields: Fields, drop_empty: bool) -> None:
        target.write(id3.build(tag, fields, drop_empty=drop_empty))
        file.seek(length)
        shutil.copyfileobj(file, target)

    empty = not old or not (tag and tag.frames)
    return TagContents(MP3, fields, rest, bare=not (old or v1), empty=empty, made=head is not old), write


def _read_version_1(file: BinaryIO) -> bytes:
    end = file.seek(0, 2)
    file.seek(max(0, end - _VERSION_1))
    tail = file.read()
    return tail if tail[:3] == b"TAG" and len(tail) == _VERSION_1 else b""


def _read(file: BinaryIO) -> Iterator[FoundTag]:
    for tag in tags_around(file):
        yield from with_second_genre(tag._replace(written=tag.name == "ID3v2"), f"{tag.name} (TXXX:GENRE)")


MP3 = TagFormat("id3", _read, "TCON", "TXXX:", _examine, ID3_VALUES)
