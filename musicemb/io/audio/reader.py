"""Reads the audio of a file: mono, at the rate that is asked for, whatever the file calls itself.

libsndfile goes first, being the fastest. FFmpeg is asked where libsndfile cannot, where it returns
clearly less than the header promises (it stops at damage without a word), and where the file goes on
behind its first stream. The one that got more wins. Opus goes to FFmpeg first: libsndfile takes twice
as long and gives up in the middle of some sound files (7 of 100 tried).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from musicemb.errors import AudioError, SkippedAudio
from musicemb.io.audio.containers import (
    Container,
    identify,
    mp4_boxes,
    name_impostor,
    riff_chunks,
    skip_id3v2,
    unreadable,
)
from musicemb.io.audio.decoders import Decoded, DecodeError, decode_av, decode_soundfile
from musicemb.io.audio.native_stderr import silence_native_stderr
from musicemb.records import Audio
from musicemb.settings import ScanSettings, SegmentSettings

_DECODERS: dict[str, Callable[[Path, int, float], Decoded]] = {"soundfile": decode_soundfile, "av": decode_av}
_FFMPEG_ONLY: frozenset[Container] = frozenset(("mp4", "adts", "asf"))
_CLEARLY_MORE = 0.5
"""Seconds by which FFmpeg must beat libsndfile: encoder delays make differences below."""
_ESTIMATED_SHARE = 0.9
"""In place of `decode_share` where the promise is an estimate: an MP3 of varying bit rate without a Xing
header is often 4 % off, and is not to be decoded twice for that."""
_TOO_BIG_TO_BE_SHORT = 1 << 16
"""Bytes. An MP3 beyond this that gives less than a second is damaged, not short."""
_PROTECTED = (b"drms", b"enca", b"aavd", bytes.fromhex("fb b3 11 22 23 bd d2 11 b4 b7 00 a0 c9 55 fc 6e"))
"""Marks of copy protection: MP4's encrypted audio boxes, ASF's encryption object."""
_TAIL = 1 << 16
"""Bytes at the end in which the last Ogg page begins: no page is longer."""
_WHOLE_READ = 1 << 20


def read_audio(
    path: Path,
    sample_rate: int,
    *,
    longest: float = ScanSettings.longest,
    decode_share: float = ScanSettings.decode_share,
    shortest: float = SegmentSettings.shortest_track,
) -> Audio:
    """Decode a file to mono.

    Stereo becomes ``(left + right) / 2``, more channels their mean, before resampling (soxr HQ).
    The file is decoded block by block: memory holds the result and little more.

    Parameters
    ----------
    path : Path
        The content decides how it is decoded, not the suffix.
    sample_rate : int
        Hz, of the result.
    longest : float
        Seconds; what lies beyond is left out, and the note says so.
    decode_share : float
        A decoder that returns less than this share of what the header promises gives way to the
        next.
    shortest : float
        Seconds; a shorter file is skipped.

    Returns
    -------
    Audio
        `note` tells of damage that was worked around.

    Raises
    ------
    AudioError
        Where the file cannot be read (`transient`) or holds no audio that can be decoded.
    SkippedAudio
        Where it is shorter than `shortest`.
    """
    try:
        look = _look(path)
        with silence_native_stderr():
            best, decoder, note = _decode(path, look, sample_rate, longest, decode_share)
        _judge(path, look, best, shortest)
    except MemoryError:
        raise AudioError(path, "is too long for the memory that is available", transient=True) from None
    except OSError as error:
        raise unreadable(path, error) from None
    samples = best.samples[: round(longest * sample_rate)]
    return Audio(samples, sample_rate, min(best.duration, longest), decoder, note)


# -------------------------------------------------------------------------- before decoding


@dataclass(frozen=True)
class _Look:
    """What the bytes tell before anything is decoded."""

    container: Container
    size: int
    """Bytes behind ID3v2 tags."""
    mtime_ns: int
    ffmpeg_first: bool = False
    goes_on: bool = False
    """True where more follows behind the first stream, which libsndfile would not read."""
    exact: bool = True
    """False where the length that a decoder promises is an estimate."""
    share: float = 1.0
    """How much is there of the sound data that the header tells of (WAV, AIFF)."""


def _look(path: Path) -> _Look:
    try:
        status = path.stat()
    except ValueError:
        raise AudioError(path, "has an invalid file name") from None
    if stat.S_ISDIR(status.st_mode):
        raise AudioError(path, "is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise AudioError(path, "is not a regular file")
    if status.st_size == 0:
        raise AudioError(path, "is empty")
    with path.open("rb") as file:
        container = identify(file)
        start = skip_id3v2(file)
        size = status.st_size - start
        if size <= 0:
            raise AudioError(path, "holds a tag but no audio")
        opus, unknown_length, goes_on, exact, share = False, False, False, True, 1.0
        if container == "ogg":
            file.seek(start)
            opus = b"OpusHead" in file.read(64)
            goes_on = _is_chained(file, status.st_size)
        elif container == "flac":
            file.seek(start)
            unknown_length = _flac_samples(file.read(26)) == 0  # a saved stream: libsndfile loses its end
        elif container == "mpeg":
            told = _told_bytes(file, start)
            exact = told is not None
            goes_on = told is not None and told < 0.9 * size
        elif container in ("riff", "aiff"):
            sound = [chunk for chunk in riff_chunks(file, start) if chunk.name in (b"data", b"SSND")]
            share = sum(chunk.present for chunk in sound) / max(1, sum(chunk.told for chunk in sound))
    return _Look(container, size, status.st_mtime_ns, opus or unknown_length, goes_on, exact, share)


def _is_chained(file: BinaryIO, size: int) -> bool:
    """Whether an Ogg file's last page belongs to another stream than its first."""
    file.seek(0)
    first = file.read(18)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    last = tail.rfind(b"OggS\0")
    return last >= 0 and len(tail) >= last + 18 and tail[last + 14 : last + 18] != first[14:18]


