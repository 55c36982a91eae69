"""Text is compared whatever its case, accents and punctuation."""

from __future__ import annotations

import pytest

from musicemb.core.similarity.folding import fold_text


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Björk  Guðmundsdóttir", "bjork guðmundsdottir"), ("AC/DC", "ac dc"), ("!!!", "!!!"), ("  ", ""), ("ﬁn", "fin")],
)
def test_folding(text: str, folded: str) -> None:
    assert fold_text(text) == folded
    assert fold_text(folded) == folded


def test_plain_letters_fold_as_any_others() -> None:
    for code in range(128):
        letter = chr(code)
        # An accent that is taken away again makes it the text that is no ASCII.
        assert fold_text(f"a{letter}b") == fold_text(f"a{letter}b\u0301"), letter
