"""What libsndfile and FFmpeg give, block by block, for odd and damaged files."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import sounds
from decoded_audio import RATE, refusal, spoil

from musicemb.io.audio import decoders
from musicemb.io.audio.decoders import metadata_choice
from musicemb.io.audio.mono_stream import KeptSamples
from musicemb.io.audio.reader import read_audio


def test_seven_point_one_does_not_end_the_process(tmp_path: Path) -> None:
    import av

    tone = np.sin(np.arange(96_000, dtype=np.float32) / 20)[:, None].repeat(8, axis=1) * np.float32(0.5)
    frame = av.AudioFrame(format="flt", layout="7.1", samples=len(tone))
    frame.sample_rate = 48_000
    frame.planes[0].update(tone.tobytes())
    with av.open(str(tmp_path / "x.m4a"), "w", format="mp4") as output:
        stream: Any = output.add_stream("aac", rate=48_000, layout="7.1")
        packer = av.AudioResampler(format="fltp", layout="7.1", rate=48_000, frame_size=1024)
        for piece in (*packer.resample(frame), *packer.resample(None)):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    audio = read_audio(tmp_path / "x.m4a", RATE)
    assert audio.duration == pytest.approx(2, abs=0.1)
    assert audio.note == ""
    assert float(np.abs(audio.samples).max()) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("suffix", ["flac", "alac.m4a"])
def test_blocks_do_not_show(originals: Callable[[str], Path], suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_audio(originals(suffix), RATE).samples
    monkeypatch.setattr(decoders, "_BLOCK", 1000)
    np.testing.assert_allclose(read_audio(originals(suffix), RATE).samples, whole, atol=1e-5)


def test_small_frames_are_heard_together(originals: Callable[[str], Path]) -> None:
    blocks: list[int] = []
    got = decoders.decode_av(originals("opus"), 48_000, 100.0, lambda block: blocks.append(len(block)))
    assert sum(blocks) == got.n_samples == pytest.approx(6 * 48_000, abs=1000)
    assert len(blocks) <= 4  # one frame of Opus is 960 samples: there are 300


def test_a_tag_that_is_no_unicode_does_not_matter(originals: Callable[[str], Path], tmp_path: Path) -> None:
    sounds.tag(path := Path(sounds.write(tmp_path / "x.m4a", sounds.music(2))), title="TITLE")
    path.write_bytes(path.read_bytes().replace(b"TITLE", b"\xff\xe9\xfe\xff\xfd"))
    assert read_audio(path, RATE).duration > 1.9


def test_ffmpeg_goes_on_behind_damage(tmp_path: Path) -> None:
    for suffix, length in (("mp3", 20_000), ("flac", 50_000)):
        path = sounds.write_music(tmp_path / f"x.{suffix}", 20.0, seed=3)
        path.write_bytes(spoil(path.read_bytes(), 0.3, length))
        audio = read_audio(path, RATE)
        assert audio.decoder == "av"
        assert audio.duration > 17
        assert "damaged" in audio.note or "stops after" in audio.note


def test_what_follows_the_first_stream_is_heard(originals: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "two.mp3"
    path.write_bytes(originals("mp3").read_bytes() * 2)
    assert read_audio(path, RATE).duration == pytest.approx(12, abs=0.2)
    path = tmp_path / "two.ogg"
    path.write_bytes(originals("ogg").read_bytes() + sounds.write(tmp_path / "y.ogg", sounds.music(3, 1)).read_bytes())
    assert read_audio(path, RATE).duration == pytest.approx(9, abs=0.2)


def test_samples_that_are_no_numbers_become_silence(tmp_path: Path) -> None:
    samples = sounds.music(2, seed=3)
    samples[1000:2000] = np.nan
    samples[3000, 0], samples[4000] = np.inf, 1e30
    soundfile.write(tmp_path / "x.wav", samples, 44_100, subtype="FLOAT")
    audio = read_audio(tmp_path / "x.wav", RATE)
    assert np.isfinite(audio.samples).all()
    assert np.abs(audio.samples).max() < 2
    assert "invalid" in audio.note
    soundfile.write(tmp_path / "y.wav", np.full((44_100, 2), np.nan, np.float32), 44_100, subtype="FLOAT")
    assert refusal(tmp_path / "y.wav").reason == "holds no valid sample"


def test_an_impossible_sample_rate_does_not_fill_the_memory(tmp_path: Path) -> None:
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, 1, 1, 1, 1, 8, b"data", 2_000_000)
    (tmp_path / "x.wav").write_bytes(header + bytes(2_000_000))
    assert "impossible sample rate" in refusal(tmp_path / "x.wav").reason


def test_a_title_that_is_not_utf8_stops_no_decoder(originals: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "x.m4a"
    path.write_bytes(originals("m4a").read_bytes())
    sounds.tag(path, title="aaaaaaaaaaaa")
    path.write_bytes(path.read_bytes().replace(b"aaaaaaaaaaaa", b"aaa\xff\xfe\x80aaaaaa"))
    assert read_audio(path, RATE).decoder == "av"


@pytest.mark.parametrize(("version", "known"), [("14.0.0", True), ("18.1.0", True), ("19.0.0", False), ("20.0", False)])
def test_a_word_that_this_pyav_does_not_know_is_not_said_to_it(version: str, known: bool) -> None:
    assert ("metadata_errors" in metadata_choice(version)) is known


def test_each_decoder_says_what_it_got_and_what_the_header_promised(originals: Callable[[str], Path]) -> None:
    for decode in (decoders.decode_soundfile, decoders.decode_av):
        sink = KeptSamples()
        got = decode(originals("flac"), RATE, 100.0, sink)
        assert got.duration == pytest.approx(6, abs=0.01)
        assert got.promised == pytest.approx(6, abs=0.01)
        assert got.n_samples == len(sink.samples) == pytest.approx(6 * RATE, abs=20)
        assert (got.skipped, got.invalid, got.cut) == (0, 0.0, False)
        assert decode(originals("flac"), RATE, 2.0).cut
        assert decode(originals("flac"), RATE, 100.0) == got  # what it got does not depend on who hears it


@pytest.mark.parametrize("decode", [decoders.decode_soundfile, decoders.decode_av])
def test_a_file_that_cannot_be_opened_is_a_decode_error(tmp_path: Path, decode: Callable[..., object]) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(b"no audio at all" * 100)
    with pytest.raises(decoders.DecodeError):
        decode(path, RATE, 10.0, KeptSamples())
