"""Makes music-like audio and audio files for the tests: the same seed, the same sound."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 11), (0, 5, 7), (0, 3, 6, 10))
_PROGRESSIONS = ((0, 5, 7, 0), (0, 9, 5, 7), (0, 3, 10, 5), (0, 0, 7, 5))
WRITABLE = ("mp3", "flac", "ogg", "opus", "m4a")
"""Suffixes of the formats that tags are written to."""

_OPUS_RATE = 48_000  # Opus knows no 44.1 kHz


def music(seconds: float, seed: int = 0, sample_rate: int = 44_100, channels: int = 2) -> Floats:
    """Chords, a bass and a beat; tempo, key, timbre and loudness of the parts hang on the seed.

    Parameters
    ----------
    seconds : float
        Length.
    seed : int
        Two seeds sound clearly different; one seed is always the same sound, and a longer piece
        begins like a shorter one.
    sample_rate : int
        Hz.
    channels : int
        Parts are spread over them.

    Returns
    -------
    ndarray [shape=(n_samples, channels)], float32
        Within -1 to 1.
    """
    return _play(seconds, seed, sample_rate, channels).copy()


@lru_cache(maxsize=32)
def _play(seconds: float, seed: int, sample_rate: int, channels: int) -> Floats:
    # The same few sounds are asked for hundreds of times.
    rng = np.random.default_rng([20_18, seed])
    key = 110.0 * 2 ** (rng.integers(0, 18) / 12)
    beat = 60.0 / rng.uniform(70, 170)
    brightness = rng.uniform(0.35, 0.95)  # each harmonic keeps this share of the one below
    harmonics = int(rng.integers(1, 9))
    odd_only = bool(rng.integers(0, 2))
    chord_shape = _CHORDS[rng.integers(len(_CHORDS))]
    progression = _PROGRESSIONS[rng.integers(len(_PROGRESSIONS))]
    decay = rng.uniform(0.5, 8.0)  # per second: from pad to pluck
    chord_level, bass_level, hat_level, noise_level = rng.uniform((0.3, 0.1, 0.02, 0.0005), (0.6, 0.5, 0.4, 0.01))

    n = round(seconds * sample_rate)
    noise_of = np.random.default_rng([20_18, seed, 1])
    crispness = np.float32(rng.uniform(20, 120))
    pans = np.random.default_rng([20_18, seed, 2]).uniform(0.6, 1.0, (4, channels)).astype(np.float32)
    chord_length = np.float32(4 * beat)
    played = np.empty((n, channels), np.float32)
    for first in range(0, n, _AT_ONCE):
        time = np.arange(first, min(first + _AT_ONCE, n), dtype=np.float32) / np.float32(sample_rate)
        since_chord = time % chord_length
        since_beat = time % np.float32(beat)
        steps = np.asarray(progression)[(time // chord_length).astype(int) % len(progression)]
        roots = (key * 2.0 ** (steps / 12)).astype(np.float32)

        envelope = np.exp(-np.float32(decay) * since_chord) * np.minimum(since_chord * 100, 1)
        chords = np.zeros(len(time), np.float32)
        for interval in chord_shape:
            phase = 2 * np.pi * roots * np.float32(2 ** (interval / 12)) * since_chord
            for harmonic in range(1, harmonics + 1):
                number = 2 * harmonic - 1 if odd_only else harmonic
                chords += np.float32(brightness**harmonic) * np.sin(number * phase)
        chords *= envelope / max(len(chord_shape) * harmonics * brightness, 1.0)

        bass = np.sin(np.pi * roots * since_chord) * np.exp(-4 * since_beat) * np.minimum(since_beat * 200, 1)
        noise = noise_of.standard_normal(len(time), dtype=np.float32)
        hats = noise * np.exp(-crispness * since_beat)
        mix = [chord_level * chords, bass_level * bass, hat_level * hats, noise_level * noise]
        spread = np.stack(mix, axis=1).astype(np.float32) @ pans
        np.clip(spread * np.float32(0.7), -1, 1, out=played[first : first + len(time)])
    return played


_AT_ONCE = 1 << 15
"""Samples that are made at once: they fit a processor's cache."""


