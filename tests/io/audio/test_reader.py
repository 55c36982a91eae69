"""What decoding gives for sound, odd, damaged and false files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import sounds
from decoded_audio import RATE, likeness, reference, refusal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laws import cases, trials

from musicemb.errors import AudioError, FileError, SkippedAudio
from musicemb.io.audio import decoders
from musicemb.io.audio import reader as room
from musicemb.io.audio.decoders import Decoded
from musicemb.io.audio.reader import read_audio

# ------------------------------------------------------------------------------ sound files


@pytest.mark.parametrize(
    ("suffix", "decoder", "alike"),
    [
        ("mp3", "soundfile", 0.99),
        ("flac", "soundfile", 0.9999),
        ("ogg", "soundfile", 0.99),
        ("opus", "av", 0.98),
        ("wav", "soundfile", 0.9999),
        ("aiff", "soundfile", 0.9999),
        ("m4a", "av", 0.95),
        ("aac", "av", 0.95),
        ("wma", "av", 0.95),
        ("alac.m4a", "av", 0.9999),
    ],
)
def test_every_format_gives_the_same_music(
    originals: Callable[[str], Path], tmp_path: Path, suffix: str, decoder: str, alike: float
) -> None:
    misnamed = tmp_path / "wrong.mp3"
    misnamed.write_bytes(originals(suffix).read_bytes())
    for path in (originals(suffix), misnamed):
        audio = read_audio(path, RATE)
        assert (audio.decoder, audio.note, audio.sample_rate) == (decoder, "", RATE)
        assert audio.samples.dtype == np.float32
        assert audio.duration == pytest.approx(6, abs=0.08)
        assert len(audio.samples) == pytest.approx(audio.duration * RATE, abs=200)
    assert likeness(reference(sounds.music(6, seed=3)), audio.samples) > alike


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM"])
def test_kinds_of_wav(tmp_path: Path, subtype: str) -> None:
    samples = sounds.music(2, seed=3)
    soundfile.write(tmp_path / "x.wav", samples, 44_100, subtype=subtype)
    audio = read_audio(tmp_path / "x.wav", RATE)
    assert audio.duration == pytest.approx(2, abs=0.05)
    assert likeness(reference(samples), audio.samples) > 0.9


@pytest.mark.parametrize("channels", [1, 2, 6, 16])
@pytest.mark.parametrize("sample_rate", [8_000, 16_000, 22_050, 96_000])
def test_channels_become_their_mean(tmp_path: Path, channels: int, sample_rate: int) -> None:
    samples = sounds.music(1.5, seed=5, sample_rate=sample_rate, channels=channels)
    soundfile.write(tmp_path / "x.flac" if channels < 8 else tmp_path / "x.wav", samples, sample_rate)
    path = next(tmp_path.iterdir())
    audio = read_audio(path, RATE)
    np.testing.assert_allclose(audio.samples, reference(samples, sample_rate)[: len(audio.samples)], atol=2e-4)
    assert len(audio.samples) == pytest.approx(1.5 * RATE, abs=2)


@pytest.mark.parametrize("suffix", ["wav", "m4a"])
def test_only_the_longest_time_is_read(originals: Callable[[str], Path], suffix: str) -> None:
    audio = read_audio(originals(suffix), RATE, longest=2.0)
    assert audio.duration == 2.0
    assert len(audio.samples) <= 2 * RATE
    assert audio.note.startswith("only the first")
    assert read_audio(originals(suffix), RATE, longest=7.0).note == ""


def test_names_that_are_no_unicode(originals: Callable[[str], Path], tmp_path: Path) -> None:
    for suffix in ("mp3", "m4a"):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xe9." + suffix.encode()))
        try:
            path.write_bytes(originals(suffix).read_bytes())
        except (OSError, UnicodeError):
            pytest.skip("this file system takes Unicode names only")
        assert read_audio(path, RATE).duration == pytest.approx(6, abs=0.1)


# --------------------------------------------------------------------------------- damage


def test_a_cut_off_file_says_where_it_stops(originals: Callable[[str], Path], tmp_path: Path) -> None:
    for suffix in ("mp3", "flac", "wav", "aiff"):
        data = originals(suffix).read_bytes()
        path = tmp_path / f"half.{suffix}"
        path.write_bytes(data[: len(data) // 2])
        audio = read_audio(path, RATE)
        assert 2 < audio.duration < 4
        assert audio.note == f"stops after {audio.duration:.0f} of 6 s"


def test_junk_in_front(originals: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    for junk in (bytes(70_000), np.random.default_rng(0).bytes(4_000)):
        path.write_bytes(junk + originals("mp3").read_bytes())
        assert read_audio(path, RATE).duration == pytest.approx(6, abs=0.2)


def test_a_wav_of_unknown_length(originals: Callable[[str], Path], tmp_path: Path) -> None:
    data = originals("wav").read_bytes()
    at = data.index(b"data") + 4
    for told in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
        path = tmp_path / "x.wav"
        path.write_bytes(data[:4] + told + data[8:at] + told + data[at + 4 :])
        audio = read_audio(path, RATE)
        assert audio.duration == pytest.approx(6, abs=0.1)
        assert audio.note == ""


def test_the_decoder_that_got_more_wins(originals: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def gives(seconds: float, promised: float, skipped: int = 0) -> Callable[..., Decoded]:
        samples = np.ones(int(seconds * RATE), np.float32)

        def decode(path: Path, rate: int, longest: float, sink: Callable[[np.ndarray], None]) -> Decoded:
            sink(samples)
            return Decoded(len(samples), seconds, promised, packets=100, skipped=skipped)

        return decode

    def fails(*_: object) -> Decoded:
        raise decoders.DecodeError("")

    def outcome(first: Callable[..., Decoded], second: Callable[..., Decoded]) -> tuple[str, float, str]:
        monkeypatch.setattr(room, "_DECODERS", {"soundfile": first, "av": second})
        audio = read_audio(originals("flac"), RATE)
        return audio.decoder, audio.duration, audio.note

    assert outcome(gives(99, 100), fails) == ("soundfile", 99, "")
    assert outcome(gives(90, 100), fails) == ("soundfile", 90, "stops after 90 of 100 s")
    assert outcome(gives(90, 100), gives(90.1, 0)) == ("soundfile", 90, "stops after 90 of 100 s")
    assert outcome(gives(10, 100), gives(99, 100, skipped=3)) == ("av", 99, "3 damaged packets left out")
    assert outcome(fails, gives(99, 100)) == ("av", 99, "")
    assert outcome(fails, gives(61, 240)) == ("av", 61, "stops after 61 of 240 s")
    assert outcome(fails, gives(61, 240, skipped=9))[2] == "179 of 240 s are damaged and left out"


# ----------------------------------------------------------------------------- false files


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html>\n<html><body>404 " + b"x" * 9000, "is not audio: an HTML page"),
        (b"hello there\n" * 500, "is not audio: text"),
        ("caf\u00e9 ".encode() * 4000, "is not audio: text"),
        (b"x", "is not audio: text"),
        (b"#EXTM3U\nhttp://127.0.0.1:9/x.ts\n", "is not audio: a playlist"),
        (b"\xff\xd8\xff\xe0" + bytes(300), "is not audio: a JPEG picture"),
        (b"PK\3\4" + bytes(300), "is not audio: a zip archive"),
        (bytes(100_000), "is not audio: nothing but zeros"),
        (b"ID3\4\0\0\0\0\2\0" + bytes(256), "holds a tag but no audio"),
        (b"ID3\4\0\0\0\0\2\0" + bytes(100), "holds a tag but no audio"),
        (b"\0\0\0\x14ftypM4A \0\0\0\0isom\0\0\0\x10mdat12345678", "is incomplete: its index is missing"),
        (b"fLaC\x80\0\0\x22" + bytes(34), "is damaged: nothing can be decoded"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\1\0\0\0\1\0\0\0\1\0\x08\0data\4\0\0\0aaaa", None),
    ],
)
@pytest.mark.parametrize("suffix", ["mp3", "flac", "m4a", "wav"])
def test_what_is_no_audio_is_named(tmp_path: Path, content: bytes, reason: str | None, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(content)
    error = refusal(path)
    assert isinstance(error, AudioError)
    assert not error.transient
    assert reason is None or error.reason == reason


@pytest.mark.parametrize("seed", cases(range(4), range(1)))
def test_random_bytes_are_no_audio(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(np.random.default_rng(seed).bytes(300_000))
    assert isinstance(refusal(path), AudioError)


@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "opus", "wav", "m4a"])
def test_short_files_are_skipped_not_failed(tmp_path: Path, suffix: str) -> None:
    error = refusal(sounds.write(tmp_path / f"x.{suffix}", sounds.music(0.6)))
    assert isinstance(error, SkippedAudio)
    assert error.reason == "is shorter than 1 s"
    assert read_audio(error.path, RATE, shortest=0.1).duration > 0.5


def test_a_stump_is_damaged_not_short(originals: Callable[[str], Path], tmp_path: Path) -> None:
    for suffix in ("mp3", "flac", "wav"):
        path = tmp_path / f"x.{suffix}"
        path.write_bytes(originals(suffix).read_bytes()[:9_000])
        assert isinstance(refusal(path), AudioError)


def test_a_film_without_sound(tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "x.mp4"), "w") as output:
        stream: Any = output.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert refusal(tmp_path / "x.mp4").reason == "holds only pictures, no audio"


def test_copy_protection_is_named(originals: Callable[[str], Path], tmp_path: Path) -> None:
    data = originals("m4a").read_bytes()
    encrypted = np.random.default_rng(0).bytes(80_000)
    at = data.index(b"mdat") + 4
    path = tmp_path / "x.m4a"
    path.write_bytes(data[:at] + encrypted + data[at + len(encrypted) :].replace(b"mp4a", b"drms", 1))
    assert refusal(path).reason == "is copy-protected"


# ----------------------------------------------------------------------------- the system


def test_what_the_system_refuses_may_pass(
    originals: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = refusal(tmp_path / "no.mp3")
    assert (error.reason, error.transient) == ("no longer exists", True)
    assert refusal(tmp_path).reason == "is a folder"
    with pytest.raises(AudioError, match="invalid file name"):
        read_audio(tmp_path / "nul\0.mp3", RATE)
    path = originals("mp3")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        error = refusal(path)
    assert (error.reason, error.transient) == ("cannot be read: permission denied", True)

    def exhaust(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(room, "_DECODERS", {"soundfile": exhaust})
        assert refusal(path).transient


@pytest.mark.skipif(os.name == "nt", reason="needs a pipe in the file system")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.mp3")
    assert refusal(tmp_path / "x.mp3").reason == "is not a regular file"


def test_a_file_that_vanishes_while_it_is_read(
    originals: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(originals("mp3").read_bytes())

    def vanish(*_: object) -> Decoded:
        path.unlink(missing_ok=True)
        raise decoders.DecodeError("")

    monkeypatch.setattr(room, "_DECODERS", {"soundfile": vanish, "av": vanish})
    error = refusal(path)
    assert (error.reason, error.transient) == ("no longer exists", True)


def test_a_file_that_grows_while_it_is_read(
    originals: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(originals("mp3").read_bytes())

    def grow(*_: object) -> Decoded:
        path.write_bytes(originals("mp3").read_bytes() * 2)
        os.utime(path, ns=(1, 1))
        raise decoders.DecodeError("")

    monkeypatch.setattr(room, "_DECODERS", {"soundfile": grow})
    error = refusal(path)
    assert (error.reason, error.transient) == ("changed while it was read", True)


# ------------------------------------------------------------------------------------- laws


@settings(max_examples=trials(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from(["mp3", "flac", "ogg", "opus", "wav", "m4a", "wma", "aac"]), seed=st.integers(0, 2**32))
def test_a_shredded_file_gives_audio_or_one_line(
    originals: Callable[[str], Path], tmp_path: Path, suffix: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(originals(suffix).read_bytes())
    span = len(data) if rng.random() < 0.5 else 2_000  # all over, or in the headers
    for at in rng.integers(0, span, rng.integers(1, 200)):
        data[at] = rng.integers(256)
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(data[: rng.integers(1, len(data) + 1)] if rng.random() < 0.3 else data)
    try:
        audio = read_audio(path, RATE)
    except FileError as error:
        assert "\n" not in str(error)
    else:
        assert np.isfinite(audio.samples).all()
        assert audio.samples.ndim == 1
        assert audio.duration >= 1


def test_real_opus_is_read_to_its_end(shared: Path) -> None:
    files = sorted((shared / "audio" / "esc10").glob("*.opus"))[: trials(40)]
    if not files:
        pytest.skip("no Opus files there")
    for path in files:
        audio = read_audio(path, RATE)
        assert audio.note == ""
        assert audio.duration > 4.9


def test_real_music(shared: Path) -> None:
    files = sorted((shared / "library").rglob("*.mp3"), key=lambda path: path.stat().st_size)[:3]
    assert files
    for path in files:
        audio = read_audio(path, RATE)
        assert (audio.decoder, audio.note) == ("soundfile", "")
        assert audio.duration > 20
        assert 0.01 < float(audio.samples.std()) < 0.5


def untold(data: bytes) -> bytes:
    """The FLAC as an encoder writes it into a pipe: without its length and checksum."""
    at = data.index(b"fLaC") + 8
    return data[: at + 13] + bytes([data[at + 13] & 0xF0]) + bytes(20) + data[at + 34 :]


def test_a_flac_of_unknown_length_is_read_whole(originals: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    path.write_bytes(untold(originals("flac").read_bytes()))
    audio = read_audio(path, RATE)
    assert audio.duration == pytest.approx(6, abs=0.01)
    assert audio.note == ""


def test_a_flac_of_unknown_length_that_ends_early_says_so(originals: Callable[[str], Path], tmp_path: Path) -> None:
    path, data = tmp_path / "x.flac", untold(originals("flac").read_bytes())
    path.write_bytes(data[: len(data) // 2])
    audio = read_audio(path, RATE)
    assert 2 < audio.duration < 4
    assert audio.note == "1 damaged packet left out"
