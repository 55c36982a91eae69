"""What the version before the layout of packages changed has written; ``python tests/golden/version_0_1.py`` makes it.

Its code is taken from the repository's history and run in a process of its own: thirty pieces of made-up music are
scanned with a tiny encoder, four of them are tagged and one of those is taken back. What that version read back stands
in expected.json. Keep the files as they are: made anew they would only show that today's code reads today's files.
Needs PyAV below 19 and the test extra.
"""

# ruff: noqa: I001  (which modules exist depends on the version)

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

COMMIT = "7803acf"
PLACE = Path("/tmp/musicemb-0.1")
"""Absolute, as paths are a part of the catalogue and of the cache's file names."""
FOLDER = Path(__file__).with_suffix("")
KEPT = (0, 1, 2, 3)
"""Pieces whose files are kept: one of each format, and all of them tagged."""
SUFFIXES = (".mp3", ".m4a", ".flac", ".ogg")
TRACKS = 32


def main() -> None:
    with tempfile.TemporaryDirectory() as old:
        history = subprocess.run(["git", "archive", COMMIT], capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", old], input=history, check=True)
        paths = os.pathsep.join([old, f"{old}/tests"])
        environment = {**os.environ, "PYTHONPATH": paths, "XDG_CACHE_HOME": f"{old}/cache"}
        subprocess.run([sys.executable, __file__, "inside"], cwd=old, env=environment, check=True)


def make() -> None:
    """Runs with that version's code."""
    from musicemb.core.features import make_front_end
    from musicemb.encoder.bundle import write_bundle
    from musicemb.encoder.convert import convert_bundle
    from musicemb.encoder.networks import build_network
    from musicemb.encoder.runtime import load_encoder
    from musicemb.encoder.weights import read_weights
    from musicemb.records import GenreHead, Projection
    from musicemb.settings import EncoderSettings, FrontEndSettings, NetworkSettings, SegmentSettings

    shutil.rmtree(PLACE, ignore_errors=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    settings = EncoderSettings(
        front_end=FrontEndSettings(n_fft=256, hop=512, n_mels=16),
        segments=SegmentSettings(length=1.0, hop=1.0),
        network=NetworkSettings(widths=(4, 8), dimensions=8),
    )
    shape = (31, 16)
    draw = np.random.default_rng(0)

    def numbers(*size: int) -> np.ndarray:
        return draw.normal(size=size).astype(np.float32)

    bundle = write_bundle(
        FOLDER / "bundle",
        name="tiny",
        settings=settings,
        front_end=make_front_end(settings.front_end, settings.segments),
        weights=read_weights(build_network(settings, *shape)),
        projection=Projection(numbers(8), numbers(4, 8)),
        genre_head=GenreHead(("jazz", "rock"), numbers(8, 2), numbers(2), numbers(8), numbers(8), 0.6),
        about={"input_shape": list(shape), "data": "made up"},
    )
    bundle, _ = convert_bundle(bundle)
    encoder = load_encoder(FOLDER / "bundle")
    features = np.random.default_rng(1).normal(size=(4, *shape)).astype(np.float32)
    expected: dict[str, Any] = {
        "bundle": {
            "id": bundle.id,
            "name": bundle.name,
            "settings": dataclasses.asdict(bundle.settings),
            "about": dict(bundle.about),
            "labels": bundle.genre_head.labels,
            "threshold": bundle.genre_head.threshold,
            "head_bias": bundle.genre_head.bias.tolist(),
            "projection_mean": bundle.projection.mean.tolist(),
            "filterbank_sum": float(bundle.front_end.filterbank.sum()),
            "vectors": {
                runtime: load_encoder(FOLDER / "bundle", runtime=runtime).embed(features).tolist()
                for runtime in ("litert", "keras")
            },
        }
    }
    music = make_music()
    expected["catalogue"] = make_catalogue(encoder, music)
    expected["cache"] = make_cache(encoder, music)
    for number in KEPT:
        (FOLDER / "music").mkdir(exist_ok=True)
        shutil.copy(music[number], FOLDER / "music")
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1, default=str) + "\n", encoding="utf-8")


def make_music() -> list[Path]:
    import sounds

    return [
        sounds.write(
            PLACE / f"music/{number:02}{SUFFIXES[number % 4] if number in KEPT else '.wav'}",
            sounds.music(2.0, seed=number % 8, sample_rate=16_000, channels=1),
            16_000,
        )
        for number in range(TRACKS)
    ]


