"""Published facts on DCASE 2018 Task 5: the locations and sizes of its archives, and results of others."""

from __future__ import annotations

from pathlib import Path

DEVELOPMENT_RECORD, EVALUATION_RECORD = 1247102, 1964758
"""Zenodo records of the two datasets; 23 audio archives each, and one of documents and one of lists."""

SEGMENTS = 72_984
"""Segments of the whole development dataset."""

PUBLISHED = {
    "challenge baseline, development": 84.5,
    "challenge baseline, evaluation (unknown microphones)": 83.1,
    "challenge winner, evaluation (unknown microphones)": 88.4,
    "deep-embedded-music thesis (5 s tiles, mono: another protocol)": 62.19,
}
"""Macro-F1 of others, in per cent (Dekkers et al. 2018; Inoue et al. 2018; Gröger 2020)."""


def how_to_get(folder: Path) -> str:
    """How to get DCASE 2018 Task 5.

    Parameters
    ----------
    folder : Path
        Where it was looked for.

    Returns
    -------
    str
        One line: names, sizes and source of the archives, and the ways to get them.
    """
    return (
        f"DCASE 2018 Task 5 is not in {folder}. Add --download to fetch, verify and unpack it there, or unpack its "
        f"archives yourself, or name another folder with --data. Training reads the development dataset, "
        f"https://zenodo.org/records/{DEVELOPMENT_RECORD}: DCASE2018-task5-dev.doc.zip and .meta.zip (1 MB) and "
        ".audio.1.zip to .audio.23.zip (2 GB each, 46 GB in all; 93 GB unpacked). evaluate reads the evaluation "
        f"dataset too, https://zenodo.org/records/{EVALUATION_RECORD}: DCASE2018-task5-eval.*, as many and as large. "
        "Both are free for non-commercial use"
    )
