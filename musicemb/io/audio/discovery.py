"""Finds audio files on disk.

Files come in a stable order: the roots as given; in each folder the files by name, then its folders
by name. What a symbolic link leads to comes last, so that a file which can be reached in two ways is
known by its own path rather than by a link.
"""

from __future__ import annotations

import fnmatch
import itertools
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from musicemb.errors import LibraryRootError
from musicemb.io.silent_drives import ask, progress
from musicemb.records import FoundFile, PassedOver, Problem
from musicemb.settings import AUDIO_SUFFIXES, NO_MUSIC_MARKER, SYSTEM_FOLDERS, UNREAD_SUFFIXES

_Key = tuple[object, ...]


def find_audio(paths: Sequence[Path], *, exclude: Sequence[str] = ()) -> Iterator[FoundFile | PassedOver | Problem]:
    """Walk files and folders.

    Hidden files and folders are passed over, and so are recycle bins and a folder that holds a
    ``.nomusic`` file, with all below it. What is named directly is taken even if hidden. A name that
    begins with several dots, or with a dot and a digit ("...And Justice for All", ".38 Special"), is
    a title, not hidden.
    Links are followed; a file is found once, however many roots and links lead to it. Two hard links
    are two files.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders.
    exclude : sequence of str
        Globs. Each is matched against the path relative to its root (``Live/*``; ``*/Live/*`` means
        one right below the root, too) and against the name alone (``*.wma``, ``Podcasts``); one that
        begins at ``/`` against the whole path. What matches is left out, a folder with all below it.

    Returns
    -------
    iterator of FoundFile, PassedOver or Problem
        Paths are absolute. A `Problem` is a file, or a folder, that cannot be read: where it is a
        folder (or a dead link), nothing is known about the tracks below it. `PassedOver` is music of
        a kind that cannot be read, what is hidden, or a system's own folder.

    Raises
    ------
    LibraryRootError
        At once, before the first file, where none of `paths` exists and can be opened. One that cannot,
        beside others, is a `Problem`: the others are searched.
    """
    roots = [_check_root(path) for path in paths]
    absent = [root for root in roots if isinstance(root, Problem)]
    present = [root for root in roots if isinstance(root, Path)]
    if absent and not present:
        raise LibraryRootError(f"{absent[0].path}: {absent[0].reason}")
    return itertools.chain(absent, _Walk(exclude).walk(present))


def _check_root(path: Path) -> Path | Problem:
    """The root's absolute path, if it is there and can be opened."""
    root = Path(os.path.abspath(path))  # noqa: PTH100 - keeps links in the path, unlike resolve()
    try:
        ask(root, lambda: _open_root(root))
    except FileNotFoundError:
        return Problem(root, "no such file or folder; is its drive mounted?", "failed", transient=True)
    except (OSError, ValueError) as error:
        return Problem(root, f"cannot be opened: {_words(error)}", "failed", transient=True)
    return root


def _open_root(root: Path) -> None:
    if stat.S_ISDIR(root.stat().st_mode):
        with os.scandir(root):
            pass


