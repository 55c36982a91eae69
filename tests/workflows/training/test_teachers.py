"""What a training may learn of teachers and of extra music, and what it must never see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicemb.core.signal.features import make_front_end
from musicemb.errors import DatasetError
from musicemb.records import Example, Problem, Teacher, TeacherMatch
from musicemb.settings import EncoderSettings, SegmentSettings, TrainingSettings
from musicemb.workflows.training.prepare import TrainingData, assemble_training
from musicemb.workflows.training.teachers import EXTRA, admit_extra, join_teachers, match_teacher

RNG = np.random.default_rng(8)
SETTINGS = EncoderSettings(
    segments=SegmentSettings(length=0.5, hop=0.5),
    training=TrainingSettings(tracks_per_batch=9, steps_per_epoch=20, extra_share=1 / 3),
)


def example(number: int, split: str = "train", corpus: str = "made") -> Example:
    return Example(Path(f"/music/{corpus}/{number}.opus"), "", f"artist {number}", split, corpus, f"artist {number}")  # type: ignore[arg-type]


def teacher(paths: list[str], name: str = "made", hashes: tuple[str, ...] = ()) -> Teacher:
    n = len(paths)
    return Teacher(
        name, tuple(paths), hashes or ("",) * n, np.arange(n + 1) * 2, 2.0,
        RNG.normal(size=(2 * n, 3)).astype(np.float32), False, np.zeros((2 * n, 0), np.uint8), (),
    )  # fmt: skip


def assemble(examples: list[Example], teachers: list[Teacher], **options: object) -> tuple[list, TrainingData]:
    frames = {e.path: RNG.integers(0, 200, (100, 96)).astype(np.uint8) for e in examples}
    front_end = make_front_end(SETTINGS.front_end, SETTINGS.segments)
    *events, data = assemble_training(examples, frames, SETTINGS, front_end, teachers=teachers, labels=(), **options)  # type: ignore[arg-type]
    assert isinstance(data, TrainingData)
    return events, data


def test_targets_of_what_is_held_out_are_never_read() -> None:
    examples = [example(i, ("train", "train", "val", "test")[i % 4]) for i in range(12)]
    known = teacher([f"made/{i}.opus" for i in range(12)])
    (match,), data = assemble(examples, [known])
    assert match == TeacherMatch("made", 6, 6, (), 6)
    assert len(data.train.teachers[0].vectors) == 12  # two windows of six tracks, and no other's
    assert not data.validation.teachers
    # Another fold is held out: val teaches with its labels, but what a teacher says of it stays unread.
    (match,), data = assemble(examples, [known], held_out=lambda e: e.group in ("artist 0", "artist 2"))
    assert (match.matched, match.of) == (5, 5)
    rows = data.train.teachers[0].bounds
    for one, (first, last) in zip(data.train_examples, rows, strict=True):
        assert (first < last) == (one.split == "train")
    assert {e.group for e in data.val_examples} == {"artist 0", "artist 2"}


def test_a_teacher_of_other_tracks_is_refused_and_one_of_some_is_told() -> None:
    examples = [example(i) for i in range(4)]
    with pytest.raises(DatasetError, match=r"knows no track of the training set: its 2 tracks.*'a.opus'"):
        assemble(examples, [teacher(["a.opus", "b.opus"])])
    (match,), _ = assemble(examples, [teacher(["made/1.opus", "made/9.opus"])])
    assert match == TeacherMatch("made", 1, 4, tuple(f"/music/made/{i}.opus" for i in (0, 2, 3)), 1)


def test_a_track_is_found_by_its_payload_wherever_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.workflows.training.teachers.payload_hash", lambda path: f"hash of {path.name}")
    match, targets = match_teacher(teacher(["x.opus"], hashes=("hash of 1.opus",)), [example(0), example(1)])
    assert match.matched == 1
    assert (targets.bounds[:, 1] - targets.bounds[:, 0]).tolist() == [0, 2]


def test_files_of_one_name_are_one_teacher() -> None:
    first, second, other = teacher(["a"]), teacher(["b", "c"]), teacher(["a"], name="other")
    joined = join_teachers([first, other, second])
    assert [t.name for t in joined] == ["made", "other"]
    assert joined[0].paths == ("a", "b", "c") and joined[0].offsets.tolist() == [0, 2, 4, 6]
    np.testing.assert_array_equal(joined[0].vectors, np.concatenate([first.vectors, second.vectors]))
    with pytest.raises(DatasetError, match="two teacher files are called made, but their layouts differ"):
        join_teachers([first, replace(second, hop=1.0)])


def test_extra_music_brings_no_label_and_nothing_that_is_judged_on() -> None:
    own = [example(0), example(1, "val"), example(2, "test")]
    more = [replace(example(i, "", "more"), label="rock", genres=("rock",)) for i in range(4)]
    more.append(own[0])  # a file that the collection has too
    admitted = admit_extra(more, own, lambda e: e.split == "val")
    assert [e.group for e in admitted] == ["artist 0", "artist 3"]
    assert all(e.corpus == EXTRA and not e.label and not e.genres for e in admitted)


def test_extra_music_takes_its_share_of_each_batch_and_no_more() -> None:
    own, more = [example(i) for i in range(20)], [example(100 + i, "", EXTRA) for i in range(50)]
    events, data = assemble([*own, *more], [])
    assert not [event for event in events if isinstance(event, Problem)]
    assert data.train.extra is not None and data.train.extra.sum() == 50
    for batch in data.train.batches(data.front_end)(0):
        assert len(batch.tracks) == 18
        assert data.train.extra[batch.tracks].sum() == 6
    # A small collection is not outnumbered either.
    _, data = assemble([*own[:2], *more], [])
    batch = next(data.train.batches(data.front_end)(0))
    assert data.train.extra is not None and data.train.extra[batch.tracks].mean() <= 1 / 3
