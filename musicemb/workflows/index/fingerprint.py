"""A digest of everything besides the catalogue that an extension of the index was made from, to detect changes."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from musicemb.records import GenreAliases, GenreHead, Projection, TagHeads


def digest_of(heads: GenreHead | TagHeads | Projection | None, aliases: GenreAliases | None = None) -> str:
    """Another text for other heads of an encoder, or other words of the listener for genres.

    Parameters
    ----------
    heads : GenreHead, TagHeads, Projection or None
    aliases : GenreAliases, optional

    Returns
    -------
    str
    """
    import hashlib

    known = hashlib.sha256()
    for field in fields(heads) if heads is not None else ():
        value: Any = getattr(heads, field.name)
        known.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    if aliases is not None:
        words = [sorted(each.items()) for each in (aliases.folds, aliases.spellings, aliases.parents)]
        known.update(json.dumps(words).encode())
    return known.hexdigest()
