from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from miniatures import beatport7, genre_folders

from musicemb.datasets.music import BEATPORT7, assign_splits, fold_of, group_of, read_music, split_of
from musicemb.errors import DatasetError
from musicemb.records import Example


def table(folder: Path, text: str, *files: str) -> Path:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    path = folder / "tracks.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table(tmp_path: Path):
    text = "path,artist,genre,album,split\nb.mp3,The  Band,rock,Live,val\na.mp3,,jazz,,train\n"
    examples = read_music(table(tmp_path, text, "a.mp3", "b.mp3"))
    assert [one.path.name for one in examples] == ["a.mp3", "b.mp3"]
    assert examples[0].group == "a.mp3"  # no artist: alone
    assert (examples[1].group, examples[1].album, examples[1].split) == ("the band", "Live", "val")
    assert read_music(tmp_path) == examples  # the folder that holds the table
    assert [one.label for one in read_music(tmp_path, classes=["jazz"])] == ["jazz", ""]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,genre\na.mp3,x\n", "needs the columns path and genre; it has file, genre"),
        ("", "needs the columns path and genre; it has none"),
        ("path,genre\n", "has no rows"),
        ("path,genre\n,x\n", "line 2 has no path"),
        ("path,genre\nmissing.mp3,x\n", r"1 of 1 files are missing, the first: .*missing.mp3"),
        ("path,genre\na.mp3,x\na.mp3,y\n", "a.mp3 is listed twice in it"),
        ("path,genre,split\na.mp3,x,dev\n", "line 2: split 'dev' is none of train, val, test"),
        ("path,genre,artist,split\na.mp3,x,Me,val\nb.mp3,x,me,train\n", "is in two splits"),
    ],
)
def test_a_table_that_is_wrong(tmp_path: Path, text: str, words: str):
    with pytest.raises(DatasetError, match=words):
        read_music(table(tmp_path, text, "a.mp3", "b.mp3"))


def test_a_table_that_is_none(tmp_path: Path):
    path = tmp_path / "tracks.csv"
    path.write_bytes(b"path,genre\n\xff\xfe.mp3,x\n")
    with pytest.raises(DatasetError, match="not a CSV file in UTF-8"):
        read_music(path)
    with pytest.raises(DatasetError, match="no such folder"):
        read_music(tmp_path / "nowhere")


def test_a_folder_per_genre(tmp_path: Path):
    for name in ("jazz/a.mp3", "jazz/disc 2/b.FLAC", "rock/c.ogg", "rock/cover.jpg", ".hidden/d.mp3", "rock/.e.mp3"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    examples = read_music(tmp_path)
    assert [(one.label, one.path.name) for one in examples] == [
        ("jazz", "a.mp3"),
        ("jazz", "b.FLAC"),
        ("rock", "c.ogg"),
    ]
    assert all(one.split for one in examples)
    with pytest.raises(DatasetError, match="has no folder 'metal'"):
        read_music(tmp_path, classes=["jazz", "metal"])
    with pytest.raises(DatasetError, match="no folder in it holds audio"):
        read_music(tmp_path / "jazz" / "disc 2")


def test_the_seven_genres_of_the_thesis(tmp_path: Path):
    examples = read_music(beatport7(tmp_path, seconds=0.1), classes=BEATPORT7)
    assert sorted({one.label for one in examples}) == sorted(BEATPORT7) and len(examples) == 21


@settings(deadline=None, max_examples=trials(50))
@given(st.text(max_size=20))
def test_splits_and_folds_hang_on_the_name_alone(name: str):
    assert split_of(name) == split_of(name) and split_of(name) in ("train", "val", "test")
    assert 0 <= fold_of(name) < 5 and fold_of(name) == fold_of(name)
    assert group_of(f"  {name.upper()} ", "x") == group_of(f"{name.upper()}", "x")


def test_splits_and_folds_stay_for_ever():
    # Another hash would move artists between folds, and figures of different days could not be compared.
    assert [fold_of(name) for name in ("billie holiday", "gipsy kings", "fennesz", "burial")] == [3, 1, 2, 0]
    assert [split_of(name) for name in ("billie holiday", "gipsy kings", "fennesz", "burial")] == [
        "val", "train", "train", "val",
    ]  # fmt: skip


def test_shares_are_about_right():
    names = [f"artist {number}" for number in range(4000)]
    assert sum(split_of(name) == "train" for name in names) / 4000 == pytest.approx(0.70, abs=0.02)
    assert sum(split_of(name) == "test" for name in names) / 4000 == pytest.approx(0.15, abs=0.02)
    assert all(sum(fold_of(name) == fold for name in names) == pytest.approx(800, abs=80) for fold in range(5))


def example(number: int, label: str, group: str, split: str) -> Example:
    return Example(Path(f"{number}.mp3"), label, group, split)  # type: ignore[arg-type]


def test_an_artist_gets_one_split():
    given_none = assign_splits([example(i, "x", f"artist {i % 3}", "") for i in range(9)])
    assert all(one.split == split_of(one.group) for one in given_none)


def test_the_miniature_can_be_read(tmp_path: Path):
    examples = read_music(genre_folders(tmp_path, seconds=0.1))
    assert len(examples) == 60 and {one.split for one in examples} == {"train", "val", "test"}


def test_a_weak_label_is_no_label(tmp_path: Path):
    text = "path,genre,label_quality\na.mp3,rock,weak\nb.mp3,rock,strong\n"
    assert [one.label for one in read_music(table(tmp_path, text, "a.mp3", "b.mp3"))] == ["", "rock"]


def test_all_genres_of_a_track_are_kept_beside_its_label(tmp_path: Path):
    text = (
        "path,genre,all_genres,label_quality\na.mp3,rock,Rock; Folk ;Rock,strong\nb.mp3,,Folk;;Jazz,\nc.mp3,x,X,weak\n"
    )
    files = table(tmp_path, text, "a.mp3", "b.mp3", "c.mp3")
    assert [one.genres for one in read_music(files)] == [("Rock", "Folk"), ("Folk", "Jazz"), ()]
    # Who names the classes means these and no others.
    assert {one.genres for one in read_music(files, classes=["rock"])} == {()}
