"""Decodes excerpts of a file, spread evenly over it; what lies between is skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.io.audio.decoders import DecodeError, checked_rate, open_av
from musicemb.io.audio.inspection import look_at
from musicemb.io.audio.mono_stream import KeptSamples, MonoStream
from musicemb.io.audio.native_stderr import silence_native_stderr
from musicemb.io.audio.parts.av_frames import read_frame
from musicemb.records import Floats

_SHARE = 0.5
"""Largest share of a track that excerpts may have: a shorter track is decoded in full."""
_LEAD = 0.1
"""Seconds before an excerpt that FFmpeg decodes and drops: lossy codecs need some packets to find their feet."""


@dataclass(frozen=True)
class Excerpts:
    """The decoded excerpts of a file."""

    duration: float
    """Seconds, of the file, as its header has it."""
    decoder: str
    """"soundfile" or "av"."""
    starts: tuple[float, ...]
    """Seconds at which each excerpt begins."""
    samples: tuple[Floats, ...]
    """Of each, mono."""


def read_excerpts(path: Path, sample_rate: int, count: int, length: float) -> Excerpts | None:
    """Read some excerpts of a file.

    Parameters
    ----------
    path : Path
    sample_rate : int
        Hz, of the samples.
    count : int
        How many.
    length : float
        Seconds of each.

    Returns
    -------
    Excerpts or None
        None where the file is short, damaged, of unknown length or nothing that can be sought in: all of it is to be
        decoded then, and what is wrong with it comes out.

    Raises
    ------
    AudioError
        Where it can be no audio file at all.
    """
    look = look_at(path)
    if look.goes_on or look.share < 1:
        return None
    try:
        with silence_native_stderr():
            if look.ffmpeg_first or look.container in ("mp4", "adts", "asf"):
                return _by_av(path, sample_rate, count, length)
            return _by_soundfile(path, sample_rate, count, length)
    except DecodeError:
        return None


def _places(duration: float, count: int, length: float) -> list[float]:
    """Where excerpts begin: in the middle of equal parts."""
    if duration * _SHARE < count * length:
        raise DecodeError("short")
    return [(number + 0.5) * duration / count - length / 2 for number in range(count)]


def _by_soundfile(path: Path, sample_rate: int, count: int, length: float) -> Excerpts:
    import soundfile

    name: Any = path if os.name == "nt" else os.fsencode(path)
    try:
        with soundfile.SoundFile(name) as file:
            rate = checked_rate(file.samplerate)
            if not 0 < file.frames < 2**62:
                raise DecodeError("of unknown length")
            places = _places(file.frames / rate, count, length)
            block = np.empty((round(length * rate), file.channels), np.float32)
            found = []
            for place in places:
                file.seek(round(place * rate))
                if len(file.read(out=block)) < len(block):
                    raise DecodeError("ends early")
                found.append(_mono(block, rate, sample_rate))
            return Excerpts(file.frames / rate, "soundfile", tuple(places), tuple(found))
    except soundfile.SoundFileError:
        raise DecodeError("") from None


def _by_av(path: Path, sample_rate: int, count: int, length: float) -> Excerpts:
    import av

    try:
        with open_av(path) as (container, stream):
            if not stream.duration:
                raise DecodeError("of unknown length")
            duration = float(stream.duration * stream.time_base)
            places = _places(duration, count, length)
            begin = float((stream.start_time or 0) * stream.time_base)
            found = []
            for place in places:
                container.seek(round((begin + max(0.0, place - _LEAD)) / stream.time_base), stream=stream)
                found.append(_gather(container.decode(stream), begin + place, length, sample_rate))
            return Excerpts(duration, "av", tuple(places), tuple(found))
    except (av.error.FFmpegError, UnicodeError, ValueError):
        raise DecodeError("") from None


def _gather(frames: Iterator[Any], first: float, length: float, sample_rate: int) -> Floats:
    """The samples from a second on."""
    parts: list[Floats] = []
    gathered = rate = 0
    for frame in frames:
        if frame.time is None or frame.time > first + length or (rate and frame.sample_rate != rate):
            break
        rate = checked_rate(frame.sample_rate)
        wanted = round(length * rate)
        part = read_frame(frame)[:, max(0, round((first - frame.time) * rate)) :]
        parts.append(part[:, : wanted - gathered])
        gathered += parts[-1].shape[1]
        if gathered >= wanted:
            return _mono(np.ascontiguousarray(np.concatenate(parts, axis=1).T), rate, sample_rate)
    raise DecodeError("does not support seeking")


def _mono(rows: Floats, rate: int, sample_rate: int) -> Floats:
    sink = KeptSamples()
    stream = MonoStream(sample_rate, len(rows) / rate + 1, sink)
    stream.feed(rows.T, rate)
    stream.finish()
    if stream.invalid:
        raise DecodeError("holds invalid samples")
    return sink.samples
