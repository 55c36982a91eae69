"""Small datasets with the exact layout of the published ones, with sounds that tell their classes apart."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import soundfile

from musicemb.datasets.dcase import CLASSES
from musicemb.datasets.music import BEATPORT7
from musicemb.records import Floats

RATE = 16_000


def activity(label: int, seconds: float, seed: int, channels: int = 1) -> Floats:
    """Noise around a pitch that tells the class, a little different on each microphone."""
    rng = np.random.default_rng([label, seed])
    time = np.arange(int(seconds * RATE)) / RATE
    pitch = 150.0 * 1.5**label * rng.uniform(0.97, 1.03)
    tone = np.sin(2 * np.pi * pitch * time) * (0.6 + 0.4 * np.sin(2 * np.pi * (1 + label) * time))
    noise = rng.normal(size=(len(time), channels)) * 0.05
    gains = rng.uniform(0.7, 1.0, channels)
    return (0.2 * tone[:, None] * gains + noise).astype(np.float32)


def write_wav(path: Path, samples: Floats) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE, subtype="PCM_16")


def dcase_development(
    folder: Path, *, seconds: float = 0.5, segments: int = 2, nodes: tuple[int, ...] = (1, 2), audio: bool = True
) -> Path:
    """DCASE 2018 Task 5, development: nine classes, a session of each per fold, recorded by some nodes.

    Lists end without a newline, as the published ones do.
    """
    root = folder / "DCASE18-Task5-development"
    rows = []
    for fold in range(1, 5):
        for place, label in enumerate(CLASSES):
            session = place * 4 + fold
            for segment in range(segments):
                for node in nodes:
                    name = f"audio/DevNode{node}_ex{session}_{segment}.wav"
                    rows.append((fold, name, label, f"s{session}"))
                    if audio:
                        write_wav(root / name, activity(place, seconds, session * 100 + segment, 4))
    setup = root / "evaluation_setup"
    setup.mkdir(parents=True, exist_ok=True)

    def write(path: Path, lines: list[tuple[str, ...]]) -> None:
        path.write_text("\n".join("\t".join(line) for line in lines), encoding="utf-8")

    write(root / "meta.txt", [row[1:] for row in rows])
    for fold in range(1, 5):
        held = [row for row in rows if row[0] == fold]
        write(setup / f"fold{fold}_train.txt", [row[1:] for row in rows if row[0] != fold])
        write(setup / f"fold{fold}_test.txt", [row[1:2] for row in held])
        write(setup / f"fold{fold}_evaluate.txt", [row[1:3] for row in held])
    return root


def add_segments(root: Path, *segments: Path) -> None:
    """Add real segments to a development dataset, each held out by a fold of its own."""
    setup = root / "evaluation_setup"
    for fold, path in enumerate(segments, start=1):
        shutil.copy(path, root / "audio" / path.name)
        session = path.name.split("_ex")[1].split("_")[0]
        for number in range(1, 5):
            with (setup / f"fold{number}_{'evaluate' if number == fold else 'train'}.txt").open("a") as lines:
                lines.write(f"\naudio/{path.name}\tworking" + ("" if number == fold else f"\ts{session}"))
    (root / "meta.txt").unlink()


def dcase_evaluation(folder: Path, *, seconds: float = 0.5, labelled: str = "evaluation.txt") -> Path:
    """DCASE 2018 Task 5, evaluation: numeric names, a map to names like those of development."""
    root = folder / "DCASE18-Task5-evaluation"
    setup = root / "evaluation_setup"
    setup.mkdir(parents=True, exist_ok=True)
    lists: dict[str, list[str]] = {"map.txt": [], "test.txt": [], labelled: [], "meta.txt": []}
    number = 0
    for place, label in enumerate(CLASSES):
        for segment in range(2):
            for node in (1, 5):
                number += 1
                name, session = f"audio/{number}.wav", 200 + place
                write_wav(root / name, activity(place, seconds, session * 100 + segment, 4))
                lists["map.txt"].append(f"{name}\taudio/DevNode{node}_ex{session}_{segment}.wav")
                lists["test.txt"].append(name)
                lists[labelled].append(f"{name}\t{label}\ts{session}")
    lists["meta.txt"] = lists[labelled]
    for name, lines in lists.items():
        place_of = root if name == "meta.txt" else setup
        (place_of / name).write_text("\n".join(lines), encoding="utf-8")
    return root


def beatport7(folder: Path, *, seconds: float = 1.5) -> Path:
    """A folder per genre of the thesis, three files each."""
    for place, genre in enumerate(BEATPORT7):
        for number in range(3):
            write_wav(folder / genre / f"Artist {place}{number} - Track.wav", activity(place, seconds, number))
    return folder


def genre_folders(folder: Path, *, genres: int = 3, artists: int = 10, tracks: int = 2, seconds: float = 2.0) -> Path:
    """A CSV with artists and splits: what an evaluation can be run on in seconds."""
    rows = ["path,artist,genre,corpus,split"]
    splits = ["train"] * 6 + ["val"] * 2 + ["test"] * 2
    for genre in range(genres):
        for artist in range(artists):
            for track in range(tracks):
                name = f"genre {genre}/{artist}-{track}.wav"
                write_wav(folder / name, activity(genre * 3, seconds, artist * 10 + track))
                rows.append(f"{name},Artist {genre}-{artist},genre {genre},mini,{splits[artist % 10]}")
    (folder / "tracks.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder
