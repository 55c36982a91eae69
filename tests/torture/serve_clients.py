"""Do many clients at once lose an answer?  python tests/torture/serve_clients.py [--clients 50] [--seconds 60]

A made library is served by `musicemb serve` in a process of its own, while a scan's writes change it now and then;
clients ask for similar tracks, paths, searches and parts of files. Every answer must come, and be right in kind.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from large_library import grow, make_library

from musicemb.errors import CatalogueError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--tracks", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.sqlite"
        make_library(path, options.tracks, files=Path(folder) / "music")
        command = [sys.executable, "-m", "musicemb", "--library", str(path), "serve", "--port", "0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stderr.readline())
            assert found is not None, "the server did not start"
            threading.Thread(target=process.stderr.read, daemon=True).start()
            port, end = int(found.group(1)), time.monotonic() + options.seconds
            counts, times, lost = Counter[str](), list[float](), list[str]()
            clients = [
                threading.Thread(target=ask_on, args=(port, end, number, options.tracks, counts, times, lost))
                for number in range(options.clients)
            ]
            for client in clients:
                client.start()
            added = waited = 0
            while time.monotonic() < end:
                time.sleep(5)
                try:
                    added += grow(path, options.tracks + added)
                except CatalogueError:
                    waited += 1  # the library was being read for longer than a scan waits
            for client in clients:
                client.join()
            process.terminate()
    times.sort()
    print(f"{sum(counts.values()):,} answers to {options.clients} clients in {options.seconds:.0f} s, {len(lost)} lost")
    print(f"  {dict(counts)}; the library grew by {added} tracks meanwhile, {waited} scans were refused")
    print(f"  median {1000 * times[len(times) // 2]:.0f} ms, 99 % {1000 * times[len(times) * 99 // 100]:.0f} ms")
    for text in lost[:10]:
        print(f"  LOST {text}")
    sys.exit(bool(lost))


def ask_on(
    port: int, end: float, client: int, tracks: int, counts: Counter[str], times: list[float], lost: list[str]
) -> None:
    """One client that asks without a pause, over one connection."""
    connection, number = http.client.HTTPConnection("127.0.0.1", port, timeout=60), client
    while time.monotonic() < end:
        number = (number * 31 + 7) % tracks
        kind, target = _request(number, tracks)
        start = time.monotonic()
        try:
            connection.request("GET", target, headers={"Range": "bytes=0-99"} if kind == "file" else {})
            answer = connection.getresponse()
            body = answer.read()
            sound = answer.status == 206 if kind == "file" else answer.status == 200 and json.loads(body) is not None
            if not sound:
                lost.append(f"{target}: {answer.status} {body[:80]!r}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            lost.append(f"{target}: {error!r}")
            connection.close()
        times.append(time.monotonic() - start)
        counts[kind] += 1


def _request(number: int, tracks: int) -> tuple[str, str]:
    row, turn = number + 1, number % 20
    if turn == 0:
        return (
            "path",
            f"/api/find_path?start_song_id={row}&end_song_id={(number + tracks // 2) % tracks + 1}&max_steps=10",
        )
    if turn == 1:
        return "file", f"/rest/stream?v=1.16.1&c=t&id={number % 10 + 1}"
    if turn < 5:
        return "search", f"/api/search_tracks?search_query={quote(f'song {number}')}"
    if turn < 7:
        return "artists", f"/api/similar_artists?artist={quote(f'Artist {number // 12}')}"
    if turn < 12:
        return "sonic", f"/rest/getSonicSimilarTracks?v=1.16.1&c=t&f=json&id={row}&count=20"
    return "similar", f"/api/similar_tracks?item_id={row}&n=20"


if __name__ == "__main__":
    main()
