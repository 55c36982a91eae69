"""status: what the library holds, and what is wrong with it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from fake_encoder import FakeEncoder
from typed_commands import Type, embedded

from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import PARTLY, TrackValues


def test_status(library: Path, type_: Type) -> None:
    typed = type_("status")
    assert typed.status == 0, typed.err
    shown = typed.text
    for words in ("40 with 2 h 0 min of music", "fake (fake00000000)", "/music", "30 tagged, 9 guessed"):
        assert words in shown
    assert "1 failed, 1 skipped (musicemb status --problems)" in shown
    document = type_("status", "--json").json
    assert document["tracks"] == 40
    assert document["roots"] == ["/music"]
    assert {problem["kind"] for problem in document["problems"]} == {"failed", "skipped"}
    assert type_("status", "--problems").text.splitlines() == [
        "failed  /music/broken.mp3: is not audio",
        "skipped  /music/still.mp3: is silent",
    ]


def test_an_empty_library_says_how_to_fill_it(own_library: Path, type_: Type) -> None:
    with open_catalogue(own_library):
        pass
    shown = type_("status").text.splitlines()
    assert shown[0].startswith(f"Library   {own_library}, ")
    assert shown[1:] == ["Tracks    0", "", "The library is empty: run musicemb scan FOLDER"]
    typed = type_("status", "--problems")
    assert (typed.status, typed.text, typed.err) == (0, "", "no file failed or was skipped\n")


def test_runs_and_other_encoders(library: Path, type_: Type) -> None:
    with open_catalogue() as catalogue:
        catalogue.set_active_encoder("other0000000", "other")
        catalogue.put_track(embedded(0), "other0000000")
        catalogue.set_active_encoder(FakeEncoder().id, FakeEncoder().name)
        catalogue.start_run("tag", FakeEncoder().id)
    shown = type_("status").text
    assert "          other (other0000000): vectors of 1 track\n" in shown
    assert "Written   1 run; the last: tag, 20" in shown


def test_values_are_counted_and_what_is_missing_is_told(library: Path, type_: Type) -> None:
    assert "Values    40 tracks not measured yet (musicemb scan --reembed)" in type_("status").text
    with open_catalogue(library) as catalogue:
        for track in catalogue.tracks()[:30]:
            catalogue.put_values(track.payload_hash, TrackValues(bpm=120.0, bpm_confidence=0.9, loudness=-9.0))
    text = type_("status").text
    assert "Values    30 with tempo, 30 with loudness\n          10 tracks not measured yet" in text
    counts = {"bpm": 30, "key": 0, "loudness": 30, "unmeasured": 10, "excerpts": 0}
    assert type_("status", "--json").json["values"] == counts


def test_what_was_heard_in_excerpts_is_told(library: Path, type_: Type) -> None:
    with open_catalogue(library) as catalogue:
        for number in range(3):
            catalogue.put_track(dataclasses.replace(embedded(number), decoder="av" + PARTLY), FakeEncoder().id)
        assert len(catalogue.partly_heard()) == 3
    text = type_("status").text
    assert "3 tracks embedded from excerpts only (musicemb scan embeds them in full)\n" in text
    assert "37 tracks not measured yet (musicemb scan --reembed)" in text
    assert type_("status", "--json").json["values"]["excerpts"] == 3
