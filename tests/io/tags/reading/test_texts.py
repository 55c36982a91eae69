"""What tags of any kind have in common."""

from __future__ import annotations

from musicemb.io.tags.reading.texts import decode, pick


def test_unknown_text_is_utf_8_or_else_latin_1() -> None:
    assert decode("Jóga".encode()) == decode("Jóga".encode("latin-1")) == "Jóga"
    assert decode(b"") == ""


def test_texts_are_picked_by_their_keys_and_ours_always() -> None:
    values = {"GENRE": ["Rock", "Pop"], "TITLE": [], "MUSICEMB_GENRE": ["Rock"], "COMMENT": ["none"]}
    found = pick(values, {"genre": "genre", "title": "Title", "artist": "artist"})
    assert found == {"genre": ["Rock", "Pop"], "MUSICEMB_GENRE": ["Rock"]}
    assert found["genre"] is not values["GENRE"]
