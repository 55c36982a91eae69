"""Reads npz files from others, and checks their claimed sizes before it allocates memory."""

from __future__ import annotations

import math
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.settings.files import open_regular

_MOST_MEMBERS = 20_000


def read_npz(path: Path, most: int) -> dict[str, NDArray[Any]]:
    """All arrays of an npz file.

    Parameters
    ----------
    path : Path
    most : int
        Bytes that they may take unpacked.

    Returns
    -------
    dict
        Name -> array.

    Raises
    ------
    OSError
        Where the file cannot be opened, or is no regular one.
    ValueError
        Where it is damaged, claims more than it holds, or is too large; the text says which.
    """
    with open_regular(path) as opened:
        try:
            with zipfile.ZipFile(opened) as packed:
                return _read_members(packed, most)
        except MemoryError:
            raise ValueError("its arrays do not fit into memory") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, struct.error) as problem:
            raise ValueError(f"it is damaged, truncated or not an npz file: {problem}") from None
        except (NotImplementedError, RuntimeError, SyntaxError, TypeError, KeyError, OverflowError) as problem:
            raise ValueError(f"it is not an npz file that numpy wrote: {problem}") from None


def _read_members(packed: zipfile.ZipFile, most: int) -> dict[str, NDArray[Any]]:
    members = packed.infolist()
    total = sum(member.file_size for member in members)
    if len(members) > _MOST_MEMBERS:
        raise ValueError(f"it holds {len(members):,} arrays; {_MOST_MEMBERS:,} at most are read")
    if total > most:
        raise ValueError(f"its arrays take {total / 1e9:.3g} GB; {most / 1e9:.3g} GB at most are read")
    found: dict[str, NDArray[Any]] = {}
    for member in members:
        with packed.open(member) as file:
            version = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = read(file)
            begin = file.tell()
        claimed = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or min(shape, default=0) < 0 or begin + claimed != member.file_size:
            raise ValueError(f"{member.filename} is not an array, or its size does not match the file")
        with packed.open(member) as file:
            found[member.filename.removesuffix(".npy")] = np.lib.format.read_array(file, allow_pickle=False)
    return found
