"""Reads what a file's tag says of artist, title, album and genre, in any format, and never minds damage."""

from __future__ import annotations

import math
import struct
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from musicemb.errors import TagError
from musicemb.io.audio.containers import Container, identify
from musicemb.io.tags.fields import OURS, Kind
from musicemb.records import TrackTags

_LONGEST = 200
"""Characters kept of a genre word or a name; what is longer is a mistake or an attack."""
_MOST = 50
"""Genre words kept of one file."""

Texts = Mapping[str, Sequence[str]]
"""Values of "artist", "title", "album", "genre" and of our own fields."""


def read_tags(path: Path) -> TrackTags:
    """What the file's tag says.

    Parameters
    ----------
    path : Path
        What it holds decides how it is read, not its suffix.

    Returns
    -------
    TrackTags
        Empty where there is no tag or none that can be read. A tag of an MP3 is looked for in ID3v2,
        APEv2 and ID3v1, in this order for each of artist, title, album and genre.

    Raises
    ------
    TagError
        The file cannot be opened or read.
    """
    try:
        with path.open("rb") as file:
            container = identify(file)
            found: dict[str, Sequence[str]] = {}
            for read in _READERS.get(container, _READERS["unknown"]):
                file.seek(0)
                for name, values in _try(read, file).items():
                    if _clean(values):
                        found.setdefault(name, values)
    except OSError as error:
        raise TagError(path, f"cannot be read ({error.strerror or error})", transient=True) from error
    except ValueError as error:  # a NUL in its name
        raise TagError(path, "has a name that no file can have") from error
    return _fold(found)


def genre_words(values: Sequence[str], kind: Kind) -> tuple[str, ...]:
    """Genre words of a field's values, as `read_tags` tells them.

    Parameters
    ----------
    values : sequence of str
        As they stand in the file.
    kind : str
        "id3": numbers ("17", "(17)") mean names.

    Returns
    -------
    tuple of str
    """
    if kind == "id3" and values:
        from mutagen.id3 import TCON

        values = TCON(encoding=3, text=list(values)).genres
    return _clean(values)


def _fold(found: Texts) -> TrackTags:
    def one(name: str) -> str:
        return ", ".join(_clean(found.get(name, ())))[:_LONGEST]

    words, confidence, encoder = OURS
    return TrackTags(
        artist=one("artist"),
        title=one("title"),
        album=one("album"),
        genres=_clean(found.get("genre", ())),
        our_genres=_clean(found.get(words, ())),
        our_confidence=_share(one(confidence)),
        our_encoder=one(encoder),
    )


def _clean(values: Iterable[str]) -> tuple[str, ...]:
    """Values without control signs, lone surrogates and empty ones; few and short enough to keep."""
    kept: dict[str, None] = {}
    for value in values:
        text = value[: 4 * _LONGEST].encode("utf-8", "ignore").decode("utf-8")
        text = "".join(sign if unicodedata.category(sign) != "Cc" else " " for sign in text)
        text = " ".join(text.split())[:_LONGEST].rstrip()
        if text:
            kept[text] = None
        if len(kept) == _MOST:
            break
    return tuple(kept)


def _share(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= 1 else None


# ------------------------------------------------------------------------------------- readers


def _try(read: Callable[[BinaryIO], Texts], file: BinaryIO) -> Texts:
    """A reader's answer; nothing where the tag is damaged, whatever its parser trips over."""
    from mutagen import MutagenError

    try:
        return read(file)
    except OSError as error:
        if isinstance(error, MutagenError) or error.errno is None:
            return {}
        raise
    except (MutagenError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, struct.error):
        return {}
    except (EOFError, MemoryError, RecursionError):
        return {}


def _of_id3(tag: Any) -> Texts:
    """Texts of mutagen's ID3 tag."""
    texts: dict[str, Sequence[str]] = {}
    for name, key in (
        ("artist", "TPE1"),
        ("title", "TIT2"),
        ("album", "TALB"),
        *((own, f"TXXX:{own}") for own in OURS),
    ):
        frame = tag.get(key)
        if frame is not None:
            texts[name] = [str(text) for text in frame.text]
    if tag.get("TCON") is not None:
        texts["genre"] = tag["TCON"].genres
    return texts


def _id3v2(file: BinaryIO) -> Texts:
    from mutagen.id3 import ID3

    tag = ID3()
    tag.load(file, load_v1=False)
    return _of_id3(tag)


def _id3v1(file: BinaryIO) -> Texts:
    from mutagen.id3 import ParseID3v1

    file.seek(max(0, file.seek(0, 2) - 128))
    return _of_id3(ParseID3v1(file.read()) or {})


def _apev2(file: BinaryIO) -> Texts:
    from mutagen.apev2 import APEv2

    return _of_keys(APEv2(file), {"artist": "Artist", "title": "Title", "album": "Album", "genre": "Genre"})


def _flac(file: BinaryIO) -> Texts:
    from mutagen.flac import FLAC

    return _of_comments(FLAC(fileobj=file).tags)


def _ogg(file: BinaryIO) -> Texts:
    from mutagen import oggflac, oggopus, oggspeex, oggvorbis

    start = file.read(256)
    file.seek(0)
    for magic, kind in (
        (b"\x01vorbis", oggvorbis.OggVorbis),
        (b"OpusHead", oggopus.OggOpus),
        (b"\x7fFLAC", oggflac.OggFLAC),
        (b"Speex   ", oggspeex.OggSpeex),
    ):
        if magic in start:
            return _of_comments(kind(fileobj=file).tags)
    return {}


def _of_comments(tags: Any) -> Texts:
    names = {"artist": "artist", "title": "title", "album": "album", "genre": "genre", **{own: own for own in OURS}}
    return _of_keys(tags or {}, names)


def _mp4(file: BinaryIO) -> Texts:
    from mutagen.mp4 import MP4

    names = {"artist": "\xa9ART", "title": "\xa9nam", "album": "\xa9alb", "genre": "\xa9gen"}
    return _of_keys(MP4(fileobj=file).tags or {}, names | {own: f"----:com.apple.iTunes:{own}" for own in OURS})


def _riff(file: BinaryIO) -> Texts:
    from mutagen.wave import WAVE

    return _of_id3(WAVE(fileobj=file).tags or {})


def _aiff(file: BinaryIO) -> Texts:
    from mutagen.aiff import AIFF

    return _of_id3(AIFF(fileobj=file).tags or {})


def _asf(file: BinaryIO) -> Texts:
    from mutagen.asf import ASF

    names = {"artist": "Author", "title": "Title", "album": "WM/AlbumTitle", "genre": "WM/Genre"}
    return _of_keys(ASF(fileobj=file).tags or {}, names)


def _of_keys(tags: Any, names: Mapping[str, str]) -> Texts:
    texts: dict[str, Sequence[str]] = {}
    for name, key in names.items():
        if key in tags:
            values = tags[key]
            items = [values] if isinstance(values, str) else list(values)
            texts[name] = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in items]
    return texts


_READERS: Mapping[Container, tuple[Callable[[BinaryIO], Texts], ...]] = {
    "flac": (_flac,),
    "ogg": (_ogg,),
    "mp4": (_mp4,),
    "riff": (_riff,),
    "aiff": (_aiff,),
    "asf": (_asf,),
    "mpeg": (_id3v2, _apev2, _id3v1),
    "adts": (_id3v2, _apev2, _id3v1),
    "unknown": (_id3v2, _apev2, _id3v1),
}
