"""Reads the audio of a file: mono, at the requested rate, whatever the file's name.

libsndfile goes first, being the fastest. FFmpeg is asked where libsndfile cannot, where it returns
clearly less than the header promises (it stops at damage without a word), and where the file goes on
behind its first stream. The one that got more wins. Opus goes to FFmpeg first: libsndfile takes twice
as long and gives up in the middle of some sound files (7 of 100 tried).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from musicemb.errors import AudioError, SkippedAudio
from musicemb.io.audio.containers import Container, unreadable
from musicemb.io.audio.decoders import Decoded, DecodeError, decode_av, decode_soundfile
from musicemb.io.audio.inspection import Inspection, check_readable, is_protected, look_at, why_nothing
from musicemb.io.audio.mono_stream import KeptSamples, Sink, SinkError
from musicemb.io.audio.native_stderr import silence_native_stderr
from musicemb.records import Audio
from musicemb.settings import ScanSettings, SegmentSettings

AnySink = TypeVar("AnySink", bound=Sink)

Decoder = Callable[[Path, int, float, Sink], Decoded]
_DECODERS: dict[str, Decoder] = {"soundfile": decode_soundfile, "av": decode_av}
_FFMPEG_ONLY: frozenset[Container] = frozenset(("mp4", "adts", "asf"))
_CLEARLY_MORE = 0.5
"""Seconds by which FFmpeg must beat libsndfile: encoder delays make differences below."""
_ESTIMATED_SHARE = 0.9
"""In place of `decode_share` where the promise is an estimate: an MP3 of varying bit rate without a Xing
header is often 4 % off, and is not to be decoded twice for that."""
_TOO_BIG_TO_BE_SHORT = 1 << 16
"""Bytes. An MP3 beyond this that gives less than a second is damaged, not short."""


@dataclass(frozen=True)
class DecodedAudio(Generic[AnySink]):
    """A file that was decoded once, block by block."""

    path: Path
    sample_rate: int
    """Hz, of the blocks."""
    longest: float
    """Seconds at most."""
    sink: AnySink
    """What took the blocks."""
    n_samples: int
    duration: float
    """Seconds that were decoded."""
    decoder: str
    """Which decoder it was: "soundfile" or "av"."""
    note: str
    """A damage that was worked around; "" if none."""
    share: float = 1.0
    """How much of what the file promises could be decoded, 0 to 1; `longest` cuts it off too."""

    def again(self, sink: Sink) -> None:
        """Decode once more with the same decoder: the same blocks, of which nothing had to be kept.

        Parameters
        ----------
        sink : callable
            Takes the blocks.

        Raises
        ------
        AudioError
            Where the file gives something else now (`transient`).
        """
        try:
            with silence_native_stderr():
                got = _run(_DECODERS[self.decoder], self.path, self.sample_rate, self.longest, sink)
        except OSError as error:
            raise unreadable(self.path, error) from None
        except DecodeError:
            got = None  # it is another file by now, or none
        if got is None or got.n_samples != self.n_samples:
            raise AudioError(self.path, "changed while it was read", transient=True)


def read_audio(
    path: Path,
    sample_rate: int,
    *,
    longest: float = ScanSettings.longest,
    decode_share: float = ScanSettings.decode_share,
    shortest: float = SegmentSettings.shortest_track,
) -> Audio:
    """Decode a file to mono and keep all of it: 4 hours at 16 kHz are 0.9 GB. `decode_blocks` keeps nothing.

    Parameters
    ----------
    path, sample_rate, longest, decode_share, shortest
        As for `decode_blocks`.

    Returns
    -------
    Audio
        `note` tells of damage that was worked around.

    Raises
    ------
    AudioError, SkippedAudio
        As `decode_blocks` raises them.
    """
    heard = decode_blocks(path, sample_rate, KeptSamples, longest=longest, decode_share=decode_share, shortest=shortest)
    return Audio(heard.sink.samples, sample_rate, heard.duration, heard.decoder, heard.note)


def decode_blocks(
    path: Path,
    sample_rate: int,
    make_sink: Callable[[], AnySink],
    *,
    longest: float = ScanSettings.longest,
    decode_share: float = ScanSettings.decode_share,
    shortest: float = SegmentSettings.shortest_track,
) -> DecodedAudio[AnySink]:
    """Decode a file to mono, block by block; memory holds what the sink keeps and little more.

    Stereo becomes ``(left + right) / 2``, more channels their mean, before resampling (soxr HQ).

    Parameters
    ----------
    path : Path
        The content decides how it is decoded, not the suffix.
    sample_rate : int
        Hz, of the result.
    make_sink : callable
        Makes a sink for each decoder that is tried.
    longest : float
        Seconds; what lies beyond is left out, and the note says so.
    decode_share : float
        A decoder that returns less than this share of what the header promises gives way to the
        next.
    shortest : float
        Seconds; a shorter file is skipped.

    Returns
    -------
    DecodedAudio
        With the sink of the decoder that got most.

    Raises
    ------
    AudioError
        Where the file cannot be read (`transient`) or holds no audio that can be decoded.
    SkippedAudio
        Where it is shorter than `shortest`.
    """
    try:
        look = look_at(path)
        with silence_native_stderr():
            best, sink, decoder, note = _decode(path, look, sample_rate, make_sink, longest, decode_share)
        _judge(path, look, best, shortest)
    except MemoryError:
        raise AudioError(path, "is too long for the memory that is available", transient=True) from None
    except OSError as error:
        raise unreadable(path, error) from None
    duration = min(best.duration, longest)
    share = min(1.0, duration / best.promised) * (1 - best.invalid) if best.promised else 1 - best.invalid
    return DecodedAudio(path, sample_rate, longest, sink, best.n_samples, duration, decoder, note, share)


# ---------------------------------------------------------------------------------- decoding


def _decode(
    path: Path,
    look: Inspection,
    sample_rate: int,
    make_sink: Callable[[], AnySink],
    longest: float,
    decode_share: float,
) -> tuple[Decoded, AnySink, str, str]:
    """The best that the decoders get, its sink, which one it was, and a note."""
    results: dict[str, tuple[Decoded, AnySink]] = {}
    words = ""
    share = decode_share if look.exact else min(decode_share, _ESTIMATED_SHARE)
    promised = 0.0
    order = reversed(_DECODERS.items()) if look.ffmpeg_first else _DECODERS.items()
    for name, decode in order:
        if name == "soundfile" and look.container in _FFMPEG_ONLY:
            continue  # it may take stray bytes for MPEG frames
        sink = make_sink()
        try:
            got = _run(decode, path, sample_rate, longest, sink)
        except DecodeError as error:
            words = str(error) or words
            continue
        if not got.n_samples:
            continue
        results[name] = got, sink
        promised = promised or got.promised
        if got.duration >= share * min(promised, longest) and not look.goes_on:
            break
    if not results:
        check_readable(path, look)
        raise AudioError(path, why_nothing(path, look, words))
    decoder = "soundfile" if "soundfile" in results else "av"
    if "av" in results and results["av"][0].duration > results[decoder][0].duration + _CLEARLY_MORE:
        decoder = "av"
    best, sink = results[decoder]
    if look.share < decode_share:
        promised = best.duration / max(look.share, 1e-9)  # libsndfile promises what is there
    stops = (look.exact or best.skipped > 0) and best.duration < decode_share * min(promised, longest)
    if stops or best.skipped:
        check_readable(path, look)
    return best, sink, decoder, _note(best, promised if stops else 0.0, longest)


def _run(decode: Decoder, path: Path, sample_rate: int, longest: float, sink: Sink) -> Decoded:
    """Decode; what the sink raises comes out as it is."""
    try:
        return decode(path, sample_rate, longest, sink)
    except SinkError as error:
        raise error.__cause__ or error from None


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


def _judge(path: Path, look: Inspection, best: Decoded, shortest: float) -> None:
    """Refuse what was decoded but is no music to embed."""
    if best.skipped > best.packets:
        with path.open("rb") as file:
            reason = "is copy-protected" if is_protected(file, look) else "is damaged: most of it cannot be decoded"
        raise AudioError(path, reason)
    if best.invalid > 0.999:
        raise AudioError(path, "holds no valid sample")
    if best.duration >= shortest:
        return
    damaged = best.skipped or best.duration < 0.9 * min(best.promised, shortest) or look.share < 0.9
    too_big = look.container in ("mpeg", "unknown") and look.size > _TOO_BIG_TO_BE_SHORT
    if damaged or too_big:
        check_readable(path, look)
        raise AudioError(path, f"is damaged: less than {shortest:g} s can be decoded")
    raise SkippedAudio(path, f"is shorter than {shortest:g} s")
