"""What a scan says of what it does not look into."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.errors import LibraryRootError
from musicemb.records import PassedOver
from musicemb.workflows.library.roots import check_roots, describe_passed_over, make_absolute

ROOT = Path("/music")


def test_nothing_passed_over_is_nothing_said() -> None:
    assert describe_passed_over([]) == []


def test_each_kind_is_one_line_with_counts() -> None:
    items = [PassedOver(ROOT / f"{number}.mid", "format") for number in range(1200)]
    items += [PassedOver(ROOT / "a.RA", "format"), PassedOver(ROOT / ".git", "hidden folder")]
    items += [PassedOver(ROOT / ".b.mp3", "hidden file"), PassedOver(ROOT / "x" / "#recycle", "system folder")]
    assert describe_passed_over(items) == [
        "1,201 music files of formats that cannot be read (.mid 1,200, .ra 1) not scanned",
        "1 hidden folder and 1 hidden file not scanned (.git, .b.mp3); name one as a path to scan it",
        "1 folder of the system or recycle bin not scanned (#recycle)",
    ]


def test_a_folder_with_nothing_else_says_what_is_there() -> None:
    with pytest.raises(LibraryRootError, match=r"no audio files in there; 1 music file of formats.*\.mid 1"):
        check_roots([ROOT], [], [], [PassedOver(ROOT / "a.mid", "format")])


def test_an_empty_path_is_not_the_current_folder() -> None:
    assert make_absolute(".") == Path.cwd()
    with pytest.raises(LibraryRootError, match="a path is empty"):
        make_absolute("")
