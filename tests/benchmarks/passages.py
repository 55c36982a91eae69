"""Measures when in a track a voice is told, on artists that the encoder and its heads never met.

    python tests/benchmarks/passages.py --data DIR --teachers FILE FILE [--encoder BUNDLE]

Stretches: of panda's `val`, stretches of about four seconds, as `musicemb why` asks them; a case is a stretch that both
taggers are sure of and of one mind about, as voice.py says it of tracks. Within tracks: pairs of such stretches of one
track, and how often the one with the voice is put above the other.

Made tracks: 24 s each without a voice, sung, without, sung, without, of five tracks of `val` that both taggers are
sure of (in the third with the most voice, and with the least), written as one file and embedded as a scan does it, a
third of the segments heard. Told is where somebody sings: the share of time that is told rightly, and how far from the
seam the next change is.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from find import log_odds
from voice import NO_VOICE, QUARTER, VOICES, agreed, voice_of, with_interval

from musicemb.core.sound_tags.heads import apply_tag_heads
from musicemb.core.sound_tags.passages import STRETCH, find_passages
from musicemb.core.training.targets import match_paths
from musicemb.core.vectors.pooling import dequantise
from musicemb.encoder.runtime.bundle import find_bundle
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.audio.reader import read_audio
from musicemb.io.teacher_files import read_teacher
from musicemb.records import Example, Floats64, Teacher
from musicemb.settings import ScanSettings
from musicemb.workflows.datasets.examples import read_examples
from musicemb.workflows.embedding.segment_vectors import embed_segments

RATE, PART, PARTS, TRACKS = 16_000, 24.0, 5, 20
TOLERANCE = 8.0
"""Seconds from a seam within which a change counts as found: two thirds of what lies between two stretches."""


def voice_at(teacher: Teacher, place: int, begins: Floats64) -> Floats64:
    """How much voice a tagger gives to stretches that begin there."""
    voices, none = (
        [at for at, name in enumerate(teacher.tag_names) if name.lower() in names] for names in (VOICES, NO_VOICE)
    )
    windows = teacher.tags[teacher.offsets[place] : teacher.offsets[place + 1]].astype(np.float64) / 255
    middles = np.arange(len(windows)) * teacher.hop + teacher.hop / 2
    said = log_odds(windows[:, voices].max(axis=1)) - (log_odds(windows[:, none].max(axis=1)) if none else 0)
    near = [np.abs(middles - (begin + STRETCH / 2)) <= max(STRETCH, teacher.hop) / 2 for begin in begins]
    return np.array([said[rows].mean() if rows.any() else np.nan for rows in near])


def judge_stretches(examples: Sequence[Example], teachers: Sequence[Teacher], encoder: Any) -> None:
    """Areas over stretches of real tracks."""
    heads = encoder.tag_heads
    told, said, groups, tracks = [], [], [], []
    places = [match_paths(one.paths, [e.path.as_posix() for e in examples]).tolist() for one in teachers]
    for row, example in enumerate(examples):
        heard = embed_segments(example.path, encoder, ScanSettings())
        if heard is None or heard.segments is None or len(heard.segments.starts) < 8:
            continue
        vectors, starts = dequantise(heard.segments), heard.segments.starts
        parts = np.array_split(np.arange(len(starts)), max(1, round(len(starts) * 0.96 / STRETCH)))
        pooled = np.stack([vectors[part].mean(axis=0) for part in parts])
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        answers = log_odds(apply_tag_heads(pooled.astype(np.float32), heads))
        told.append(answers[:, heads.names.index("singing")] - answers[:, heads.names.index("no voice")])
        begins = np.array([starts[part[0]] for part in parts], np.float64)
        said.append(np.stack([voice_at(t, p[row], begins) for t, p in zip(teachers, places, strict=True)]))
        groups += [example.group] * len(parts)
        tracks += [row] * len(parts)
    scores, both = np.concatenate(told), np.concatenate(said, axis=1)
    sung, silent = agreed(list(both), QUARTER)
    rows = np.flatnonzero(sung | silent)
    print(f"{len(scores)} stretches of {len(told)} tracks, both sure: {with_interval(scores, sung, rows, groups)}")
    right = [
        scores[one] > scores[other]
        for one in np.flatnonzero(sung)
        for other in np.flatnonzero(silent & (np.array(tracks) == tracks[one]))
    ]
    wide, narrow = agreed(list(both), 0.5)
    more = [
        scores[one] > scores[other]
        for one in np.flatnonzero(wide)
        for other in np.flatnonzero(narrow & (np.array(tracks) == tracks[one]))
    ]
    print(f"within a track: {np.mean(right) if right else np.nan:.3f} of {len(right)} pairs in the right order")
    print(f"within a track, both on one side of the middle: {np.mean(more):.3f} of {len(more)} pairs")


def judge_made(sung: Sequence[Path], silent: Sequence[Path], encoder: Any) -> None:
    """Share of time told rightly, and how far changes are from the seams."""
    import soundfile

    random = np.random.default_rng(0)
    right, errors, extra, lone = [], [], 0, []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(TRACKS):
            chosen = [
                (sung if at % 2 else silent)[random.integers(len(sung if at % 2 else silent))] for at in range(PARTS)
            ]
            samples = [np.resize(read_audio(path, RATE, longest=60.0).samples, int(PART * RATE)) for path in chosen]
            place = Path(folder) / f"{number}.flac"
            soundfile.write(place, np.clip(np.concatenate(samples), -1, 1), RATE)
            heard = embed_segments(place, encoder, ScanSettings())
            assert heard is not None and heard.segments is not None
            passages = find_passages(
                dequantise(heard.segments), heard.segments.starts, encoder.tag_heads, heard.duration
            )
            voiced = [(one.start, one.end) for one in passages if one.name == "voice"]
            moments = np.arange(0.5, PART * PARTS, 1.0)
            told = np.array([any(start <= at < end for start, end in voiced) for at in moments])
            truth = (moments // PART).astype(int) % 2 == 1
            right.append(float((told == truth).mean()))
            lone += [told[truth].mean(), told[~truth].mean()]
            changes = np.array([at for span in voiced for at in span if 0 < at < PART * PARTS - 1])
            for seam in PART * np.arange(1, PARTS):
                errors.append(float(np.abs(changes - seam).min()) if len(changes) else np.inf)
            extra += max(0, len(changes) - (PARTS - 1))
    found = float(np.mean(np.array(errors) <= TOLERANCE))
    parts = f"sung {np.mean(lone[::2]):.3f}, not sung {1 - np.mean(lone[1::2]):.3f}"
    print(f"{TRACKS} made tracks of {PART * PARTS:.0f} s: {np.mean(right):.3f} of the time told rightly ({parts})")
    print(
        f"{found:.3f} of {len(errors)} seams found within {TOLERANCE:.0f} s, median {np.median(errors):.1f} s off; "
        f"{extra} changes too many"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teachers", type=Path, nargs="+", required=True)
    parser.add_argument("--encoder", default=None)
    arguments = parser.parse_args()
    examples = [one for one in read_examples(arguments.data) if one.corpus == "panda" and one.split == "val"]
    teachers = [read_teacher(file) for file in arguments.teachers]
    encoder = load_encoder(find_bundle(arguments.encoder))
    sung, silent = agreed([voice_of(one, examples) for one in teachers], 1 / 3)
    judge_made(*([examples[row].path for row in np.flatnonzero(rows)] for rows in (sung, silent)), encoder)
    judge_stretches(examples, teachers, encoder)


if __name__ == "__main__":
    main()
