"""A file by what the system tells of it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from musicemb.records import FoundFile, MusicalKey


def test_a_file_has_its_size_and_time(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"12345")
    os.utime(path, ns=(7, 1_700_000_000_123_456_789))
    assert FoundFile.from_status(path, path.stat()) == FoundFile(path, 5, path.stat().st_mtime_ns)


@pytest.mark.parametrize("time", [2**63, -(2**63) - 1, 2**70])
def test_a_time_beyond_64_bits_is_the_nearest_that_fits(time: int) -> None:
    status = SimpleNamespace(st_size=1, st_mtime_ns=time)
    found = FoundFile.from_status(Path("a.mp3"), status)  # type: ignore[arg-type]
    assert found.mtime_ns == (2**63 - 1 if time > 0 else -(2**63))


@pytest.mark.parametrize(
    ("text", "name", "camelot"),
    [
        ("Am", "Am", "8A"),
        ("8a", "Am", "8A"),
        ("C", "C", "8B"),
        ("F# minor", "F#m", "11A"),
        ("Bb", "Bb", "6B"),
        ("bb minor", "Bbm", "3A"),
        ("D♭ major", "Db", "3B"),
        ("12B", "E", "12B"),
        ("01A", "G#m", "1A"),
        ("CM", "C", "8B"),
    ],
)
def test_a_key_is_read_as_people_write_it(text: str, name: str, camelot: str) -> None:
    key = MusicalKey.from_text(text)
    assert (key.name, key.camelot) == (name, camelot)


@pytest.mark.parametrize("text", ["", "H", "13A", "0B", "Am7", "A minorish"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no key"):
        MusicalKey.from_text(text)


@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("tonic", range(12))
def test_names_and_places_of_the_wheel_lead_back(tonic: int, minor: bool) -> None:
    key = MusicalKey(tonic, minor)
    assert MusicalKey.from_text(key.name) == MusicalKey.from_text(key.camelot) == key
    place = int(key.camelot[:-1])
    around = {place % 12 + 1, (place - 2) % 12 + 1}
    assert {one.camelot for one in key.neighbours} == {
        f"{place}{'B' if minor else 'A'}",
        *(f"{one}{'A' if minor else 'B'}" for one in around),
    }
    assert all(key in one.neighbours for one in key.neighbours)
