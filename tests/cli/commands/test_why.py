"""``why`` as typed, and the options that say which genres may be guessed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder, made_tag_heads
from typed_commands import Type, embedded

from musicemb.core.vectors.pooling import quantise
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import MusicalKey, TrackValues


def many(library: Path, *, tracks: int = 40) -> None:
    """The fixture's artists are two; guesses ask for three."""
    with open_catalogue(library) as catalogue:
        for number in range(tracks):
            genres = (("Rock", "Jazz")[number % 2],) if number < 30 else ()
            track = embedded(number, genres=genres, artist=f"Artist {number % 10}")
            catalogue.put_track(track, FakeEncoder().id)


def test_why_tells_what_each_witness_says(library: Path, type_: Type) -> None:
    many(library)
    typed = type_("why", "song 36")
    assert typed.status == 0, typed.err
    assert "guessed: Rock" in typed.text
    assert "your similar tracks" in typed.text
    document = type_("why", "song", "36", "--json").json
    assert document["guess"]["genre"] == "Rock"
    assert document["guess"]["confidence"] >= document["threshold"]
    assert {"neighbours", "cluster"} <= document["witnesses"].keys()
    assert all(one["genres"] for one in document["neighbours"])
    assert document["cluster"] == 0
    assert type_("why", "song 3", "--json").json["track"]["genres"] == ["Jazz"]


def test_what_is_nearly_enough_is_not_told_to_be_enough(library: Path, type_: Type) -> None:
    many(library)
    worth = type_("why", "song 36", "--json").json["likely"]["Rock"]
    needed = int(worth * 100 + 1) / 100  # the hundredth above
    typed = type_("why", "song 36", "--min-confidence", str(needed))
    assert f"nothing is sure enough; Rock has {needed - 0.01:.2f}, and {needed:.2f} is needed" in typed.text


def test_what_comes_nearest_is_a_word_of_the_vocabulary(library: Path, type_: Type, tmp_path: Path) -> None:
    many(library)
    words = tmp_path / "words.txt"
    words.write_text("Jazz\n")
    # Rock is likely, but may not be said, and neither is sure enough: what misses the threshold is no Rock.
    typed = type_("why", "song 36", "--min-confidence", "1", "--vocabulary", words)
    assert "nothing is sure enough; no genre that may be guessed is likely, and 1.00 is needed" in typed.text
    words.write_text("Jazz\nRock\n")
    assert "; Rock has 0." in type_("why", "song 36", "--min-confidence", "1", "--vocabulary", words).text


def test_why_tells_what_the_encoder_hears(library: Path, type_: Type) -> None:
    heads = made_tag_heads(("calm", "mood"), ("piano", "instrument"), ("singing", "voice"))
    typed = type_("why", "song 36", encoder=FakeEncoder(tag_heads=heads))
    assert "\nsounds like: calm\n" in typed.text
    sounds = type_("why", "song 36", "--json", encoder=FakeEncoder(tag_heads=heads)).json["sounds"]
    assert (sounds[0]["name"], sounds[0]["kind"], len(sounds)) == ("calm", "mood", 3)
    assert sounds[0]["rank"] >= 0.9 > sounds[1]["rank"]
    assert "sounds like" not in type_("why", "song 36").text
    assert type_("why", "song 36", "--json").json["sounds"] == []


def test_why_tells_when_somebody_sings(library: Path, type_: Type) -> None:
    encoder = FakeEncoder(tag_heads=made_tag_heads(("singing", "voice"), ("no voice", "voice")))
    parts = np.repeat([1, 0, 1], [8, 12, 25])  # segments of 4 s: 32 s without a voice, 48 s with one, and 100 s without
    sung = quantise(np.arange(45, dtype=np.float32) * 4, np.eye(16, dtype=np.float32)[parts])
    with open_catalogue(library) as catalogue:
        catalogue.put_track(replace(embedded(36), segments=sung), encoder.id)
        catalogue.put_track(replace(embedded(37), segments=sung), encoder.id, keep_segments=False)
    typed = type_("why", "song 36", encoder=encoder)
    assert "\nsomebody sings from 0:32 to 1:20\n" in typed.text
    (passage,) = type_("why", "song 36", "--json", encoder=encoder).json["passages"]
    assert (passage["name"], passage["start"], passage["end"]) == ("voice", 32.0, 80.0)
    assert 0.6 <= passage["clearness"] <= 1
    assert "somebody" not in type_("why", "song 37", encoder=encoder).text
    assert type_("why", "song 37", "--json", encoder=encoder).json["passages"] is None
    assert type_("why", "song 36", "--json").json["passages"] is None  # an encoder without tag heads


