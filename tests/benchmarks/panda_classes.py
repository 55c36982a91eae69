"""Rewrite panda_classes.json: the classes that figures on panda use, with their counts.

Run as ``python tests/benchmarks/panda_classes.py FOLDER`` with the folder that holds tracks.csv.
Of the split `test` only labels are counted; no vector of it is looked at.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from musicemb.datasets.classes import count_classes, eligible_classes, fold_classes
from musicemb.datasets.music import fold_of, read_tracks


def panda_classes(folder: Path) -> dict[str, object]:
    """Classes, counts and fold sizes of panda."""
    examples = [example for example in fold_classes(read_tracks(folder / "tracks.csv")) if example.corpus == "panda"]
    classes = eligible_classes(examples)
    used = [example for example in examples if example.label in classes and example.split != "test"]
    return {
        "rule": "at least 8 artists in train+val and at least 4 labelled tracks in test; pop, rock, punk: pop/rock",
        "classes": list(classes),
        "counts": count_classes(examples),
        "tracks_per_fold": [sum(fold_of(example.group) == fold for example in used) for fold in range(5)],
    }


if __name__ == "__main__":
    text = json.dumps(panda_classes(Path(sys.argv[1])), indent=1)
    Path(__file__).with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    print(text)