def _flac_samples(head: bytes) -> int:
    """Samples per channel as FLAC's STREAMINFO tells them; 0 where the encoder did not know."""
    return int.from_bytes(head[21:26], "big") & (1 << 36) - 1 if len(head) >= 26 else 0


def _told_bytes(file: BinaryIO, start: int) -> int | None:
    """Length of the MPEG stream as its Xing header tells it; None without such a header."""
    file.seek(start)
    frame = file.read(64)
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0:
        return None
    flags = int.from_bytes(frame[at + 4 : at + 8], "big")
    if flags & 3 != 3:
        return None
    return int.from_bytes(frame[at + 12 : at + 16], "big")


# ---------------------------------------------------------------------------------- decoding


def _decode(path: Path, look: _Look, sample_rate: int, longest: float, decode_share: float) -> tuple[Decoded, str, str]:
    """The best that the decoders get, which one it was, and a note."""
    results: dict[str, Decoded] = {}
    words = ""
    share = decode_share if look.exact else min(decode_share, _ESTIMATED_SHARE)
    promised = 0.0
    order = reversed(_DECODERS.items()) if look.ffmpeg_first else _DECODERS.items()
    for name, decode in order:
        if name == "soundfile" and look.container in _FFMPEG_ONLY:
            continue  # it may take stray bytes for MPEG frames
        try:
            got = decode(path, sample_rate, longest)
        except DecodeError as error:
            words = str(error) or words
            continue
        if not len(got.samples):
            continue
        results[name] = got
        promised = promised or got.promised
        if got.duration >= share * min(promised, longest) and not look.goes_on:
            break
    if not results:
        _check_readable(path, look)
        raise AudioError(path, _why_nothing(path, look, words))
    decoder = "soundfile" if "soundfile" in results else "av"
    if "av" in results and results["av"].duration > results[decoder].duration + _CLEARLY_MORE:
        decoder = "av"
    best = results[decoder]
    if look.share < decode_share:
        promised = best.duration / max(look.share, 1e-9)  # libsndfile promises what is there
    stops = (look.exact or best.skipped > 0) and best.duration < decode_share * min(promised, longest)
    if stops or best.skipped:
        _check_readable(path, look)
    return best, decoder, _note(best, promised if stops else 0.0, longest)


def _note(best: Decoded, promised: float, longest: float) -> str:
    notes = []
    if best.skipped > 1 and promised - best.duration >= 1:
        notes.append(f"{promised - best.duration:.0f} of {promised:.0f} s are damaged and left out")
    elif promised and best.skipped <= 1:
        notes.append(f"stops after {best.duration:.0f} of {promised:.0f} s")
    elif best.skipped:
        notes.append(f"{best.skipped} damaged {'packet' if best.skipped == 1 else 'packets'} left out")
    if best.invalid:
        notes.append(f"{max(best.invalid, 0.001):.1%} of its samples are invalid, replaced by silence")
    if best.cut and best.promised > longest + 1:
        notes.append(f"only the first {longest / 3600:.1f} of {best.promised / 3600:.1f} h were read")
    elif best.cut and not best.promised:
        notes.append(f"only the first {longest / 3600:.1f} h were read")
    return "; ".join(notes)


# ----------------------------------------------------------------------------- after decoding


def _judge(path: Path, look: _Look, best: Decoded, shortest: float) -> None:
    """Refuse what was decoded but is no music to embed."""
    if best.skipped > best.packets:
        with path.open("rb") as file:
            reason = "is copy-protected" if _is_protected(file, look) else "is damaged: most of it cannot be decoded"
        raise AudioError(path, reason)
    if best.invalid > 0.999:
        raise AudioError(path, "holds no valid sample")
    if best.duration >= shortest:
        return
    damaged = best.skipped or best.duration < 0.9 * min(best.promised, shortest) or look.share < 0.9
    too_big = look.container in ("mpeg", "unknown") and look.size > _TOO_BIG_TO_BE_SHORT
    if damaged or too_big:
        _check_readable(path, look)
        raise AudioError(path, f"is damaged: less than {shortest:g} s can be decoded")
    raise SkippedAudio(path, f"is shorter than {shortest:g} s")


def _why_nothing(path: Path, look: _Look, words: str) -> str:
    with path.open("rb") as file:
        if _is_protected(file, look):
            return "is copy-protected"
        if look.container == "unknown":
            impostor = name_impostor(file)
            if impostor:
                return f"is not audio: {impostor}"
            return words or "is not audio, or damaged beyond reading"
        if look.container == "mp4" and all(box.name != b"moov" for box in mp4_boxes(file)):
            return "is incomplete: its index is missing"
    return words or "is damaged: nothing can be decoded"


def _is_protected(file: BinaryIO, look: _Look) -> bool:
    if look.container not in ("mp4", "asf"):
        return False
    file.seek(0)
    ends = file.read(_WHOLE_READ)
    file.seek(max(0, look.size - _WHOLE_READ))
    ends += file.read(_WHOLE_READ)
    return any(mark in ends for mark in _PROTECTED)


def _check_readable(path: Path, look: _Look) -> None:
    """Damage, or a disk or network that fails? Decoders do not tell.

    Raises
    ------
    OSError
        Where the file cannot be read to its end.
    AudioError
        Transient, where it changed since `look`.
    """
    with path.open("rb") as file:
        while file.read(_WHOLE_READ):
            pass
        if os.fstat(file.fileno()).st_mtime_ns != look.mtime_ns:
            raise AudioError(path, "changed while it was read", transient=True)
