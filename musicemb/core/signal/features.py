"""Front-end: samples become frames, frames of one segment become the features that a network sees.

Conventions
-----------
A *frame* holds what is known of `hop` samples before any normalisation: mel bands in dB of full
scale (log-mel and MFCC), or the samples themselves (waveform). *Features* are what is left once the
segment's level is taken out and the bands are standardised. Frames can be cached and cut anywhere;
scan, similar, retrain and evaluate all go through `segment_frames` and `finish_features`, so there
is one front-end.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicemb.core.signal.mel_filters import MEL_FILTERS
from musicemb.records import Floats, FrontEnd
from musicemb.settings import FrontEndSettings, SegmentSettings

LOWEST_DB = -100.0
"""Mel power below this is digital silence; it also bounds what a cache must hold."""

MAGNITUDE_DB = 20.0
"""dB of a magnitude of 10, where frames hold magnitudes: the digital silence of `LOWEST_DB` is then one of 0.0001,
a tenth of what taggers add before their logarithm, and the loudest sine, 128 by a window of 400, still fits a cache."""

_SILENT_MAGNITUDE = 10 ** ((LOWEST_DB + MAGNITUDE_DB) / 20)

_BLOCK = 128
"""Frames transformed at once: a quarter of a megabyte of samples and as much of their spectra, which stays in a core's
own cache."""


def make_front_end(settings: FrontEndSettings, segments: SegmentSettings) -> FrontEnd:
    """Build a front-end with its mel filterbank, not standardised yet.

    The filters are Slaney's (Auditory Toolbox, 1998) as librosa makes them, or HTK's as TensorFlow
    makes them, with peaks of 1, not equal areas: wide upper bands then gather as much power as
    narrow lower ones.

    Parameters
    ----------
    settings : FrontEndSettings
    segments : SegmentSettings

    Returns
    -------
    FrontEnd
        With `band_mean` 0 and `band_std` 1.
    """
    if settings.features == "waveform":
        filterbank = np.zeros((0, 0), dtype=np.float32)
        bands = 1  # all samples share one mean and deviation
    else:
        filterbank = MEL_FILTERS[settings.mel_scale](settings)
        bands = settings.n_mfcc if settings.features == "mfcc" else settings.n_mels
    return FrontEnd(
        settings=settings,
        segments=segments,
        filterbank=filterbank,
        band_mean=np.zeros(bands, dtype=np.float32),
        band_std=np.ones(bands, dtype=np.float32),
    )


def count_bands(settings: FrontEndSettings) -> int:
    """Width of a feature frame.

    Parameters
    ----------
    settings : FrontEndSettings

    Returns
    -------
    int
        Mel bands, MFCC coefficients, or samples per frame (waveform).
    """
    return {"log-mel": settings.n_mels, "mfcc": settings.n_mfcc, "waveform": settings.hop}[settings.features]


def count_frames(front_end: FrontEnd) -> int:
    """Frames per segment.

    Parameters
    ----------
    front_end : FrontEnd

    Returns
    -------
    int
    """
    return round(front_end.segments.length * front_end.settings.sample_rate / front_end.settings.hop)


def count_samples(front_end: FrontEnd) -> int:
    """Samples that a segment's frames hear.

    Parameters
    ----------
    front_end : FrontEnd

    Returns
    -------
    int
    """
    settings, length = front_end.settings, count_frames(front_end)
    if not settings.whole_frames:
        return length * settings.hop
    return (length - 1) * settings.hop + _window_length(settings)


def count_track_frames(n_samples: int, settings: FrontEndSettings) -> int:
    """Frames of a track that its samples fill.

    Parameters
    ----------
    n_samples : int
    settings : FrontEndSettings

    Returns
    -------
    int
        `compute_frames` gives these, and one more where it fills up the last one with zeros.
    """
    if not settings.whole_frames:
        return n_samples // settings.hop
    return max(0, 1 + (n_samples - _window_length(settings)) // settings.hop)


def _window_length(settings: FrontEndSettings) -> int:
    """Samples that a frame hears: its own hop of plain samples, or its window."""
    if settings.features == "waveform":
        return settings.hop
    return settings.window or settings.n_fft


def compute_frames(samples: Floats, front_end: FrontEnd, which: NDArray[np.int64] | None = None) -> Floats:
    """Frames of a whole track.

    Parameters
    ----------
    samples : ndarray [shape=(n_samples,)], float32
        Mono, at the front-end's sample rate.
    front_end : FrontEnd
    which : ndarray [shape=(n_wanted,)], int64, optional
        Numbers of the frames that are wanted, ascending; None: all.

    Returns
    -------
    ndarray [shape=(n_frames, n_values)], float32
        n_frames = ceil(n_samples / hop), or n_wanted; frame i starts at sample i * hop. Mel power in
        dB of full scale (or magnitudes, see `MAGNITUDE_DB`), at least `LOWEST_DB`; or the samples
        themselves (waveform). Where only whole frames count, those that no samples fill are left out.
    """
    settings = front_end.settings
    length = _window_length(settings)
    n_frames = count_track_frames(len(samples), settings) if settings.whole_frames else -(-len(samples) // settings.hop)
    padded = np.zeros(n_frames * settings.hop + length, dtype=np.float32)
    heard = samples[: len(padded)]
    padded[: len(heard)] = heard
    starts = np.ndarray((n_frames, length), np.float32, padded, strides=(4 * settings.hop, 4))
    if settings.features == "waveform":
        return np.array(starts if which is None else starts[which], dtype=np.float32)

    from scipy.fft import rfft

    window = np.hanning(length + 1)[:-1].astype(np.float32)
    if settings.spectrum == "power":
        window /= window.sum() / 2  # a sine of amplitude 1 has power 1 in its bin, whatever the window's length
    filters = np.ascontiguousarray(front_end.filterbank.T)
    wanted = len(starts) if which is None else len(which)
    frames = np.empty((wanted, settings.n_mels), dtype=np.float32)
    # Without a window of its own a frame is not filled up: n_fft is its length. Else the zeros stand here already, for
    # scipy takes twice as long where it has to add them.
    room = np.zeros((min(wanted, _BLOCK), settings.n_fft), dtype=np.float32)
    for first in range(0, wanted, _BLOCK):
        block = slice(first, first + _BLOCK)
        some = starts[block] if which is None else starts[which[block]]
        np.multiply(some, window, out=room[: len(some), :length])
        spectrum = rfft(room[: len(some)])
        magnitude = np.abs(spectrum)
        if settings.spectrum == "power":
            np.square(magnitude, out=magnitude)
        np.matmul(magnitude, filters, out=frames[block])
    if settings.spectrum == "magnitude":
        frames += np.float32(_SILENT_MAGNITUDE)  # added, not clipped: `_mel_values` takes it off again
        np.log10(frames, out=frames)
        frames *= 20
        frames -= np.float32(MAGNITUDE_DB)
        return frames
    np.maximum(frames, 10 ** (LOWEST_DB / 10), out=frames)
    np.log10(frames, out=frames)
    frames *= 10
    return frames


def finish_features(frames: Floats, front_end: FrontEnd) -> Floats:
    """Features of segments from their frames: level out, floor in, bands standardised.

    Taking out the segment's own level makes vectors blind to how loud a copy was mastered. The
    floor is soft (power is added, not clipped), so that what lies under it fades away.

    Parameters
    ----------
    frames : ndarray [shape=(n_segments, n_frames, n_values)], float32
        As `compute_frames` gives them.
    front_end : FrontEnd

    Returns
    -------
    ndarray [shape=(n_segments, n_frames, n_bands)], float32
    """
    raw = raw_features(frames, front_end.settings)
    features: Floats = ((raw - front_end.band_mean) / front_end.band_std).astype(np.float32, copy=False)
    return features


def raw_features(frames: Floats, settings: FrontEndSettings) -> Floats:
    """Features before the bands are standardised: what `measure_bands` measures.

    Parameters
    ----------
    frames : ndarray [shape=(n_segments, n_frames, n_values)], float32
    settings : FrontEndSettings

    Returns
    -------
    ndarray [shape=(n_segments, n_frames, n_bands)], float32
        dB over the segment's mean mel power or natural logarithms, of its own level or a set one (log-mel),
        their cepstrum (MFCC), or samples at an RMS of 1 (waveform).
    """
    if settings.features == "waveform":
        rms = np.sqrt(np.mean(np.square(frames), axis=(1, 2), keepdims=True))
        scaled: Floats = frames / np.maximum(rms, 1e-6)
        return scaled
    values = _mel_values(frames, settings)
    if settings.log_offset is not None:
        if settings.level is not None:
            rms = np.sqrt(np.square(values).mean(axis=(1, 2), keepdims=True))
            values = values * (np.float32(settings.level) / np.maximum(rms, _SILENT_MAGNITUDE))
        return _cepstrum(np.log(values + np.float32(settings.log_offset)), settings)
    power = values if settings.spectrum == "power" else np.square(values)
    level = power.mean(axis=(1, 2), keepdims=True)
    relative = power / np.maximum(level, 10 ** (LOWEST_DB / 10)) + np.float32(10 ** (settings.floor_db / 10))
    return _cepstrum(10 * np.log10(relative), settings)


def _mel_values(frames: Floats, settings: FrontEndSettings) -> Floats:
    """Mel power or magnitudes back from dB."""
    if settings.spectrum == "power":
        power: Floats = np.exp(frames * np.float32(np.log(10) / 10))
        return power
    raised = np.exp((frames + np.float32(MAGNITUDE_DB)) * np.float32(np.log(10) / 20))
    magnitudes: Floats = np.maximum(raised - np.float32(_SILENT_MAGNITUDE), 0)
    return magnitudes


def _cepstrum(logarithms: Floats, settings: FrontEndSettings) -> Floats:
    """Mel-frequency cepstral coefficients where the features are these, else the bands as they are."""
    if settings.features != "mfcc":
        return logarithms
    from scipy.fft import dct

    cepstrum: Floats = np.ascontiguousarray(dct(logarithms, type=2, norm="ortho", axis=2)[..., : settings.n_mfcc])
    return cepstrum


def measure_bands(raw: Floats, features: str) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each band over the training data.

    Parameters
    ----------
    raw : ndarray [shape=(n_segments, n_frames, n_bands)], float32
        From `raw_features`.
    features : str
        "waveform" shares one mean and deviation over all samples.

    Returns
    -------
    mean, std : ndarray [shape=(n_bands,) or (1,)], float32
        The deviation is at least 1e-3.
    """
    axes = None if features == "waveform" else (0, 1)
    mean = np.atleast_1d(raw.mean(axis=axes, dtype=np.float64))
    std = np.atleast_1d(raw.std(axis=axes, dtype=np.float64))
    return mean.astype(np.float32), np.maximum(std, 1e-3).astype(np.float32)


def compute_features(samples: Floats, front_end: FrontEnd) -> Floats:
    """Features of samples taken as one segment.

    Parameters
    ----------
    samples : ndarray [shape=(n_samples,)], float32
    front_end : FrontEnd

    Returns
    -------
    ndarray [shape=(n_frames, n_bands)], float32
    """
    features: Floats = finish_features(compute_frames(samples, front_end)[None], front_end)[0]
    return features
