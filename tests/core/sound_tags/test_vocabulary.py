"""The words of the tag heads: each once, each with classes that a tagger can have."""

from __future__ import annotations

from musicemb.core.sound_tags.vocabulary import SOUND_TAGS


def test_words_are_there_once() -> None:
    names = [tag.name for tag in SOUND_TAGS]
    assert len(set(names)) == len(names) > 70


def test_classes_are_lower_case_and_there() -> None:
    for tag in SOUND_TAGS:
        assert tag.classes
        for name in tag.classes:
            assert name == name.lower().strip() != ""


def test_what_listeners_ask_for_is_among_them() -> None:
    kinds = {tag.name: tag.kind for tag in SOUND_TAGS}
    assert kinds["calm"] == kinds["happy"] == kinds["energetic"] == "mood"
    assert kinds["no voice"] == kinds["female voice"] == kinds["choir"] == kinds["rap"] == "voice"
    assert kinds["piano"] == kinds["saxophone"] == "instrument"
    assert kinds["eighties"] == "era"