class _Walk:
    """One search: what was seen already, and the links that wait for the end."""

    def __init__(self, exclude: Sequence[str]) -> None:
        self._globs = [_Glob(pattern) for pattern in exclude if pattern]
        self._seen: set[_Key] = set()
        self._links: list[tuple[Path, Path]] = []  # (root, link)

    def walk(self, roots: Sequence[Path]) -> Iterator[FoundFile | PassedOver | Problem]:
        for root in roots:
            yield from self._below(root, root, named=True)
        while self._links:
            root, link = self._links.pop(0)
            yield from self._below(link, root)

    def _below(self, top: Path, root: Path, *, named: bool = False) -> Iterator[FoundFile | PassedOver | Problem]:
        """The files at a path and below it; a drive that does not answer is one problem."""
        waiting = [top]
        while waiting:
            place = waiting.pop()
            try:
                items, folders = ask(place, lambda: self._look(place, root, named=named))  # noqa: B023
            except OSError as error:  # no answer: whatever else there can be is told by `_look`
                yield Problem(place, f"cannot be read: {_words(error)}", "failed", transient=True)
                continue
            yield from items
            waiting.extend(reversed(folders))
            named = False

    def _look(
        self, place: Path, root: Path, *, named: bool
    ) -> tuple[list[FoundFile | PassedOver | Problem], list[Path]]:
        """The files at a path, and the folders in it."""
        if _is_folder(place):
            return self._folder(place, root)
        excluded = named and self._excluded(place, place.parent)
        return [] if excluded else list(self._file(place, named=named)), []

    def _folder(self, folder: Path, root: Path) -> tuple[list[FoundFile | PassedOver | Problem], list[Path]]:
        """The files directly in a folder, and its folders."""
        items: list[FoundFile | PassedOver | Problem] = []
        folders: list[Path] = []
        try:
            key = _folder_key(folder)
            if key in self._seen:
                return [], []  # another root, or a link in a circle
            self._seen.add(key)
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except FileNotFoundError:
            return [], []  # removed while we walked
        except OSError as error:
            trouble = Problem(folder, f"this folder cannot be read: {_words(error)}", "failed", transient=True)
            return [trouble], []
        if any(entry.name == NO_MUSIC_MARKER for entry in entries):
            return [], []
        for entry in entries:
            progress()
            path = folder / entry.name
            if self._excluded(path, root):
                continue
            if _belongs_to_the_system(entry.name) and _is_folder(entry):
                items.append(PassedOver(path, "system folder"))
            elif _hidden(entry):
                items.extend(_told(entry, path))
            elif entry.is_symlink():
                self._links.append((root, path))
            elif _is_folder(entry):
                folders.append(path)
            else:
                items.extend(self._file(path))
        return items, folders

    def _file(self, path: Path, *, named: bool = False) -> Iterator[FoundFile | PassedOver | Problem]:
        suffix = path.suffix.lower()
        if suffix not in AUDIO_SUFFIXES:
            if named:
                kind = f"{suffix} files are" if suffix else "a file without a suffix is"
                yield Problem(path, f"{kind} not known as audio ({_known_suffixes()})", "failed")
            elif suffix in UNREAD_SUFFIXES:
                yield PassedOver(path, "format")
            elif not suffix and path.is_symlink():
                try:
                    path.stat()
                except OSError as error:  # perhaps a folder of music, on a drive that is not mounted
                    yield _dead_link(path, error)
            return
        try:
            key = _file_key(path)
            if key in self._seen:
                return
            self._seen.add(key)
            status = path.stat()
        except OSError as error:
            if path.is_symlink():
                yield _dead_link(path, error)
            elif not isinstance(error, FileNotFoundError):
                yield Problem(path, f"cannot be opened: {_words(error)}", "failed", transient=True)
            return
        if stat.S_ISREG(status.st_mode):
            yield FoundFile.from_status(path, status)
        else:  # a pipe would be waited for without end
            yield Problem(path, "is not a regular file", "failed")

    def _excluded(self, path: Path, root: Path) -> bool:
        return any(glob.matches(path, root) for glob in self._globs)


class _Glob:
    """One ``--exclude`` pattern; composed and decomposed accents are the same to it."""

    def __init__(self, pattern: str) -> None:
        pattern = _composed(os.path.normcase(pattern))
        self._absolute = os.path.isabs(pattern)  # noqa: PTH117
        slash = os.path.normcase("/")
        pattern = pattern.removeprefix("." + slash)
        if not self._absolute:
            pattern = pattern.removeprefix("**" + slash)
        self._matches = re.compile(fnmatch.translate(pattern.rstrip(slash))).match

    def matches(self, path: Path, root: Path) -> bool:
        if self._absolute:
            return self._matches(_composed(os.path.normcase(path))) is not None
        inside = _composed(os.path.normcase(os.path.relpath(path, root)))
        below = os.path.normcase("./") + inside  # "*/Live/*" is meant for the Live of the root, too
        return any(map(self._matches, (inside, below, _composed(os.path.normcase(path.name)))))


def _folder_key(folder: Path) -> _Key:
    """The same for all paths to one folder, also where letter case does not matter."""
    status = folder.stat()
    if status.st_ino:
        return (status.st_dev, status.st_ino)
    return (os.path.realpath(folder),)  # file systems that number nothing


def _file_key(path: Path) -> _Key:
    """The same for all links to one file. Not the inode: hard links are files of their own."""
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    return (*_folder_key(path.parent), path.name)


def _hidden(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") and not entry.name.startswith(".."):
        return not entry.name[1:2].isdigit()
    if os.name != "nt":
        return False
    attributes: int = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    return bool(attributes & stat.FILE_ATTRIBUTE_HIDDEN)


def _belongs_to_the_system(name: str) -> bool:
    name = name.lower()
    return name in SYSTEM_FOLDERS or name.startswith(".trash-")


def _told(entry: os.DirEntry[str], path: Path) -> Iterator[PassedOver]:
    """The note on a hidden file; none for macOS's ``._`` companions and for files that are not audio."""
    if _is_folder(entry):
        yield PassedOver(path, "hidden folder")
    elif path.suffix.lower() in AUDIO_SUFFIXES and not entry.name.startswith("._"):
        yield PassedOver(path, "hidden file")


def _is_folder(path: Path | os.DirEntry[str]) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _dead_link(path: Path, error: OSError) -> Problem:
    return Problem(path, f"is a link that cannot be followed: {_words(error)}", "failed", transient=True)


def _known_suffixes() -> str:
    return " ".join(sorted(suffix.removeprefix(".") for suffix in AUDIO_SUFFIXES))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _words(error: OSError | ValueError) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]
