"""What tests of commands share: a typed command, its document checked, and tracks of a library without audio."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jsonschema import Draft202012Validator

from musicemb.documents import read_schema
from musicemb.records import EmbeddedTrack, FoundFile, TrackTags


@dataclass(frozen=True)
class Typed:
    """What came of a command."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Documents of a command that prints one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Type = Callable[..., Typed]


def document_name(words: Sequence[str]) -> str:
    """Name of the schema of what a command prints, by what was typed."""
    command, *rest = words
    if command == "retrain":
        return "retrain-search" if "--search" in rest else "retrain"
    if command == "similar" and {"--artists", "--albums"} & set(rest):
        return "similar-by"
    if command == "undo":
        return "undo-list" if "--list" in rest else "undo-prune" if "--prune" in rest else "undo"
    if command == "tag":
        return "tag-values" if "--values" in rest else "tag"
    if command == "clusters":
        if "--rename" in rest:
            place = rest.index("--rename")
            rest = rest[:place] + rest[place + 3 :]
        return "clusters-id" if any(word.lstrip("-").isdecimal() for word in rest) else "clusters"
    if command == "playlist":
        return "playlist-groups" if "--all-groups" in rest else "playlist"
    if command == "evaluate":
        dataset = rest[rest.index("--dataset") + 1] if "--dataset" in rest else "music"
        return "evaluate-sounds" if dataset != "music" else "evaluate" if "--data" in rest else "evaluate-library"
    return command


def check_document(words: Sequence[str], document: Any) -> None:
    """Fail where a document is not as its schema says; a schema allows no key that it does not name."""
    name = document_name(words)
    errors = Draft202012Validator(read_schema(name)).iter_errors(document)
    told = [f"{error.json_path}: {error.message}" for error in errors]
    assert not told, f"{name}: {told}"


def embedded(number: int, **tags: Any) -> EmbeddedTrack:
    """Track `number` of the library: even ones by "Even", odd ones by "Odd", on two sides of the space."""
    artist = ("Even", "Odd")[number % 2]
    random = np.random.default_rng(number)
    vector = np.zeros(16, dtype=np.float32)
    vector[number % 2] = 1
    vector += random.normal(0, 0.05, 16).astype(np.float32)
    found = {"artist": artist, "title": f"Song {number}", "album": f"Album {number // 10}", **tags}
    return EmbeddedTrack(
        file=FoundFile(Path(f"/music/{artist}/{number:02}.mp3"), 1000 + number, number),
        payload_hash=f"{number:064x}",
        tags=TrackTags(**found),
        duration=180.4,
        decoder="soundfile",
        vector=vector / np.linalg.norm(vector),
        homogeneity=0.9,
        segments=None,
    )
