"""What tags of any kind have in common."""

from __future__ import annotations

from musicemb.io.tags.reading.texts import TagTexts, decode


def test_unknown_text_is_utf_8_or_else_latin_1() -> None:
    assert decode("Jóga".encode()) == decode("Jóga".encode("latin-1")) == "Jóga"
    assert decode(b"") == ""


def test_texts_are_gathered_by_their_keys_and_ours_always() -> None:
    found = TagTexts({"genre": "genre", "title": "Title", "artist": "artist"})
    found.put("Genre", ["Rock", " ", "Pop", "Rock"])
    found.put("TITLE", [])
    found.put("musicemb_genre", ["Rock"])
    found.put("COMMENT", ["none"])
    assert found == {"genre": ["Rock", "Pop"], "MUSICEMB_GENRE": ["Rock"]}
    assert found.wants("genre") and found.wants("ARTIST") and not found.wants("comment")


def test_of_one_text_no_more_is_gathered_than_any_tag_needs() -> None:
    found = TagTexts({"genre": "genre"})
    taken = []
    found.put("genre", (taken.append(number) or f"{number} {'A' * 10_000}" for number in range(1_000_000)))  # type: ignore[func-returns-value]
    assert len(found["genre"]) == 200 and len(taken) == 1001
    assert {len(value) for value in found["genre"]} == {4096}


def test_repeated_values_are_not_looked_at_for_ever() -> None:
    found = TagTexts({"genre": "genre"})
    for _ in range(1000):
        assert found.wants("genre")
        found.put("genre", ["Rock"])
    assert not found.wants("genre") and found == {"genre": ["Rock"]}
