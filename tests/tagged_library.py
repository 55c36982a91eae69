"""A catalogue with guesses over real files, for the tests of tag and undo."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.records import EmbeddedTrack, FoundFile, Guess, Track

ENCODER = "fake00000000"


def found(path: Path) -> FoundFile:
    """The file as a scan finds it."""
    return FoundFile.from_status(path, path.stat())


def add(catalogue: Catalogue, path: Path, guess: str = "", confidence: float = 0.9) -> Track:
    """Put a file into the catalogue as scanned, with a guess where one is given."""
    vector = np.eye(4, dtype=np.float32)[0]
    track = EmbeddedTrack(found(path), payload_hash(path), read_tags(path), 1.0, "soundfile", vector, 1.0, None)
    number = catalogue.put_track(track, ENCODER)
    catalogue.set_active_encoder(ENCODER, "fake")
    if guess:
        guesses = {each.id: each.guess for each in catalogue.tracks() if each.guess}
        catalogue.put_guesses(ENCODER, {**guesses, number: Guess(tuple(guess.split("; ")), confidence, "genre head")})
    return catalogue.track(number)


def snapshot(folder: Path) -> Mapping[Path, bytes]:
    """All files of a folder with their content."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
