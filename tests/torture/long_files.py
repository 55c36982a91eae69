"""What a very long file costs a worker: python tests/torture/long_files.py [--hours 10] [--encoder BUNDLE]

Makes an MP3, a FLAC and an Opus file of that length (a few minutes of music over and over, stereo), has each
embedded whole by a process of its own, and prints the peak of its resident memory (VmHWM), its CPU time, and
how many segments it found. Linux only; needs some GB in the folder for temporary files.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
import sounds

PIECE = 300
"""Seconds of music that are repeated."""
FORMATS = {"mp3": ("libmp3lame", 44_100), "flac": ("flac", 44_100), "opus": ("libopus", 48_000)}

WORKER = """
import sys, time
from pathlib import Path
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.records import EmbeddedTrack, FoundFile
from musicemb.settings import ScanSettings
from musicemb.workflows.embedding.embed import embed_file
encoder, path = load_encoder(sys.argv[1] or None), Path(sys.argv[2])
began = time.process_time()
track = embed_file(FoundFile.from_status(path, path.stat()), encoder, settings=ScanSettings(longest=1e6))
assert isinstance(track, EmbeddedTrack), track
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
print(f"{track.duration / 3600:.2f} h, {len(track.segments.codes)} segments, "
      f"{time.process_time() - began:.0f} s of CPU, peak {peak:.0f} MB" + (f" ({track.note})" if track.note else ""))
"""


def write_long(path: Path, seconds: int, channels: int = 2) -> None:
    """Write music of this length; what is encoded once is put into the file again and again."""
    codec, rate = FORMATS[path.suffix[1:]]
    samples = 0.2 * sounds.music(PIECE, seed=3, sample_rate=rate, channels=channels)
    if codec == "flac":  # its frames are numbered: no copies of them
        import soundfile

        with soundfile.SoundFile(str(path), "w", rate, channels, "PCM_16") as file:
            for _ in range(seconds // PIECE):
                file.write(samples)
        return
    import av

    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream(codec, rate=rate, layout="stereo" if channels == 2 else "mono")
        stream.bit_rate = 96_000
        planar = np.ascontiguousarray(samples.T)
        layout = stream.codec_context.layout
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        frame = av.AudioFrame.from_ndarray(planar, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        packets = [packet for piece in resampler.resample(frame) for packet in stream.encode(piece)]
        copies = [(bytes(packet), packet.duration) for packet in packets if packet.duration]
        time = 0
        for _ in range(seconds // PIECE):
            for data, duration in copies:
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, packets[0].time_base
                packet.pts = packet.dts = time
                packet.duration = duration
                time += duration
                output.mux(packet)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=10)
    parser.add_argument("--encoder", default="")
    parser.add_argument("formats", nargs="*", default=list(FORMATS))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for suffix in arguments.formats:
            path = Path(folder) / f"long.{suffix}"
            write_long(path, round(arguments.hours * 3600))
            command = [sys.executable, "-c", WORKER, arguments.encoder, str(path)]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
            print(f"{suffix}, {path.stat().st_size / 1e6:.0f} MB: {done.stdout.strip()}", flush=True)
            path.unlink()


if __name__ == "__main__":
    main()