def test_why_says_that_nobody_knows(library: Path, type_: Type) -> None:
    typed = type_("why", "song 36")  # all tracks are by two artists
    assert typed.status == 0
    assert "no guess: there is no evidence" in typed.text
    assert typed.text.count("none: ") == 3


def test_why_of_what_is_not_there(library: Path, type_: Type) -> None:
    assert type_("why", "nothing like it").status == 1


def test_evil_titles_are_only_text(library: Path, type_: Type) -> None:
    many(library)
    with open_catalogue(library) as catalogue:
        evil = embedded(60, artist="<script>alert(1)</script>", title="שלום 🎸\x1b[31m", genres=("x" * 10_000,))
        catalogue.put_track(evil, FakeEncoder().id)
    typed = type_("why", "script", "alert")
    assert typed.status == 0, typed.err
    assert "\x1b[31m" not in typed.text
    assert type_("why", "script", "alert", "--json").json["track"]["artist"] == "<script>alert(1)</script>"


def test_tag_may_guess_otherwise_for_once(library: Path, type_: Type, tmp_path: Path) -> None:
    many(library)
    words = tmp_path / "words.txt"
    words.write_text("Polka\n")
    plain = type_("tag", "--dry-run", "--json").json["changes"]
    limited = type_("tag", "--dry-run", "--json", "--vocabulary", words)
    assert limited.status == 0, limited.err
    assert limited.json["changes"] == []
    assert {word for change in plain for word in change["after"]} == {"Rock"}
    assert type_("tag", "--dry-run", "--vocabulary", words, "--any-genre").status == 2
    absent = type_("tag", "--dry-run", "--vocabulary", tmp_path / "absent")
    assert (absent.status, absent.err.count("\n")) == (2, 1)
    words.write_text("Rock; Pop\n")
    assert "not one genre" in type_("tag", "--dry-run", "--vocabulary", words).err


def test_a_broken_alias_file_is_one_line(
    library: Path, type_: Type, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    many(library)
    file = tmp_path / "genres.txt"
    monkeypatch.setattr("musicemb.workflows.genres.vocabulary.aliases_file", lambda: file)
    file.write_text("rock = Krach\n")
    assert type_("why", "song 36", "--json").json["guess"]["genre"] == "Krach"
    file.write_text("krach\n")
    typed = type_("status")
    assert (typed.status, typed.out) == (2, b"")
    assert "line 1" in typed.err
    assert typed.err.count("\n") == 1


def test_what_was_measured_is_told_with_its_confidence(library: Path, type_: Type) -> None:
    with open_catalogue(library) as catalogue:
        payload = catalogue.tracks()[4].payload_hash
        key = MusicalKey(9, minor=True)
        catalogue.put_values(payload, TrackValues(126.24, 0.9, key, 0.75, -9.3, 1.0, 4.04, 0.9, 0.99))
    text = type_("why", "Even Song 4").text
    assert "measured: 126.2 BPM (0.90); Am, Camelot 8A (0.75); -9.3 LUFS, range 4.0 LU (1.00)" in text
    assert "silent" not in text
    assert "measured" not in type_("why", "Even Song 6").text


@pytest.mark.parametrize(("silence", "told"), [(None, False), (0.0, False), (0.04, False), (0.42, True)])
def test_much_silence_is_told(library: Path, type_: Type, silence: float | None, told: bool) -> None:
    with open_catalogue(library) as catalogue:
        catalogue.put_values(catalogue.tracks()[4].payload_hash, TrackValues(loudness=-9.3, silence=silence))
    assert ("42% of it silent" in type_("why", "Even Song 4").text) == told
    assert type_("why", "Even Song 4", "--json").json["track"]["silence"] == silence
