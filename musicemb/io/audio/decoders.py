"""Decodes audio to mono at one sample rate with libsndfile or FFmpeg, and hands it on block by block.

A decoder gives what it gets: how much of the file that is, and what went wrong on the way, is for
`io.audio.reader` to judge.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.io.audio.mono_stream import MonoStream, Sink, unheard
from musicemb.io.audio.parts.av_frames import read_planes
from musicemb.io.audio.parts.forward_file import open_forward
from musicemb.io.audio.parts.untagged import without_huge_tags

_BLOCK = 1 << 20
"""Samples (all channels together) that are decoded at a time: 4 MB. Measured: smaller ones cost Python's time."""
_RATES = range(1_000, 1_000_000)
"""Hz. Anything else is a broken header, and resampling it could fill the memory."""
_DEMUXERS = (
    "aac,ac3,aiff,amr,ape,asf,au,caf,dsf,dts,dtshd,eac3,flac,iff,matroska,mov,mp3,mpc,mpc8,ogg,shn,tak,tta,w64,wav,wv"
)
"""What FFmpeg may open: never a playlist, which names other files and hosts."""
_GUESSED_DURATION = ("mp3", "aac", "ac3", "amr", "dts", "eac3", "shn")
"""FFmpeg's demuxers that estimate the duration from the bit rate."""


class DecodeError(Exception):
    """A decoder cannot open the file; the text says why in a few words ("" where it does not know)."""


@dataclass(frozen=True)
class Decoded:
    """The result of one decoder."""

    n_samples: int
    """Mono, at the requested rate."""
    duration: float
    """Seconds."""
    promised: float
    """Seconds that the file's header speaks of; 0 where it does not say, or only estimates."""
    packets: int = 0
    """Packets that were decoded; 0 where the decoder does not count them."""
    skipped: int = 0
    """Damaged packets that were left out."""
    invalid: float = 0.0
    """Share of samples that were not finite (or absurdly loud) and are silence now."""
    cut: bool = False
    """True if the file is longer than requested."""


