"""The errors that a person may see: each text says what happened and what to do.

Every error below is a `MusicembError`; the command line prints its text as one line on stderr and
leaves with its `exit_status`. No other exception may reach a person as a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class MusicembError(Exception):
    """Base class of all errors whose text is meant for people."""

    exit_status = 1


class FileError(MusicembError):
    """Something is wrong with one file.

    Parameters
    ----------
    path : Path
        The file.
    reason : str
        What is wrong, in a few words, without the path ("is empty").
    transient : bool
        True where another try may succeed (permission, I/O, memory): such a file is tried again at
        every scan. False (corrupt, not audio) is remembered until the file changes.
    """

    def __init__(self, path: Path, reason: str, *, transient: bool = False) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
        self.transient = transient

    def __reduce__(self) -> tuple[object, ...]:
        # Worker processes send their errors to the parent; Exception's own pickling loses keywords.
        return (_rebuild_file_error, (type(self), self.path, self.reason, self.transient))


def _rebuild_file_error(kind: type[FileError], path: Path, reason: str, transient: bool) -> FileError:
    return kind(path, reason, transient=transient)


class AudioError(FileError):
    """The audio of a file cannot be read."""


class SkippedAudio(FileError):
    """The file can be read but has nothing to embed (it is silent, or shorter than a second); this is not a failure."""


class TagError(FileError):
    """The tags of a file cannot be read or written; the file is as it was."""


class LibraryRootError(MusicembError):
    """A scanned folder is missing or suddenly empty; nothing was changed."""


class CatalogueError(MusicembError):
    """The catalogue cannot be opened, read or written."""


class NothingScanned(CatalogueError):
    """There is no catalogue yet, or an empty one."""


class BundleError(MusicembError):
    """An encoder bundle is missing, altered or from a newer version."""


class DatasetError(MusicembError):
    """A dataset is missing, incomplete or not as published."""


class SettingsError(MusicembError):
    """A setting is unknown or out of range."""

    exit_status = 2


class MissingExtra(MusicembError):
    """An optional library is not installed; the text holds the command that installs it."""


class TrackNotFound(MusicembError):
    """No track matches the given path or words."""


class ConsentMissing(MusicembError):
    """A command would write something, but there is no terminal on which to ask for confirmation."""

    exit_status = 2


class AmbiguousTrack(MusicembError):
    """Several tracks match the words; `candidates` lists them, best first."""

    exit_status = 2

    def __init__(self, words: str, candidates: Sequence[object]) -> None:
        super().__init__(f"{len(candidates)} tracks match {words!r}; give more words or the file's path")
        self.words = words
        self.candidates = tuple(candidates)