def write(path: Path | str, samples: Floats, sample_rate: int = 44_100) -> Path:
    """Write samples in the format of the suffix: mp3 flac ogg opus wav aiff, and m4a (AAC).

    Parameters
    ----------
    path : Path
        Folders above it are made.
    samples : ndarray [shape=(n_samples,) or (n_samples, channels)], float32
    sample_rate : int
        Hz. Opus is resampled to 48 kHz.

    Returns
    -------
    Path
        The file.
    """
    import soundfile

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = path.suffix.lower()
    if suffix in (".m4a", ".mp4", ".m4b", ".aac"):
        return write_av(path, samples, sample_rate, codec="aac", container="adts" if suffix == ".aac" else "mp4")
    if suffix == ".opus":
        import soxr

        samples, sample_rate = soxr.resample(samples, sample_rate, _OPUS_RATE), _OPUS_RATE
    container, subtype = {
        ".mp3": ("MP3", "MPEG_LAYER_III"),
        ".flac": ("FLAC", "PCM_16"),
        ".ogg": ("OGG", "VORBIS"),
        ".oga": ("OGG", "VORBIS"),
        ".opus": ("OGG", "OPUS"),
        ".wav": ("WAV", "PCM_16"),
        ".aif": ("AIFF", "PCM_16"),
        ".aiff": ("AIFF", "PCM_16"),
    }[suffix]
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    with soundfile.SoundFile(str(path), "w", sample_rate, channels, subtype, format=container) as file:
        for start in range(0, len(samples), 1 << 16):  # libsndfile overruns its stack on long Ogg writes
            file.write(samples[start : start + (1 << 16)])
    return path


def write_av(
    path: Path | str, samples: Floats, sample_rate: int = 44_100, *, codec: str = "aac", container: str = "mp4"
) -> Path:
    """Write samples with one of FFmpeg's encoders (aac, alac, wmav2, ...).

    Parameters
    ----------
    path, samples, sample_rate
        As for `write`; mono or stereo.
    codec, container : str
        FFmpeg's names.
    """
    import av

    path = Path(path)
    columns = np.atleast_2d(samples.T).astype(np.float32)
    layout = "mono" if len(columns) == 1 else "stereo"
    with av.open(str(path), "w", format=container) as output:
        # FFmpeg's thorough way of coding AAC takes six times as long, for what no test hears.
        options = {"aac_coder": "fast"} if codec == "aac" else {}
        stream: Any = output.add_stream(codec, rate=sample_rate, layout=layout, options=options)
        stream.bit_rate = 128_000
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=sample_rate)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(columns), format="fltp", layout=layout)
        frame.sample_rate = sample_rate
        fifo = av.AudioFifo()
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            fifo.write(piece)
        size = stream.codec_context.frame_size or 4096
        while fifo.samples:
            for packet in stream.encode(fifo.read(size, partial=True)):
                output.mux(packet)
        for packet in stream.encode(None):
            output.mux(packet)
    return path


def tag(path: Path | str, **tags: str) -> None:
    """Set artist, title, album and genre in the way of the file's format.

    Parameters
    ----------
    path : Path
        An audio file that mutagen can tag.
    **tags : str
        Any of artist, title, album, genre.
    """
    import mutagen
    from mutagen import id3, mp4

    file: Any = mutagen.File(str(path))
    if file.tags is None:
        file.add_tags()
    has_id3 = isinstance(file.tags, id3.ID3)
    if has_id3:
        frames: dict[str, Callable[..., Any]] = {
            "artist": id3.TPE1,
            "title": id3.TIT2,
            "album": id3.TALB,
            "genre": id3.TCON,
        }
        for name, text in tags.items():
            file.tags.add(frames[name](encoding=3, text=[text]))
    else:
        atoms = {"artist": "\xa9ART", "title": "\xa9nam", "album": "\xa9alb", "genre": "\xa9gen"}
        for name, text in tags.items():
            file.tags[atoms[name] if isinstance(file.tags, mp4.MP4Tags) else name.upper()] = [text]
    file.save()


def write_music(path: Path | str, seconds: float = 6.0, seed: int = 0, **tags: str) -> Path:
    """Write `music` to a file, tagged with what is given of artist, title, album and genre.

    Two files of one format, length and seed hold the same bytes of audio.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_encode(path.suffix, seconds, seed))
    if tags:
        tag(path, **tags)
    return path


@lru_cache(maxsize=128)
def _encode(suffix: str, seconds: float, seed: int) -> bytes:
    kept = _kept()
    # Lengths that a law draws at random are not kept: they do not come again.
    path = kept / f"{seconds}-{seed}{suffix}" if kept and seconds == round(seconds, 2) else None
    if path and path.is_file():
        return path.read_bytes()
    with tempfile.TemporaryDirectory(dir=kept) as folder:
        made = write(Path(folder) / f"music{suffix}", music(seconds, seed))
        content = made.read_bytes()
        if path and len(content) <= _LARGEST_KEPT:
            made.replace(path)  # at once: another worker may be making the same
    return content


_LARGEST_KEPT = 4 << 20
"""Bytes of a file that is worth keeping."""


@cache
def _kept() -> Path | None:
    """Where files are kept from run to run: in MUSICEMB_SOUNDS, under what this module and its encoders are."""
    top = os.environ.get("MUSICEMB_SOUNDS")
    if not top:
        return None
    maker = [Path(__file__).read_text(encoding="utf-8"), version("numpy"), version("soundfile"), version("av")]
    folder = Path(top) / hashlib.sha256("\n".join(maker).encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder
