"""duplicates as it is typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from typed_commands import Type, embedded

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import FoundFile


def test_groups_are_told_with_what_differs(library: Path, type_: Type) -> None:
    assert type_("duplicates").text == "no duplicates were found\n"
    with open_catalogue(library) as catalogue:
        copy = replace(
            embedded(4, title="Song four", genres=("Rock",)), file=FoundFile(Path("/music/copy/04.mp3"), 3_000_000, 1)
        )
        catalogue.put_track(copy, "fake00000000")
    document = type_("duplicates", "--json").json
    (group,) = document["groups"]
    assert (group["kind"], group["differs"]) == ("same audio", ["title", "bitrate"])
    assert [one["bytes"] for one in group["copies"]] == [3_000_000, 1004]
    assert (document["files"], document["spare"]) == (2, 1004)
    shown = type_("duplicates", "--exact").text
    assert shown.splitlines()[:2] == ["1. Even - Song four", "same audio; differs: title, bitrate"]
    assert shown.splitlines()[-1] == "1 group of 2 files; the copies take 1.0 kB"


def test_only_so_many_are_shown(library: Path, type_: Type) -> None:
    with open_catalogue(library) as catalogue:
        for number in range(3):
            copy = replace(embedded(number), file=FoundFile(Path(f"/music/copy/{number}.mp3"), 2_000, 1))
            catalogue.put_track(copy, "fake00000000")
    assert "(1 group not shown: -n 3)" in type_("duplicates", "-n", "2").text
