"""Text as it is compared: whatever its case, accents and punctuation."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)  # artists and albums come many times over
def fold_text(text: str) -> str:
    """Lower case, without accents and punctuation, words one space apart.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    kept = (letter for letter in plain.casefold() if not unicodedata.combining(letter))
    words = "".join(letter if letter.isalnum() else " " for letter in kept).split()
    return " ".join(words) if words else " ".join(text.split())  # a band may be called "!!!"
