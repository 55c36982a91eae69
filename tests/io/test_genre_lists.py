"""Lists that a listener writes: read as meant, or refused with one line that says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.errors import SettingsError
from musicemb.io.genre_lists import read_genres, read_vocabulary


def test_aliases_are_read(tmp_path: Path) -> None:
    file = tmp_path / "genres.txt"
    file.write_text(
        "\ufeff# mine\n\n synth wave ; retrowave = Synthwave\nchristmas = -\nC = 日本\n"
        "Synthwave; Chiptune < Electronic\nMetal < -\na<b =\n",
        encoding="utf-8",
    )
    aliases, families = read_genres(file)
    assert aliases == {"synth wave": "Synthwave", "retrowave": "Synthwave", "christmas": "", "C": "日本"}
    assert families == {"Synthwave": "Electronic", "Chiptune": "Electronic", "Metal": "", "a": "b ="}
    assert read_genres(tmp_path / "absent.txt") == ({}, {})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"# fine\nno sign\n", "line 2"),
        (b"= rock\n", "line 1"),
        (b"a; b =\n", "line 1"),
        (b"a = b; c\n", "only one genre"),
        (b"a = b\na = c\n", "line 2"),
        (b"a < b; c\n", "only one genre"),
        (b"a < b\na < c\n", "line 2.*family already"),
        (b"Rock < rock\n", "itself"),
        (b"# fine\nsynthwave < electronic < pop\n", "line 2.*two lines"),
        (b"< rock\n", "line 1"),
        (b"a <\n", "line 1"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a = b\0", "not a list"),
        (b"x" * 1_000_001, "not a list"),
    ],
)
def test_broken_aliases_are_refused_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "genres.txt"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=told) as refusal:
        read_genres(file)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400 + len(str(file))


def test_a_folder_in_the_place_of_a_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_genres(tmp_path)


def test_a_vocabulary_is_read(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("# words\nRock\n\nHip Hop\nRock\n", encoding="utf-8")
    assert read_vocabulary(file) == ("Rock", "Hip Hop")
    file.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="holds no genre"):
        read_vocabulary(file)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_vocabulary(tmp_path / "absent.txt")
