"""Reads the texts of ID3 tags: any version, any fault that players forgive, never more than a few texts at once."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import BinaryIO

from musicemb.io.tags.reading.texts import LARGEST_TEXT, OURS, SECOND_GENRE, VALUE_NAMES, TagTexts, Texts

_NAMES = {
    "TPE1": "artist",
    "TP1": "artist",
    "TIT2": "title",
    "TT2": "title",
    "TALB": "album",
    "TAL": "album",
    "TCON": "genre",
    "TCO": "genre",
    "TSRC": "isrc",
    "TRC": "isrc",
    "TBPM": "bpm",
    "TBP": "bpm",
    "TKEY": "key",
    "TKE": "key",
    "TXXX": "",
    "TXX": "",
}
_DESCRIBED = {**{own: own for own in OURS}, **{VALUE_NAMES[name]: name for name in ("gain", "peak")}}
_DESCRIBED["GENRE"] = SECOND_GENRE
"""Descriptions of the TXXX frames that are read, in upper case, to names of texts."""
_OWNER = b"http://musicbrainz.org\0"
"""In a frame UFID: what follows is the MBID of the recording, in ASCII."""
_LARGEST_UNSYNCHRONISED = 1 << 24
"""Bytes of a tag that is unsynchronised as a whole; what stands behind them is not looked at."""
_MOST_FRAMES = 100_000
_MOST_UNPACKED = 1 << 24
"""Bytes of all compressed texts of a tag together; beyond them none is unpacked."""


def read_id3v2(file: BinaryIO, offset: int = 0) -> Texts:
    """Read an ID3v2 tag.

    Parameters
    ----------
    file : binary file, seekable
    offset : int
        Where "ID3" stands.

    Returns
    -------
    mapping of str to sequence of str
        Whatever could be read.
    """
    file.seek(offset)
    header = file.read(10)
    if len(header) < 10 or header[3] not in (2, 3, 4):
        return {}
    major, flags = header[3], header[5]
    source: BinaryIO = file
    start, end = offset + 10, min(file.seek(0, 2), offset + id3v2_size(header))
    if flags & 0x80 and major < 4:
        from io import BytesIO

        file.seek(start)
        plain = synchronise(file.read(min(end - start, _LARGEST_UNSYNCHRONISED)))
        source, start, end = BytesIO(plain), 0, len(plain)
    if flags & 0x40:
        if major == 2:
            return {}  # compressed, in a way that nobody ever defined
        source.seek(start)
        size = source.read(4)
        if not size.isalnum():  # else the flag lies: a frame stands there
            start += int.from_bytes(size, "big") + 4 if major == 3 else _from_syncsafe(size)
    return _Frames(source, major, start, end, all_unsynchronised=major == 4 and bool(flags & 0x80)).texts()


def id3v2_size(header: bytes) -> int:
    """Bytes of a tag with this header, footer included, also where its size is a plain number by mistake.

    Parameters
    ----------
    header : bytes
        Ten of them.

    Returns
    -------
    int
    """
    size = header[6:10]
    length = int.from_bytes(size, "big") if max(size) > 0x7F else _from_syncsafe(size)
    return 10 + length + (10 if header[3] == 4 and header[5] & 0x10 else 0)


class _Frames:
    """Walks the frames of a tag and keeps the wanted texts."""

    def __init__(self, file: BinaryIO, major: int, start: int, end: int, *, all_unsynchronised: bool) -> None:
        self._file = file
        self._major = major
        self._width = 3 if major == 2 else 4
        self._header = 6 if major == 2 else 10
        self._start, self._end = start, end
        self._all_unsynchronised = all_unsynchronised
        self._unpacked = 0

    def texts(self) -> Texts:
        found = TagTexts({name: name for name in (*filter(None, _NAMES.values()), *_DESCRIBED.values(), "mbid")})
        position = self._start
        for _ in range(_MOST_FRAMES):
            self._file.seek(position)
            header = self._file.read(self._header)
            if position + self._header > self._end or not self._is_name(header[: self._width]):
                break
            size = self._size(header, position)
            name = header[: self._width].decode("ascii")
            if name in ("UFID", "UFI") and size:
                owner, found_id = self._body(header, size).partition(_OWNER)[1:]
                if owner:
                    found.put("mbid", [found_id.decode("ascii", "replace")])
            elif size and name in _NAMES and (not _NAMES[name] or found.wants(_NAMES[name])):
                values = decode_texts(self._body(header, size))
                key = _NAMES[name]
                if not key and values:
                    key, values = _DESCRIBED.get(values[0].upper(), ""), values[1:]
                if key:
                    found.put(key, values)
            position += self._header + size
        if found.get("genre"):
            found["genre"] = genre_names(found["genre"])
        return found

    def _is_name(self, name: bytes) -> bool:
        return len(name) == self._width and name.isalnum() and name.upper() == name and name[:1].isalpha()

    def _size(self, header: bytes, position: int) -> int:
        size = header[self._width : 2 * self._width]
        plain = int.from_bytes(size, "big")
        if self._major < 4 or plain < 0x80:
            return plain
        safe = _from_syncsafe(size)
        if max(size) > 0x7F:
            return plain
        # Old iTunes wrote plain numbers; the frame behind tells which it was.
        if not self._ends_well(position + self._header + safe) and self._ends_well(position + self._header + plain):
            return plain
        return safe

    def _ends_well(self, place: int) -> bool:
        if place >= self._end:
            return place == self._end
        self._file.seek(place)
        name = self._file.read(4)
        return name == bytes(4) or self._is_name(name)

    def _body(self, header: bytes, size: int) -> bytes:
        """The text, or the owner and id, of the frame at which the file stands; b"" where it is encrypted."""
        data = self._file.read(min(size, LARGEST_TEXT, max(0, self._end - self._file.tell())))
        flags = header[9] if self._major > 2 else 0
        if self._major == 3:
            encrypted, packed, skipped = flags & 0x40, flags & 0x80, 4 * bool(flags & 0x80) + bool(flags & 0x20)
            unsynchronised = False
        else:
            encrypted, packed, skipped = flags & 0x04, flags & 0x08, 4 * bool(flags & 0x01) + bool(flags & 0x40)
            unsynchronised = self._major == 4 and bool(flags & 0x02 or self._all_unsynchronised)
        if encrypted:
            return b""
        if unsynchronised:
            data = synchronise(data)
        data = data[skipped:]
        if packed:
            if self._unpacked >= _MOST_UNPACKED:
                return b""
            try:
                data = zlib.decompressobj().decompress(data, LARGEST_TEXT)
            except zlib.error:
                return b""
            self._unpacked += len(data)
        return data if data[:1] <= b"\3" or data.startswith(_OWNER) else b""  # there is no fifth encoding


def read_id3v1(data: bytes) -> Texts:
    """Read an ID3v1 tag.

    Parameters
    ----------
    data : bytes
        The last 128 bytes of a file, "TAG" first.

    Returns
    -------
    mapping of str to sequence of str
    """

    def text(start: int, end: int) -> list[str]:
        value = version_1_text(data[start:end]).strip()
        return [value] if value else []

    texts = {"title": text(3, 33), "artist": text(33, 63), "album": text(63, 93)}
    if len(data) == 128:
        texts["genre"] = genre_by_number(data[127])
    return texts


def version_1_text(field: bytes) -> str:
    """Text of a field of an ID3v1 tag: Latin-1 by the book, but UTF-8 where it can be nothing else.

    Parameters
    ----------
    field : bytes
        Of its full length; the text may be cut off in the middle of a sign.

    Returns
    -------
    str
        Up to its first NUL.
    """
    text = field.split(b"\0")[0]
    for cut in range(4 if len(text) == len(field) else 1):
        try:
            return text[: len(text) - cut].decode("utf-8")
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                break
    return text.decode("latin-1")


def genre_names(values: Sequence[str]) -> list[str]:
    """Genres of an ID3v2 tag; numbers ("17", "(17)") mean names.

    Parameters
    ----------
    values : sequence of str

    Returns
    -------
    list of str
    """
    from mutagen.id3 import TCON

    return list(TCON(encoding=3, text=list(values)).genres) if values else []


def genre_by_number(number: int) -> list[str]:
    """The genre that a number means in ID3v1.

    Parameters
    ----------
    number : int
        From 0 on.

    Returns
    -------
    list of str
        Empty where none has this number.
    """
    from mutagen.id3 import TCON

    return [TCON.GENRES[number]] if 0 <= number < len(TCON.GENRES) else []


def decode_texts(body: bytes) -> list[str]:
    """Values of a text frame.

    Parameters
    ----------
    body : bytes
        The frame's content, its encoding first.

    Returns
    -------
    list of str
    """
    if not body:
        return []
    codec = {0: "latin-1", 1: "utf-16-le", 2: "utf-16-be", 3: "utf-8"}.get(body[0], "latin-1")
    texts = []
    for piece in _split(body[1:], 2 if body[0] in (1, 2) else 1):
        if body[0] == 1 and piece[:2] == b"\xfe\xff":  # each text may bring its own byte order
            codec = "utf-16-be"
        elif body[0] == 1 and piece[:2] == b"\xff\xfe":
            codec = "utf-16-le"
        if codec == "utf-16-le" and len(piece) % 2:
            piece += b"\0"  # half a character at the end
        texts.append(piece.decode(codec, "replace").removeprefix("\ufeff"))
    while texts and not texts[-1]:
        texts.pop()
    return texts


def synchronise(data: bytes) -> bytes:
    """Undo unsynchronisation.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    bytes
    """
    return data.replace(b"\xff\0", b"\xff")


def _split(data: bytes, width: int) -> list[bytes]:
    """Texts parted by a NUL of one or two bytes."""
    if width == 1:
        return data.split(b"\0")
    ends = [place for place in range(0, len(data) - 1, 2) if not any(data[place : place + 2])]
    starts = [0, *(end + 2 for end in ends)]
    return [data[start:end] for start, end in zip(starts, [*ends, len(data)], strict=True)]


def _from_syncsafe(data: bytes) -> int:
    number = 0
    for byte in data:
        number = number << 7 | byte & 0x7F
    return number
