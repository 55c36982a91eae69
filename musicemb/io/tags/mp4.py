"""Edits the genre of an MP4 (M4A) file with mutagen, on a copy, and checks what mutagen moved.

mutagen writes the list of tags anew and shifts the tables of chunk offsets where the audio moves; both
are compared with what was there before.
"""

from __future__ import annotations

import struct
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, BinaryIO

from musicemb.io.tags.fields import Held, NotWritable, all_names

_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_OFFSETS = {b"stco": ">I", b"co64": ">Q"}


def hold_mp4(file: BinaryIO) -> Held:
    """What the tag of an MP4 file holds.

    Parameters
    ----------
    file : binary file

    Returns
    -------
    Held

    Raises
    ------
    NotWritable
        For a file whose structure would not surely survive.
    """
    tags = _open(file).tags
    fields = {name: _texts(tags[name]) for name in all_names("mp4") if tags and name in tags}
    others = {} if tags is None else {key: value for key, value in tags.items() if key not in all_names("mp4")}
    failed = {} if tags is None else tags._failed_atoms
    rest = (tuple(sorted((key, _exact(value)) for key, value in (*others.items(), *failed.items()))), _skeleton(file))
    return Held("mp4", fields, rest, bare=not tags)


def edit_mp4(file: BinaryIO, fields: Mapping[str, Sequence[str]]) -> None:
    """Set some tags of an MP4 file, which is changed in place: give it a copy.

    Parameters
    ----------
    file : binary file
        Open for reading and writing.
    fields : mapping
        Key to values; no values take a tag away.
    """
    from mutagen.mp4 import AtomDataType, MP4FreeForm

    audio = _open(file)
    if audio.tags is None:
        audio.add_tags()
    for name, values in fields.items():
        if not values:
            audio.tags.pop(name, None)
        elif name.startswith("----"):
            audio.tags[name] = [MP4FreeForm(text.encode(), dataformat=AtomDataType.UTF8) for text in values]
        else:
            audio.tags[name] = list(values)
    file.seek(0)
    # The padding that is there gives way; where it is too small the tag grows by what it needs.
    audio.save(fileobj=file, padding=lambda info: max(0, info.padding))


def _open(file: BinaryIO) -> Any:
    from mutagen import MutagenError
    from mutagen.mp4 import MP4

    file.seek(0)
    try:
        return MP4(fileobj=file)
    except (MutagenError, ValueError, KeyError, TypeError, struct.error) as error:
        raise NotWritable("its MP4 structure is damaged") from error


def _texts(value: Any) -> list[str]:
    return [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in value]


def _exact(value: Any) -> Hashable:
    """A value with its data format, so that a changed one differs."""
    items = value if isinstance(value, list) else [value]
    return tuple((repr(item), getattr(item, "dataformat", getattr(item, "imageformat", None))) for item in items)


def _skeleton(file: BinaryIO) -> Hashable:
    """The tracks' tables, with chunk offsets counted from the media data they lie in."""
    file.seek(0, 2)
    atoms = list(_atoms(file, 0, file.tell()))
    names = [name for name, _, _ in atoms]
    if names.count(b"moov") != 1 or b"moof" in names:
        raise NotWritable("its MP4 file is fragmented")
    media = [(start, end) for name, start, end in atoms if name == b"mdat"]
    found: list[Hashable] = []

    def walk(start: int, end: int) -> None:
        for name, first, last in _atoms(file, start, end):
            if name in _PARENTS:
                walk(first, last)
            elif name in _OFFSETS:
                file.seek(first)
                data = file.read(last - first)
                offsets = [offset for (offset,) in struct.iter_unpack(_OFFSETS[name], data[8:])]
                found.append((name, data[:8], tuple(_relative(offset, media) for offset in offsets)))
            elif name == b"udta":
                walk(first, last)
            elif name not in (b"meta", b"free", b"skip"):
                file.seek(first)
                found.append((name, file.read(last - first)))

    walk(*next((start, end) for name, start, end in atoms if name == b"moov"))
    return tuple(found), tuple(name for name in names if name not in (b"free", b"skip"))


def _relative(offset: int, media: Sequence[tuple[int, int]]) -> tuple[int, int]:
    for number, (start, end) in enumerate(media):
        if start <= offset < end:
            return number, offset - start
    return -1, offset


def _atoms(file: BinaryIO, position: int, end: int) -> Any:
    """Name, first and last byte of the content of each atom between two places."""
    while position + 8 <= end:
        file.seek(position)
        header = file.read(16)
        size, start = int.from_bytes(header[:4], "big"), position + 8
        if size == 1:
            size, start = int.from_bytes(header[8:16], "big"), position + 16
        elif size == 0:
            size = end - position
        if size < start - position or position + size > end:
            raise NotWritable("its MP4 structure is damaged")
        yield header[4:8], start, position + size
        position += size
