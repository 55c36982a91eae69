"""Cache of frames on disk: decoded once, memory-mapped by every training after that."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.errors import MusicembError


class FrameStore:
    """A folder of frame arrays; safe to delete at any time.

    Parameters
    ----------
    folder : Path
        Made where absent.
    recipe : str
        What frames depend on besides the file: front-end settings, damage. Another recipe never
        meets this one's frames.
    """

    def __init__(self, folder: Path, recipe: str) -> None:
        self.folder = folder / hashlib.blake2b(recipe.encode(), digest_size=8).hexdigest()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise MusicembError(f"cannot make the cache folder {self.folder}: {problem.strerror}") from problem

    def place(self, audio: Path) -> Path:
        """File that holds (or will hold) a track's frames.

        Parameters
        ----------
        audio : Path
            The audio file; its size and time of change are part of the name.

        Returns
        -------
        Path
        """
        stat = audio.stat()
        name = hashlib.blake2b(digest_size=16)
        name.update(os.fsencode(audio.resolve()))
        name.update(f"\0{stat.st_size}\0{stat.st_mtime_ns}".encode())
        return self.folder / f"{name.hexdigest()}.npy"


def write_frames(place: Path, codes: NDArray[Any]) -> None:
    """Store frames; a kill leaves the old state or the new one.

    Parameters
    ----------
    place : Path
        From `FrameStore.place`.
    codes : ndarray [shape=(n_frames, n_values)]

    Raises
    ------
    MusicembError
        Where the disk is full or the folder cannot be written.
    """
    draft = place.with_name(f"{place.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            np.save(file, codes, allow_pickle=False)
        draft.replace(place)
    except OSError as problem:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise MusicembError(f"cannot write to the cache {place.parent}: {problem.strerror}") from problem


class StoredFrames:
    """Frames that are opened for each reading: memory maps of a hundred thousand files are more than systems allow.

    Parameters
    ----------
    place : Path
        From `FrameStore.place`.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self.shape: tuple[int, ...] = map_frames(place).shape
        self.ndim = len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, part: slice) -> NDArray[Any]:
        return np.array(map_frames(self._place)[part])


def map_frames(place: Path) -> NDArray[Any]:
    """Frames as a memory map.

    Parameters
    ----------
    place : Path

    Returns
    -------
    ndarray [shape=(n_frames, n_values)]
        Read-only.
    """
    mapped: NDArray[Any] = np.load(place, mmap_mode="r", allow_pickle=False)
    return mapped
