"""How long an answer takes once warm:  python tests/benchmarks/serve_latency.py [--tracks 10000 100000]

A made library is served by `musicemb serve` in a process of its own and asked over one connection, one request after
the other; times are those of a client on the same machine.
"""

from __future__ import annotations

import argparse
import http.client
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psutil
from large_library import make_library


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--library", type=Path, help="A library that was made before, in place of making one.")
    options = parser.parse_args()
    for tracks in options.tracks:
        with tempfile.TemporaryDirectory() as folder:
            path = options.library or Path(folder) / "library.sqlite"
            if not options.library:
                make_library(path, tracks)
            measure(path, tracks, options.requests)


def measure(path: Path, tracks: int, requests: int) -> None:
    """Serve a library and print medians and slowest answers."""
    command = [sys.executable, "-m", "musicemb", "--library", str(path), "serve", "--port", "0"]
    began = time.monotonic()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stderr.readline())
            assert found is not None, "the server did not start"
            print(f"{tracks:,} tracks, ready after {time.monotonic() - began:.1f} s")
            connection = http.client.HTTPConnection("127.0.0.1", int(found.group(1)), timeout=60)
            for name, make in QUESTIONS.items():
                times, spent = [], list[float]()
                count = requests if name != "find_path" else max(requests // 10, 3)
                for number in range(count + 3):
                    start, before = time.perf_counter(), processor_seconds(process.pid)
                    connection.request("GET", make(number * 7919 % tracks, tracks))
                    answer = connection.getresponse()
                    answer.read()
                    assert answer.status == 200, answer.status
                    times.append(1000 * (time.perf_counter() - start))
                    spent.append(1000 * (processor_seconds(process.pid) - before))
                warm, mean = sorted(times[3:]), sum(spent[3:]) / len(spent[3:])
                middle, slowest = warm[len(warm) // 2], warm[-1]
                print(f"  {name:<24} median {middle:7.1f} ms, slowest {slowest:7.1f} ms; CPU {mean:7.1f} ms a request")
        finally:  # else a question that is not answered would leave us waiting for the server
            process.terminate()


def processor_seconds(process: int) -> float:
    """CPU that a process has used: what an answer costs on a machine that does other things too."""
    times = psutil.Process(process).cpu_times()
    return times.user + times.system


QUESTIONS = {
    "similar_tracks": lambda number, tracks: f"/api/similar_tracks?item_id={number + 1}&n=10",
    "getSonicSimilarTracks": lambda number, tracks: (
        f"/rest/getSonicSimilarTracks?v=1.16.1&c=t&f=json&id={number + 1}&count=10"
    ),
    "getSimilarSongs": lambda number, tracks: f"/rest/getSimilarSongs?v=1.16.1&c=t&f=json&id={number + 1}",
    "search_tracks": lambda number, tracks: f"/api/search_tracks?search_query={quote(f'song {number}')}",
    "similar_artists": lambda number, tracks: f"/api/similar_artists?artist={quote(f'Artist {number // 12}')}",
    "find_path": lambda number, tracks: (
        f"/api/find_path?start_song_id={number + 1}&end_song_id={(number + tracks // 2) % tracks + 1}"
    ),
}


if __name__ == "__main__":
    main()
