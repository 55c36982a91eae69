"""Reads every list of tags in an MP4 file: iTunes' own, QuickTime's and 3GPP's, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import BinaryIO

from musicemb.io.audio.mp4_atoms import Atom, DamagedAtoms, atoms, child, meta_body
from musicemb.io.tags.reading.id3_texts import genre_by_number, read_id3v2
from musicemb.io.tags.reading.texts import (
    LARGEST_TEXT,
    MOST_TAGS,
    OURS,
    SECOND_GENRE,
    FoundTag,
    TagTexts,
    Texts,
    with_second_genre,
)

GENRE = "\xa9gen"
PREFIX = "----:com.apple.iTunes:"
TEMPO = "tmpo"

_NAMES = {"artist": "\xa9ART", "title": "\xa9nam", "album": "\xa9alb", "genre": GENRE}
_IDENTIFIERS = {PREFIX + "MusicBrainz Track Id": "mbid", PREFIX + "ISRC": "isrc"}
_KEYS = {name: name for name in ("artist", "title", "album", "genre")}
_QUICKTIME_KEY = "com.apple.quicktime."
"""What a key may begin with; FFmpeg writes keys without it."""
_3GPP = {b"perf": "artist", b"titl": "title", b"albm": "album", b"gnre": "genre"}
_QUICKTIME = {name.encode("latin-1"): text for text, name in _NAMES.items()}
_MOST_TRACKS = 64


def read_mp4(file: BinaryIO) -> list[FoundTag]:
    """Read the tags of an MP4 file.

    Parameters
    ----------
    file : binary file, seekable

    Returns
    -------
    list of FoundTag
        iTunes' list first: it is the one that is written.
    """
    return sorted(islice(_all_tags(file), MOST_TAGS), key=lambda tag: not tag.written)


def _all_tags(file: BinaryIO) -> Iterator[FoundTag]:
    for atom in _sound(file, 0, file.seek(0, 2), top=True):
        if atom.name == b"meta":
            yield from _read_meta(file, atom, "MP4 tag beside its index")
        if atom.name != b"moov":
            continue
        tracks = 0
        for below in _sound(file, atom.body, atom.end):
            if below.name == b"udta":
                yield from _read_user_data(file, below, "MP4", written=True)
            elif below.name == b"meta":
                yield from _read_meta(file, below, "MP4 tag of its index")
            elif below.name == b"trak" and tracks < _MOST_TRACKS:
                tracks += 1
                for inner in _sound(file, below.body, below.end):
                    if inner.name == b"udta":
                        yield from _read_user_data(file, inner, "MP4 track's")


def _sound(file: BinaryIO, start: int, end: int, *, top: bool = False) -> Iterator[Atom]:
    """Atoms up to the first damage; of a file that is cut off, what there is of the last."""
    with suppress(DamagedAtoms):
        yield from atoms(file, start, end, top=top, cut=True)


def _read_user_data(file: BinaryIO, udta: Atom, name: str, *, written: bool = False) -> Iterator[FoundTag]:
    others = TagTexts({name: name for name in _NAMES})
    for atom in _sound(file, udta.body, udta.end):
        if atom.name == b"meta":
            yield from _read_meta(file, atom, name, written=written)
        elif atom.name in _QUICKTIME or atom.name in _3GPP:
            others.put(_QUICKTIME.get(atom.name) or _3GPP[atom.name], [_plain_text(file, atom)])
    if others:
        yield FoundTag("QuickTime", others)


def _plain_text(file: BinaryIO, atom: Atom) -> str:
    """Text of an atom of QuickTime (length and language first) or 3GPP (version, flags and language first)."""
    file.seek(atom.body)
    data = file.read(min(LARGEST_TEXT, atom.end - atom.body))
    data = data[4 : 4 + int.from_bytes(data[:2], "big")] if atom.name in _QUICKTIME else data[6:]
    codec = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    return data.decode(codec, "replace").rstrip("\0")


def _read_meta(file: BinaryIO, meta: Atom, name: str, *, written: bool = False) -> Iterator[FoundTag]:
    inside = list(_sound(file, meta_body(file, meta), meta.end))
    keys = next((atom for atom in inside if atom.name == b"keys"), None)
    for atom in inside:
        if atom.name == b"ilst" and keys is not None:
            yield FoundTag("QuickTime", _by_number(file, keys, atom))
        elif atom.name == b"ilst":
            yield from with_second_genre(FoundTag(name, read_list(file, atom), written), f"{name} (GENRE)")
        elif atom.name == b"ID32":
            yield FoundTag("ID3v2 in MP4", read_id3v2(file, atom.body + 6))


def read_list(file: BinaryIO, ilst: Atom) -> Texts:
    """Read one of iTunes' lists.

    Parameters
    ----------
    file : binary file, seekable
    ilst : Atom

    Returns
    -------
    mapping of str to sequence of str
    """
    own = {name: PREFIX + name for name in OURS}
    texts = TagTexts({**_NAMES, **own, SECOND_GENRE: SECOND_GENRE, **{name: key for key, name in _IDENTIFIERS.items()}})
    for item in _sound(file, ilst.body, ilst.end):
        key = item_key(file, item)
        if key.startswith("----:") and key.upper().endswith(":GENRE"):
            key = SECOND_GENRE
        if texts.wants(key):
            texts.put(key, item_texts(file, item))
    return texts


def item_key(file: BinaryIO, item: Atom) -> str:
    """The key of an item of the list: its name, with "----" also whose and which field it is.

    Parameters
    ----------
    file : binary file, seekable
    item : Atom

    Returns
    -------
    str
        A genre by number ("gnre") bears the key of a genre by word.
    """
    if item.name == b"gnre":
        return GENRE
    if item.name != b"----":
        return item.name.decode("latin-1")
    parts = ["----"]
    try:
        for name in (b"mean", b"name"):
            atom = child(file, item, name)
            if atom is not None:
                file.seek(atom.body + 4)
                parts.append(file.read(max(0, min(256, atom.end - atom.body - 4))).decode("utf-8", "replace"))
    except DamagedAtoms:
        return "----"
    return ":".join(parts)


def item_texts(file: BinaryIO, item: Atom) -> list[str]:
    """Values of an item that holds text.

    Parameters
    ----------
    file : binary file, seekable
    item : Atom

    Returns
    -------
    list of str
    """
    texts = []
    for atom in _sound(file, item.body, item.end):
        if atom.name != b"data" or atom.end - atom.body < 8:
            continue
        file.seek(atom.body)
        data = file.read(min(atom.end - atom.body, LARGEST_TEXT))
        value = data[8:]
        if item.name == TEMPO.encode() and data[3] != 1:  # a whole number, not a text
            texts.append(str(int.from_bytes(value[:8], "big")))
        elif item.name == b"gnre":
            texts += genre_by_number(int.from_bytes(value[:2], "big") - 1)
        else:
            texts.append(value.decode("utf-16-be" if data[3] == 2 else "utf-8", "replace"))
    return texts


def _by_number(file: BinaryIO, keys: Atom, ilst: Atom) -> TagTexts:
    """Texts of a list whose items are numbered by a table of keys."""
    texts = TagTexts(_KEYS)
    wanted: dict[int, str] = {}
    for number, atom in enumerate(_sound(file, keys.body + 8, keys.end), 1):
        file.seek(atom.body)
        name = file.read(min(256, atom.end - atom.body)).decode("utf-8", "replace").removeprefix(_QUICKTIME_KEY)
        if texts.wants(name):
            wanted[number] = name
    for item in _sound(file, ilst.body, ilst.end):
        name = wanted.get(int.from_bytes(item.name, "big"), "")
        if texts.wants(name):
            texts.put(name, item_texts(file, item))
    return texts
