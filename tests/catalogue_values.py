"""Values that a catalogue must give back as they were, for the laws of its tables."""

from __future__ import annotations

import os
import string

from hypothesis import strategies as st

from musicemb.records import TrackTags

ANY_TEXT = st.text(st.characters(), max_size=12)
WORDS = st.lists(ANY_TEXT, max_size=3).map(tuple)
SHARE = st.floats(0, 1)
TAGS = st.builds(TrackTags, ANY_TEXT, ANY_TEXT, ANY_TEXT, WORDS, WORDS, st.none() | SHARE, ANY_TEXT)
NAMES = st.binary(min_size=1, max_size=16).filter(lambda raw: not set(raw) & {0, ord("/")} and raw not in (b".", b".."))
if os.name == "nt":
    NAMES = st.text(string.ascii_letters + "äß漢\U0001f3b5", min_size=1, max_size=16).map(os.fsencode)
