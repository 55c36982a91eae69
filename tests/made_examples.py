"""Labelled tracks without audio: what plans are made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from musicemb.records import Example


def many(labels: int = 2, artists: int = 8, **changes: object) -> list[Example]:
    return [
        replace(Example(Path(f"{label}-{i}.mp3"), f"g{label}", f"a{label}-{i}", "train", "c"), **changes)  # type: ignore[arg-type]
        for label in range(labels)
        for i in range(artists)
    ]
