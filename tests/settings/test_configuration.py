"""What may be set: which of several sayings holds, and what is refused with the nearest key or the right kind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.errors import SettingsError
from musicemb.settings.configuration import KEYS, Key, Source, read_configuration, resolve

SOURCES: tuple[Source, ...] = ("file", "library", "environment", "option")
VALUES = {
    "texts": st.lists(st.text("ab*", min_size=1, max_size=2), max_size=3).map(tuple),
    "count": st.integers(1, 5),
    "share": st.floats(0, 1),
    "minutes": st.floats(1, 100),
    "switch": st.booleans(),
    "genres": st.lists(st.text("ab*", min_size=1, max_size=2), max_size=3).map(tuple),
    "policy": st.sampled_from(["missing", "add", "replace"]),
}


@given(st.data())
def test_the_nearer_wins_and_lists_add_up(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(list(KEYS.values())))
    said: dict[Source, Any] = {source: data.draw(st.none() | VALUES[key.kind]) for source in SOURCES}
    value, sources = resolve(key, list(said.items()))
    speaking = [source for source in SOURCES if said[source] is not None]
    if not speaking:
        assert (value, sources) == (key.default, ("default",))
    elif key.adds_up:
        assert set(value) == {entry for source in speaking for entry in said[source]}
        assert len(set(value)) == len(value)
        assert sources == (tuple(source for source in speaking if said[source]) or ("default",))
    else:
        assert (value, sources) == (said[speaking[-1]], (speaking[-1],))


def test_a_file_and_the_environment_are_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        'roots = ["~/Music"]\nworkers = 2\nmin_confidence = 1\nvocabulary = "words.txt"\nmixes = true\n'
        "[playlist]\nspacing = 0\nminutes = 7.5\n",
        encoding="utf-8-sig",
    )
    said = {"MUSICEMB_WORKERS": "3", "MUSICEMB_MIXES": "No", "MUSICEMB_PLAYLIST_TRACKS": "40", "MUSICEMB_POLICY": ""}
    found = read_configuration(path, said | {"MUSICEMB_EXCLUDE": os.pathsep.join(["*/a", "*/b"])})
    assert found.file == {
        "roots": ("~/Music",),
        "workers": 2,
        "min_confidence": 1,
        "vocabulary": tmp_path / "words.txt",
        "mixes": True,
        "playlist.spacing": 0,
        "playlist.minutes": 7.5,
    }
    assert found.environment == {"workers": 3, "mixes": False, "playlist.tracks": 40, "exclude": ("*/a", "*/b")}
    assert found.in_force("workers") == (3, ("environment",))
    assert found.in_force("mixes", remembered=True) == (False, ("environment",))
    assert found.in_force("max_genres", remembered=2) == (2, ("library",))
    assert found.value("workers", option=1) == 1
    assert read_configuration(tmp_path / "absent.toml", {}).value("policy") == "missing"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("worker = 2", "there is no key 'worker'; did you mean 'workers'?"),
        ("min-confidence = 0.5", "did you mean 'min_confidence'?"),
        ("[playlist]\ntrack = 2", "there is no key 'playlist.track'; did you mean 'playlist.tracks'?"),
        ("zzzz = 1", "there are roots, exclude, workers"),
        ("playlist = 3", "there is no key 'playlist'"),
        ('workers = "many"', "workers must be a whole number from 1 up, not 'many'; for example 2"),
        ("workers = 0", "a whole number from 1 up, not '0'"),
        ("workers = true", "not 'true'"),
        ("max_genres = 6", "a whole number from 1 to 5"),
        ("min_confidence = 60", "a number from 0 to 1"),
        ("min_confidence = nan", "a number from 0 to 1"),
        ('roots = "~/Music"', "a list of texts"),
        ("vocabulary = [1]", "a list of genres, or a file"),
        ('mixes = "yes"', "true or false, not 'yes'"),
        ('policy = "always"', "one of missing, add, replace"),
        ("[playlist]\nminutes = inf", "above 0"),
        ("workers = ", "is not a TOML file"),
        ("a" * 2_000_000, "is larger than"),
    ],
)
def test_what_cannot_be_is_one_line(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as told:
        read_configuration(path, {})
    assert complaint in str(told.value)
    assert str(told.value).startswith(str(path))
    assert "\n" not in str(told.value)


def test_a_variable_and_other_bytes_are_refused_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="MUSICEMB_WORKERS must be a whole number from 1 up, not 'many'"):
        read_configuration(tmp_path / "absent.toml", {"MUSICEMB_WORKERS": "many"})
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="is not a TOML file"):
        read_configuration(tmp_path / "config.toml", {})
    with pytest.raises(SettingsError, match="cannot be read"):
        read_configuration(tmp_path, {})


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_each_example_is_right(key: Key, tmp_path: Path) -> None:
    section, _, name = key.name.rpartition(".")
    path = tmp_path / "config.toml"
    path.write_text(f"[{section}]\n{name} = {key.example}\n" if section else f"{name} = {key.example}\n")
    assert list(read_configuration(path, {}).file) == [key.name]