def decode_soundfile(path: Path, sample_rate: int, longest: float, sink: Sink = unheard) -> Decoded:
    """Decode with libsndfile: MP3, FLAC, OGG, Opus, WAV, AIFF. Fast, but it stops at damage.

    Parameters
    ----------
    path : Path
    sample_rate : int
        Hz, of the result.
    longest : float
        Seconds after which to stop.
    sink : callable, optional
        Takes the samples, block by block: mono, shape (n,), float32, and its own to keep. Without it they are dropped.

    Returns
    -------
    Decoded

    Raises
    ------
    DecodeError
        Where nothing can be read.
    """
    import soundfile

    name: Any = path if os.name == "nt" else os.fsencode(path)  # undecodable names only pass as bytes
    try:
        with open_forward(name) as file:
            mono = MonoStream(sample_rate, longest, sink)
            rate, channels = checked_rate(file.samplerate), file.channels
            promised, wanted = file.frames / rate if file.frames < 2**62 else 0.0, round(longest * rate)
            block = np.empty((max(1, _BLOCK // channels), channels), np.float32)
            done = 0
            while done < wanted:
                try:
                    got = file.read(out=block[: wanted - done])
                except soundfile.SoundFileError:
                    break  # a damaged frame; what came before it counts
                if not len(got):
                    break
                done += len(got)
                mono.feed(got.T, rate)
    except soundfile.SoundFileError:
        raise DecodeError("") from None
    return _judged(mono, promised=promised, cut=done >= wanted)


def decode_av(path: Path, sample_rate: int, longest: float, sink: Sink = unheard) -> Decoded:
    """Decode nearly any format with FFmpeg; damaged packets are skipped.

    Parameters
    ----------
    path, sample_rate, longest, sink
        As for `decode_soundfile`.

    Returns
    -------
    Decoded

    Raises
    ------
    DecodeError
        Where nothing can be read.
    """
    import av

    try:
        with open_av(path) as (container, stream):
            promised = 0.0
            if container.format.name not in _GUESSED_DURATION and stream.duration:
                promised = float(stream.duration * stream.time_base)
            gathered = _FrameBuffer(MonoStream(sample_rate, longest, sink))
            done, skipped, cut = 0, 0, False
            for frames in _packets(container, stream):
                if frames is None:
                    skipped += 1
                    continue
                done += 1
                for frame in frames:
                    try:
                        gathered.add(frame)
                    except (av.error.FFmpegError, ValueError, DecodeError):
                        skipped += 1  # its header is damaged
                cut = gathered.duration >= longest
                if cut:
                    break
            gathered.flush()
    except (av.error.FFmpegError, UnicodeError, ValueError):
        raise DecodeError("") from None
    return _judged(gathered.mono, promised=promised, packets=done, skipped=skipped, cut=cut)


@contextlib.contextmanager
def open_av(path: Path) -> Iterator[tuple[Any, Any]]:
    """Context in which FFmpeg has a file open.

    Parameters
    ----------
    path : Path

    Yields
    ------
    container, stream
        PyAV's; the stream is the audio that it would play.

    Raises
    ------
    DecodeError
        Where there is no audio that it can decode; av.error.FFmpegError, where it is no media file.
    """
    import av

    options = {"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"}
    with contextlib.ExitStack() as stack:
        shown = without_huge_tags(path)
        source = stack.enter_context(shown) if shown else str(path)
        container = stack.enter_context(av.open(source, options=options, **metadata_choice(av.__version__)))
        stream: Any = container.streams.best("audio")
        if stream is None:
            raise DecodeError("holds only pictures, no audio" if container.streams.video else "")
        if stream.codec_context is None:
            raise DecodeError("holds audio in an unsupported format")
        if stream.codec_context.sample_rate:
            checked_rate(stream.codec_context.sample_rate)
        stream.codec_context.thread_count = 1  # workers share the cores already
        yield container, stream


def _judged(mono: MonoStream, *, promised: float, packets: int = 0, skipped: int = 0, cut: bool = False) -> Decoded:
    """What was got, once all was fed."""
    mono.finish()
    return Decoded(mono.n_samples, mono.duration, promised, packets, skipped, mono.invalid, cut)


def metadata_choice(version: str) -> dict[str, Any]:
    """What PyAV must be told so that tags that are not UTF-8 do not stop it; from 19 on it lets them pass by itself.

    Parameters
    ----------
    version : str
        PyAV's, such as "18.1.0".

    Returns
    -------
    dict
        Keyword arguments for ``av.open``.
    """
    return {"metadata_errors": "ignore"} if int(version.split(".")[0]) < 19 else {}


def _packets(container: Any, stream: Any) -> Iterator[list[Any] | None]:
    """Frames of each packet; None for a damaged one."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.EOFError):
            return
        except av.error.FFmpegError:
            yield None
            return
        try:
            yield packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            yield None


class _FrameBuffer:
    """Gathers decoded frames, a fiftieth of a second each, to blocks, since each call of a sink has a fixed cost."""

    def __init__(self, mono: MonoStream) -> None:
        self.mono = mono
        self._block = np.empty((0, 0), np.float32)
        self._filled = self._rate = 0

    @property
    def duration(self) -> float:
        """Seconds so far, also of what still waits."""
        return self.mono.duration + (self._filled / self._rate if self._filled else 0.0)

    def add(self, frame: Any) -> None:
        """Take a frame; where its header is damaged this raises, and nothing was taken."""
        channels, rate = read_planes(frame), checked_rate(frame.sample_rate)
        count, length = len(channels), len(channels[0])
        if rate != self._rate or count != self._block.shape[1] or self._filled + length > len(self._block):
            self.flush()
            self._rate = rate
            if count != self._block.shape[1] or length > len(self._block):
                self._block = np.empty((max(length, _BLOCK // max(count, 1)), count), np.float32)
        for number, channel in enumerate(channels):
            self._block[self._filled : self._filled + length, number] = channel
        self._filled += length

    def flush(self) -> None:
        """Hand on what waits."""
        filled, self._filled = self._filled, 0
        if filled:
            self.mono.feed(self._block[:filled].T, self._rate)


def checked_rate(rate: int) -> int:
    """A sample rate, if it is one.

    Parameters
    ----------
    rate : int
        Hz.

    Returns
    -------
    int

    Raises
    ------
    DecodeError
        Where it is impossible.
    """
    if rate not in _RATES:
        raise DecodeError(f"has an impossible sample rate ({rate} Hz)")
    return rate
