"""A digest tells heads and aliases apart."""

from __future__ import annotations

from dataclasses import replace

from searched_library import LISTENING

from musicemb.core.genres.aliases import make_aliases
from musicemb.workflows.index.fingerprint import digest_of


def test_other_heads_and_other_words_have_another_digest() -> None:
    heads = LISTENING.tag_heads
    assert heads is not None
    other = replace(heads, bias=heads.bias + 1)
    words = make_aliases({"yacht": "soft rock"})
    digests = [digest_of(heads), digest_of(other), digest_of(None), digest_of(None, words), digest_of(heads, words)]
    assert len(set(digests)) == 5
    assert digest_of(replace(heads)) == digests[0]
