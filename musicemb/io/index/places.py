"""Where the index of a catalogue lies: beside it, or in the user's cache where that cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from musicemb.io.user_folders import user_cache_folder

SUFFIX = ".index"


def index_places(catalogue: Path, *, remote: bool = False) -> Iterator[Path]:
    """Files that may be the index of a catalogue, the one to write first.

    Parameters
    ----------
    catalogue : Path
        Absolute.
    remote : bool
        It lies on another machine: a file there is not mapped into memory, since it could vanish under it.

    Yields
    ------
    Path
        The folder of the one in the cache may be absent.
    """
    if not remote:
        yield catalogue.with_name(catalogue.name + SUFFIX)
    import hashlib

    name = hashlib.sha256(os.fsencode(catalogue)).hexdigest()[:16]
    yield user_cache_folder() / "indexes" / f"{name}{SUFFIX}"
