"""What is heard in one track: all words, the most unusual first."""

from __future__ import annotations

import numpy as np
import pytest
from fake_encoder import made_tag_heads

from musicemb.core.sound_tags.track_sounds import clear_sounds, sounds_of
from musicemb.records import HeardSound


def test_words_come_by_their_rank() -> None:
    heads = made_tag_heads(("calm", "mood"), ("piano", "instrument"), ("singing", "voice"), dimensions=4)
    heard = sounds_of(np.array([0.0, 1.0, -1.0, 0.0], dtype=np.float32), heads)
    assert [one.name for one in heard] == ["piano", "calm", "singing"]
    assert heard[0].kind == "instrument"
    assert [one.probability for one in heard] == pytest.approx([1 / (1 + np.exp(-4)), 0.5, 1 / (1 + np.exp(4))])
    assert heard[0].rank == 1 and heard[2].rank == 0
    assert heard[1].rank == pytest.approx((0.5 - 0.1) / 0.85)  # the quantiles are even


def test_what_is_rare_must_be_probable_to_be_told() -> None:
    words = [("ukulele", "instrument", 0.01, 0.99), ("calm", "mood", 0.02, 0.95), ("guitar", "instrument", 0.3, 0.92)]
    assert clear_sounds([HeardSound(*word) for word in words]) == ["calm", "guitar"]
    assert clear_sounds([HeardSound("piano", "instrument", 0.6, 0.89)]) == []
