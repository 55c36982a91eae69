"""Other versions of a track: the same song by the same artist, live, remastered or simply again."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORDS = (
    "live|remaster|remastered|remix|remixed|demo|acoustic|instrumental|version|edit|mono|stereo|mix|take|bonus|"
    "unplugged|session|sessions|karaoke|rehearsal|alternate|alternative|extended|radio|single|album|original|deluxe"
)
_BRACKET = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]")
_TAIL = re.compile(rf"\s+[-\u2013\u2014]\s+[^-]*\b(?:{_WORDS})\b.*$", re.IGNORECASE)
_MARK = re.compile(rf"\b(?:{_WORDS})\b", re.IGNORECASE)


@lru_cache(maxsize=8192)
def song_of(title: str) -> str:
    """The song that a title names, without what tells its version.

    Parameters
    ----------
    title : str

    Returns
    -------
    str
        Folded: lower case, no accents, no punctuation. Brackets count as a version where they hold a word
        for one ("live", "2011 remaster"); "(Part 2)" stays. Empty for an empty title.
    """
    bare = _BRACKET.sub(lambda found: "" if _MARK.search(found[0]) else found[0], title)
    bare = _TAIL.sub("", bare)
    plain = unicodedata.normalize("NFKD", bare if bare.strip() else title).casefold()
    letters = "".join(letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return " ".join(letters.split()) or " ".join(title.split())