def make_catalogue(encoder: Any, music: list[Path]) -> dict[str, Any]:
    import sounds
    from musicemb.io.catalogue import open_catalogue
    from musicemb.io.tags import read_tags
    from musicemb.records import Guess
    from musicemb.workflows.map import map_library
    from musicemb.workflows.scan import scan_library
    from musicemb.workflows.tag import apply_tags, plan_tags
    from musicemb.workflows.undo import apply_undo, plan_undo
    from musicemb.workflows.words import keep_wishes

    for number, path in enumerate(music):
        if number not in KEPT:
            sounds.tag(path, artist=f"Artist {number % 6}", title=f"Pièce {number}", genre=("Rock", "Jazz")[number % 2])
    sounds.tag(music[0], artist="Ärtist", title="One")
    sounds.tag(music[3], artist="Artist", title="Four", genre="Lo-Fi")
    (PLACE / "music/broken.mp3").write_bytes(b"no audio" * 100)
    before = {path.name: path.read_bytes() for path in music}
    tags_before = {path.name: read_tags(path).genres for path in music}
    with open_catalogue(PLACE / "library.sqlite") as catalogue:
        list(scan_library([PLACE / "music"], catalogue=catalogue, encoder=encoder, workers=0))
        keep_wishes(catalogue, vocabulary=("Rock", "Jazz", "Lo-Fi"), max_genres=2)
        list(map_library(catalogue))
        tracks = {track.path.name: track for track in catalogue.tracks()}
        labels = {
            track.id: (number % 2 if number % 5 else -1, 0.5 + number / 100, number % 2)
            for number, track in enumerate(tracks.values())
        }
        clusters = [
            dataclasses.replace(example, id=number, name=f"Cluster {number}")
            for number, example in enumerate(made_clusters(list(tracks.values())))
        ]
        catalogue.put_clusters(encoder.id, clusters, labels, catalogue.clustering(encoder.id))
        catalogue.give_name(encoder.id, 1, "Sunday")
        kept = [tracks[music[number].name].id for number in KEPT]
        guesses = {track: Guess("Rock", 0.9, "neighbours") for track in kept}
        guesses[kept[1]] = Guess("Rock; Jazz", 0.75, "genre head")
        guesses[kept[3]] = Guess("Jazz", 0.8, "cluster")
        catalogue.put_guesses(encoder.id, guesses)
        plan = plan_tags(catalogue, policy="add")
        done = [result.status for result in apply_tags(catalogue, plan)]
        assert done == ["written"] * len(KEPT), done
        undone = [result.status for result in apply_undo(catalogue, plan_undo(catalogue)[2:3])]
        assert undone == ["written"], undone
        assert music[2].read_bytes() == before[music[2].name]
        answer = read_back(catalogue, encoder.id, kept[0])
    answer["tagged"] = {music[number].name: read_tags(music[number]).genres for number in KEPT}
    answer["untagged"] = {music[number].name: tags_before[music[number].name] for number in KEPT}
    answer["sha256"] = {music[number].name: digest(before[music[number].name]) for number in KEPT}
    shutil.copy(PLACE / "library.sqlite", FOLDER)
    return answer


def digest(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()


def made_clusters(tracks: list[Any]) -> list[Any]:
    from musicemb.records import Cluster

    return [
        Cluster(0, "", 14, tuple(track.id for track in tracks[:3]), traits=("slow", "dark")),
        Cluster(0, "", 12, tuple(track.id for track in tracks[5:7])),
    ]


def read_back(catalogue: Any, encoder_id: str, track_id: int) -> dict[str, Any]:
    from musicemb.workflows.words import read_wishes

    ids, vectors = catalogue.vectors(encoder_id)
    surroundings = catalogue.surroundings(encoder_id)
    places = catalogue.layout(encoder_id)
    segments = catalogue.segments(track_id, encoder_id)
    return {
        "active_encoder": catalogue.active_encoder,
        "encoders": catalogue.encoders(),
        "counts": catalogue.counts(),
        "tracks": [dataclasses.asdict(track) for track in catalogue.tracks()],
        "known_files": [dataclasses.asdict(file) for file in catalogue.known_files(encoder_id)],
        "ids": ids.tolist(),
        "vectors": vectors.tolist(),
        "homogeneities": catalogue.homogeneities(encoder_id),
        "segments": [segments.starts.tolist(), segments.codes.tolist(), segments.scales.tolist()],
        "clusters": [dataclasses.asdict(cluster) for cluster in catalogue.clusters(encoder_id)],
        "clustering": dataclasses.asdict(catalogue.clustering(encoder_id)),
        "given_names": catalogue.given_names(encoder_id),
        "surroundings": [part.tolist() for part in surroundings],
        "layout": [part.tolist() for part in places],
        "sounds": {track: dataclasses.asdict(sound) for track, sound in catalogue.sounds().items()},
        "problems": [dataclasses.asdict(problem) for problem in catalogue.problems()],
        "roots": catalogue.roots(),
        "wishes": dataclasses.asdict(read_wishes(catalogue)),
        "runs": [dataclasses.asdict(run) for run in catalogue.runs()],
        "journal": [dataclasses.asdict(entry) for run in catalogue.runs() for entry in catalogue.journal(run.id)],
    }


def make_cache(encoder: Any, music: list[Path]) -> list[dict[str, Any]]:
    from musicemb.workflows.frames import cache_frames, load_frames

    cached = []
    ready = list(cache_frames(music[:2], encoder.front_end, folder=FOLDER / "cache", workers=0))
    frames = load_frames(ready)
    for item in ready:
        status = item.path.stat()
        cached.append(
            {
                "path": str(item.path),
                "size": status.st_size,
                "mtime_ns": status.st_mtime_ns,
                "place": item.place.relative_to(FOLDER / "cache").as_posix(),
                "dtype": str(frames[item.path].dtype),
                "shape": list(frames[item.path].shape),
                "sum": float(frames[item.path].astype(float).sum()),
            }
        )
    return cached


if __name__ == "__main__":
    make() if sys.argv[1:] == ["inside"] else main()
