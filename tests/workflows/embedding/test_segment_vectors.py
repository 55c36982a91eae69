"""A long file gives what a short one gives, and costs no more memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import sounds
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laws import cases, trials
from paths import with_tests_on_path

from musicemb.core.signal.segments import segment_features
from musicemb.core.vectors.pooling import pool_segments
from musicemb.errors import AudioError
from musicemb.io.audio.reader import read_audio
from musicemb.records import Floats
from musicemb.settings import ScanSettings, SegmentSettings
from musicemb.workflows.embedding import segment_vectors as room
from musicemb.workflows.embedding.segment_vectors import embed_segments


@settings(deadline=None, max_examples=trials(8), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seconds=st.floats(1.5, 8),
    suffix=st.sampled_from(["mp3", "flac", "opus", "m4a"]),
    kept=st.sampled_from([0.5, 5.0, 1e4]),
    coverage=st.sampled_from([1.0, 0.3]),
)
def test_in_blocks_or_at_once_the_vectors_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, suffix: str, kept: float, coverage: float
) -> None:
    encoder = FakeEncoder(segments=SegmentSettings(1.0, 1.0, coverage=coverage))
    path = sounds.write_music(tmp_path / f"x.{suffix}", seconds, seed=int(seconds) % 5)
    starts, features = segment_features(read_audio(path, 16_000).samples, encoder.front_end)
    vector, homogeneity = pool_segments(encoder.embed(features))
    monkeypatch.setattr(room, "_KEPT", kept)
    heard = embed_segments(path, encoder, ScanSettings())
    assert heard is not None and heard.vector is not None and heard.segments is not None
    np.testing.assert_array_equal(heard.segments.starts, starts)
    np.testing.assert_allclose(heard.vector, vector, atol=1e-5)
    assert heard.homogeneity == pytest.approx(homogeneity, abs=1e-5)


def test_a_long_track_has_the_same_descriptors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sounds.write_music(tmp_path / "x.flac", 25, seed=3)
    once = embed_segments(path, FakeEncoder(), ScanSettings())
    monkeypatch.setattr(room, "_KEPT", 5.0)
    twice = embed_segments(path, FakeEncoder(), ScanSettings())
    assert once is not None and twice is not None
    assert once.descriptors is not None and twice.descriptors is not None
    assert twice.descriptors.tempo == pytest.approx(once.descriptors.tempo, rel=1e-3)
    assert twice.descriptors.brightness == pytest.approx(once.descriptors.brightness, rel=1e-4)
    assert twice.descriptors.energy == pytest.approx(once.descriptors.energy, rel=1e-3)


@pytest.mark.parametrize("rate", cases([16_000, 22_050, 44_100, 96_000], [16_000, 44_100]))
def test_only_what_is_heard_is_resampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate: int) -> None:
    verse = sounds.music(15, seed=4, sample_rate=rate, channels=1)  # to make 90 s takes longer than to hear them
    song = np.concatenate([verse * level for level in np.linspace(0.5, 1, 6, dtype=np.float32)])
    path = sounds.write(tmp_path / "x.flac", song, rate)
    encoder = FakeEncoder(segments=SegmentSettings(1.0, 1.0, coverage=0.34))
    asked: list[int] = []
    ranges = room.SourceSamples.ranges

    def counted(source: room.SourceSamples, wanted: list[tuple[int, int]]) -> Iterator[Floats]:
        asked.append(sum(end - first for first, end in wanted))
        return ranges(source, wanted)

    monkeypatch.setattr(room.SourceSamples, "ranges", counted)
    part = embed_segments(path, encoder, ScanSettings())
    assert 0.3 < sum(asked) / (90 * 16_000) < 0.45
    monkeypatch.setattr(room, "_KEPT_SOURCE", 0)
    whole = embed_segments(path, encoder, ScanSettings())
    assert part is not None and whole is not None and part.segments is not None and whole.segments is not None
    np.testing.assert_array_equal(part.segments.starts, whole.segments.starts)
    np.testing.assert_allclose(part.vector, whole.vector, atol=1e-5)
    assert part.values == whole.values


def test_near_silence_is_judged_as_the_network_hears_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tone = np.sin(2 * np.pi * 12_000 * np.arange(20 * 44_100) / 44_100)  # above what the network hears
    samples = np.concatenate([sounds.music(10, seed=4)[:, 0], 0.002 * tone]).astype(np.float32)
    path = sounds.write(tmp_path / "x.flac", samples)
    heard = embed_segments(path, FakeEncoder(segments=SegmentSettings(1.0, 1.0)), ScanSettings())
    assert heard is not None and heard.segments is not None
    assert 9 <= len(heard.segments.starts) <= 11


@pytest.mark.parametrize("suffix", cases(["wav", "flac", "mp3"], ["wav", "mp3"]))
def test_half_a_silent_file_is_half_silent(tmp_path: Path, suffix: str) -> None:
    half = sounds.music(12, seed=4)
    path = sounds.write(tmp_path / f"x.{suffix}", np.concatenate([half, np.zeros_like(half)]))
    segments = SegmentSettings(0.96, 0.96)
    heard = embed_segments(path, FakeEncoder(segments=segments), ScanSettings())
    assert heard is not None and heard.values is not None and heard.values.silence is not None
    assert heard.values.silence == pytest.approx(0.5, abs=segments.length / 24)
    whole = embed_segments(sounds.write(tmp_path / "y.flac", half), FakeEncoder(segments=segments), ScanSettings())
    assert whole is not None and whole.values is not None and whole.values.silence == 0.0


@pytest.mark.parametrize("segments", [SegmentSettings(0.96, 0.96, coverage=0.34), SegmentSettings()])
def test_excerpts_stand_for_the_whole(tmp_path: Path, segments: SegmentSettings) -> None:
    path = sounds.write_music(tmp_path / "x.flac", 50, seed=4)
    encoder = FakeEncoder(segments=segments)
    whole = embed_segments(path, encoder, ScanSettings())
    part = embed_segments(path, encoder, ScanSettings(excerpts=5))
    assert whole is not None and part is not None and part.segments is not None and whole.segments is not None
    assert part.decoder == "soundfile, excerpts" and whole.decoder == "soundfile"
    assert part.values is None and part.duration == pytest.approx(50)
    assert len(part.segments.starts) == (5 if segments.length == 4 else 20)
    assert (np.diff(part.segments.starts) > 0).all() and 1 < part.segments.starts[0] < part.segments.starts[-1] < 49
    assert whole.vector is not None and part.vector is not None
    assert float(whole.vector @ part.vector) > 0.95


def test_an_excerpt_may_be_silent_in_part(tmp_path: Path) -> None:
    samples = np.tile(sounds.music(15, seed=4), (6, 1))
    samples[8 * 44_100 : 10 * 44_100] = 0  # the first excerpt is that from 7 to 11 seconds
    path = sounds.write(tmp_path / "x.wav", samples)
    encoder = FakeEncoder(segments=SegmentSettings(0.96, 0.96, coverage=0.34))
    heard = embed_segments(path, encoder, ScanSettings(excerpts=5))
    assert heard is not None and heard.segments is not None and heard.descriptors is not None
    assert 17 <= len(heard.segments.starts) <= 19
    sounds.write(path, np.zeros_like(samples))
    assert embed_segments(path, encoder, ScanSettings(excerpts=5)) is None


def test_what_is_short_is_heard_whole(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "x.flac", 30, seed=4)
    heard = embed_segments(path, FakeEncoder(), ScanSettings(excerpts=5))
    assert heard is not None and heard.decoder == "soundfile" and heard.values is not None


@dataclass(frozen=True)
class Refusing(FakeEncoder):
    """Raises what it is told."""

    error: Exception = field(default_factory=ValueError)

    def embed(self, features: Floats) -> Floats:
        raise self.error


@pytest.mark.parametrize("suffix", ["flac", "m4a"])
def test_an_error_of_the_encoder_is_not_taken_for_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = sounds.write_music(tmp_path / f"x.{suffix}", 12)
    monkeypatch.setattr(room, "_KEPT", 5.0)
    with pytest.raises(ValueError, match="shape"):
        embed_segments(path, Refusing(error=ValueError("shape")), ScanSettings())


def test_a_file_that_becomes_another_meanwhile_is_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sounds.write_music(tmp_path / "x.flac", 12)
    monkeypatch.setattr(room, "_KEPT", 5.0)
    decode_blocks = room.decode_blocks

    def then_shorten(*arguments: object, **named: object) -> object:
        heard = decode_blocks(*arguments, **named)  # type: ignore[arg-type]
        sounds.write_music(path, 8)
        return heard

    monkeypatch.setattr(room, "decode_blocks", then_shorten)
    with pytest.raises(AudioError, match="changed while it was read") as caught:
        embed_segments(path, FakeEncoder(), ScanSettings())
    assert caught.value.transient


MEASURED = """
import sys
from pathlib import Path
from fake_encoder import FakeEncoder
from musicemb.settings import ScanSettings
from musicemb.workflows.embedding.segment_vectors import embed_segments
heard = embed_segments(Path(sys.argv[1]), FakeEncoder(), ScanSettings())
assert heard.vector is not None
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
print(round(heard.duration), len(heard.segments.codes), peak)
"""


@pytest.mark.processes
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux")
@pytest.mark.parametrize("minutes", cases([126], [63]))
def test_hours_cost_no_more_memory_than_half_of_one(tmp_path: Path, minutes: int) -> None:
    import soundfile

    minute = sounds.music(60, seed=3, sample_rate=8_000)[:, 0]
    with soundfile.SoundFile(str(tmp_path / "long.flac"), "w", 8_000, 1, "PCM_16") as file:
        for number in range(minutes):
            file.write(minute if number % 9 == 0 else 0 * minute)
    command = [sys.executable, "-c", MEASURED, str(tmp_path / "long.flac")]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=with_tests_on_path())
    duration, segments, peak = (float(word) for word in done.stdout.split())
    assert duration == minutes * 60
    assert segments == minutes // 9 * 15
    assert peak < 270  # MB, 211 from 36 minutes on; the samples of an hour would be 242, and 60 come before the first
