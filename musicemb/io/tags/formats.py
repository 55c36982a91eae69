"""Looks at a file's tag and knows how to write it again, for each container that is written."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from musicemb.io.audio.containers import Container, id3v2_length, identify
from musicemb.io.tags import id3
from musicemb.io.tags.fields import Held, Kind, NotWritable, all_names
from musicemb.io.tags.id3_conversion import from_version_1, upgrade_tag
from musicemb.io.tags.mp4 import edit_mp4, hold_mp4
from musicemb.io.tags.ogg import read_ogg_head, replace_ogg_head
from musicemb.io.tags.vorbis import Comments, build_flac_head, read_flac_head

Fields = Mapping[str, Sequence[str]]
Writer = Callable[[BinaryIO, Fields, bool], None]
"""Writes the file's next version: into an empty file, with these fields set, without a tag that got empty."""

_LARGEST_TAG = 1 << 26
"""Bytes; a larger ID3 tag is not held in memory."""
_REFUSED: Mapping[Container, str] = {"riff": ".wav", "aiff": ".aiff", "adts": ".aac", "asf": ".wma"}
"""Containers that are not written, by their usual suffix: a file may bear another."""
_VERSION_1 = 128
"""Bytes of an ID3v1 tag."""


def examine(file: BinaryIO, path: Path, *, upgrade: bool = False, beside_ape: bool = False) -> tuple[Held, Writer]:
    """What a file's tag holds, and how to write it with other genres.

    Parameters
    ----------
    file : binary file
        Stays open until the writer has been called.
    path : Path
        For its suffix.
    upgrade : bool
        Take ID3v2.2 tags too; they are written as ID3v2.3.
    beside_ape : bool
        Take MP3 whose APEv2 tag may speak of genre too: for taking back, not for writing.

    Returns
    -------
    Held
    Writer

    Raises
    ------
    NotWritable
        The genre is not written to this file.
    """
    if not file.seek(0, 2):
        raise NotWritable("is empty")
    container = identify(file)
    if container == "flac":
        return _examine_flac(file)
    if container == "ogg":
        return _examine_ogg(file)
    if container == "mp4":
        return _examine_mp4(file)
    if container == "mpeg" or (container == "unknown" and path.suffix.lower() == ".mp3"):
        return _examine_mp3(file, upgrade, beside_ape)
    raise NotWritable(f"genre is not written to {_REFUSED.get(container) or path.suffix.lower() or 'such'} files")


def _examine_flac(file: BinaryIO) -> tuple[Held, Writer]:
    head = read_flac_head(file, _read_id3(file))
    comments = head.comments
    rest = (head.prefix, head.others, *_other_comments("flac", comments))

    def write(target: BinaryIO, fields: Fields, drop_empty: bool) -> None:
        target.write(build_flac_head(head, fields, drop_empty=drop_empty))
        file.seek(head.size)
        shutil.copyfileobj(file, target)

    return Held("flac", _comment_fields("flac", comments), rest, bare=comments is None), write


def _examine_ogg(file: BinaryIO) -> tuple[Held, Writer]:
    file.seek(0)
    head = read_ogg_head(file)
    padding = head.comments.tail.rstrip(b"\0")
    rest = (head.magic, head.setup, padding, *_other_comments("ogg", head.comments))

    def write(target: BinaryIO, fields: Fields, drop_empty: bool) -> None:
        _copy(file, target)
        replace_ogg_head(target, head, fields)

    return Held("ogg", _comment_fields("ogg", head.comments), rest), write


def _examine_mp4(file: BinaryIO) -> tuple[Held, Writer]:
    def write(target: BinaryIO, fields: Fields, drop_empty: bool) -> None:
        _copy(file, target)
        edit_mp4(target, fields)

    return hold_mp4(file), write


def _examine_mp3(file: BinaryIO, upgrade: bool, beside_ape: bool) -> tuple[Held, Writer]:
    ape, v1, old = {} if beside_ape else _read_ape(file), _read_version_1(file), _read_id3(file)
    head = old
    if any(key.lower() == "genre" for key in ape):
        raise NotWritable("has an APEv2 tag with a genre, which players may prefer to what is written")
    if old and old[3] == 2:
        if not upgrade:
            raise NotWritable("its tag is ID3v2.2; --upgrade-tags writes it as ID3v2.3")
        head = upgrade_tag(old)
    elif not old and ape:
        raise NotWritable("its tag is APEv2, which is not written")
    elif not old and v1:
        head = from_version_1(v1)
    tag = id3.parse(head) if head else None

    fields: dict[str, list[str]] = {}
    others = []
    for frame in tag.frames if tag else ():
        if frame.key in all_names("id3"):
            fields.setdefault(frame.key, []).extend(frame.texts()[1 if frame.name == "TXXX" else 0 :])
        else:
            others.append(frame.raw)
    rest = (tag.major, tag.flags, tuple(others)) if tag and others else ()

    def write(target: BinaryIO, fields: Fields, drop_empty: bool) -> None:
        target.write(id3.build(tag, fields, drop_empty=drop_empty))
        file.seek(len(old))
        shutil.copyfileobj(file, target)

    return Held("id3", fields, rest, bare=not (old or v1), made=head is not old), write


def _read_id3(file: BinaryIO) -> bytes:
    """The first ID3v2 tag at the front of a file, behind which the file then stands; b"" for none."""
    file.seek(0)
    size = id3v2_length(file.read(10))
    if size > _LARGEST_TAG:
        raise NotWritable("its ID3 tag is too large")
    file.seek(0)
    head = file.read(size)
    if len(head) < size:
        raise NotWritable("its ID3 tag is cut off")
    return head


def _read_version_1(file: BinaryIO) -> bytes:
    end = file.seek(0, 2)
    file.seek(max(0, end - _VERSION_1))
    tail = file.read()
    return tail if tail[:3] == b"TAG" and len(tail) == _VERSION_1 else b""


def _read_ape(file: BinaryIO) -> Mapping[str, Any]:
    from mutagen import MutagenError
    from mutagen.apev2 import APENoHeaderError, APEv2

    file.seek(0)
    try:
        return dict(APEv2(file))
    except APENoHeaderError:
        return {}
    except (MutagenError, ValueError, KeyError, struct.error) as error:
        raise NotWritable("its APEv2 tag is damaged") from error


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    source.seek(0)
    shutil.copyfileobj(source, target)
    target.flush()
    target.seek(0)


def _comment_fields(kind: Kind, comments: Comments | None) -> dict[str, list[str]]:
    found = {name: comments.values(name) for name in all_names(kind)} if comments else {}
    return {name: values for name, values in found.items() if values}


def _other_comments(kind: Kind, comments: Comments | None) -> tuple[bytes, tuple[bytes, ...]]:
    return (comments.vendor, comments.without(all_names(kind))) if comments else (b"", ())
