"""Replaces a file by a new version, atomically.

The new version is written beside the file under a hidden name, made durable, and renamed over it.
A kill at any moment leaves the old file or the new one; what a kill leaves behind is known by its
name and its missing lock, and `sweep` takes it away.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from musicemb.errors import TagError
from musicemb.records import FoundFile

_TEMPORARY = re.compile(r"\.musicemb-[0-9a-f]{16}\.partial")
_LOCKED = stat.UF_IMMUTABLE | stat.UF_APPEND | stat.SF_IMMUTABLE | stat.SF_APPEND
"""Flags of macOS, which a copy would inherit."""
_AN_HOUR = 3_600_000_000_000
_KEPT_ATTRIBUTES = ("user.", "system.posix_acl", "system.nfs4_acl", "system.richacl")
_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
"""Without any of these a file is meant to stay as it is, even for those who may write everything."""


class Replacement:
    """A file's next version in the making; `file` is where it is written."""

    def __init__(self, asked: Path, path: Path, before: os.stat_result, temporary: Path, file: BinaryIO) -> None:
        self.asked = asked
        """As the caller named the file."""
        self.path = path
        """The file itself, symbolic links followed."""
        self.temporary = temporary
        self.file = file
        self._before = before

    def commit(self) -> FoundFile:
        """Make the new version durable and put it in place.

        Returns
        -------
        FoundFile
            The file as it is now.

        Raises
        ------
        TagError
            The file changed in the meantime; it is as it was.
        OSError
            Likewise, for any other trouble.
        """
        self.file.flush()
        if os.name == "nt":  # closing would set the time again, and Windows renames no open file
            os.fsync(self.file.fileno())
            self.file.close()
            _keep_attributes(self.path, self._before, self.temporary)
        else:
            _keep_attributes(self.path, self._before, self.temporary)
            os.fsync(self.file.fileno())
        _check_attributes(self.asked, self.path, self.temporary)
        now = self.path.stat()
        if _identity(now) != _identity(self._before):
            raise TagError(self.asked, "was changed by another program meanwhile", transient=True)
        after = self.temporary.stat()
        _replace(self.temporary, self.path)  # nothing behind this line may fail: the file is the new one
        _sync_folder(self.path.parent)
        return FoundFile.from_status(self.asked, after)


@contextmanager
def replacement(asked: Path) -> Iterator[Replacement]:
    """Begin the next version of a file; without `commit` the file stays as it was.

    Parameters
    ----------
    asked : Path
        The file, or a symbolic link to it (whose target is then replaced).

    Yields
    ------
    Replacement

    Raises
    ------
    TagError
        The file may not be replaced; the reason says why.
    """
    check_replaceable(asked)
    path = asked.resolve(strict=True)
    before = path.stat()
    temporary = path.parent / f".musicemb-{secrets.token_hex(8)}.partial"
    file: BinaryIO | None = None
    try:
        file = _create(temporary)
        _keep_owner(asked, before, temporary)
        yield Replacement(asked, path, before, temporary, file)
    finally:
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def check_replaceable(asked: Path) -> None:
    """Refuse a file that may not be replaced.

    Parameters
    ----------
    asked : Path
        The file, or a symbolic link to it.

    Raises
    ------
    TagError
        With the reason; `transient` where another try may succeed.
    """
    try:
        path = asked.resolve(strict=True)
        status, folder = path.stat(), path.parent.stat()
    except (OSError, RuntimeError) as error:
        raise TagError(asked, "was not found", transient=True) from error
    if not stat.S_ISREG(status.st_mode):
        raise TagError(asked, "is not a regular file")
    if status.st_nlink > 1:
        raise TagError(asked, f"has {status.st_nlink} hard links, which a write would separate")
    if getattr(status, "st_flags", 0) & _LOCKED:
        raise TagError(asked, "is locked")
    if not status.st_mode & _WRITABLE or not os.access(path, os.W_OK):
        raise TagError(asked, "is read-only", transient=True)
    if not folder.st_mode & _WRITABLE or not os.access(path.parent, os.W_OK):
        raise TagError(asked, "is in a read-only folder", transient=True)


def sweep(folder: Path) -> list[Path]:
    """Take away what a killed write left in a folder.

    Parameters
    ----------
    folder : Path
        Those below it are left alone.

    Returns
    -------
    list of Path
        The files that were removed: of exactly our naming, and locked by no living process.
    """
    gone = []
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            if not _TEMPORARY.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
                continue
            with contextlib.suppress(OSError):
                left = Path(entry.path)
                if os.name == "nt":  # an open file cannot be removed there
                    left.unlink()
                else:
                    with left.open("r+b") as file:
                        _lock(file)
                        left.unlink()
                gone.append(left)
    return gone


def _create(temporary: Path) -> BinaryIO:
    """A new file that nobody else may read yet, locked as being in use."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(temporary, flags, 0o600)
    try:
        file = os.fdopen(handle, "r+b")
    except BaseException:
        os.close(handle)
        raise
    with contextlib.suppress(OSError):  # a file system without locks: `sweep` leaves its files alone
        _lock(file)
    return file


def _identity(status: os.stat_result) -> tuple[int, ...]:
    # Size and time can be put back by whoever edits a file in place; the time of the change cannot.
    changed = status.st_ctime_ns if os.name != "nt" else 0
    return status.st_ino, status.st_size, status.st_mtime_ns, changed


def _lock(file: BinaryIO) -> None:
    """Mark a temporary file as in use, until it is closed or its process ends."""
    if os.name != "nt":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _keep_attributes(path: Path, before: os.stat_result, temporary: Path) -> None:
    """Give the new version the mode and extended attributes of the old, and the time of now."""
    try:
        shutil.copystat(path, temporary)
    except PermissionError:  # a file system that knows no modes refuses to set them
        if stat.S_IMODE(temporary.stat().st_mode) != stat.S_IMODE(before.st_mode):
            raise
    # Other programs must see that the file changed, even one that was made a moment ago. A date far in the
    # future is a mistake, and beyond 2262 no database holds it.
    now, later = time.time_ns(), before.st_mtime_ns + 1_000_000
    os.utime(temporary, ns=(before.st_atime_ns, later if now < later < now + _AN_HOUR else now))


def _keep_owner(asked: Path, before: os.stat_result, temporary: Path) -> None:
    """Give the new version the old one's owner and group; refuse where the system does not let us."""
    if not hasattr(os, "chown"):
        return
    with contextlib.suppress(OSError):
        os.chown(temporary, before.st_uid, before.st_gid)
    now = temporary.stat()
    if now.st_uid != before.st_uid:
        raise TagError(asked, "belongs to another user, to whom a new version of it could not be given")
    if now.st_gid != before.st_gid:
        raise TagError(asked, "belongs to a group to which a new version of it could not be given")


def _check_attributes(asked: Path, path: Path, temporary: Path) -> None:
    """Refuse where access lists or extended attributes did not come along."""
    if not hasattr(os, "listxattr"):
        return
    try:
        names = [name for name in os.listxattr(path) if name.startswith(_KEPT_ATTRIBUTES)]
        lost = [name for name in names if os.getxattr(path, name) != _attribute(temporary, name)]
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.ENODATA):
            return
        raise
    if lost:
        raise TagError(asked, f"has attributes that a new version of it could not keep ({', '.join(sorted(lost))})")


def _attribute(path: Path, name: str) -> bytes | None:
    try:
        return os.getxattr(path, name)
    except OSError:
        return None


def _replace(temporary: Path, path: Path) -> None:
    for wait in (0.05, 0.2, 0.5, None):
        try:
            temporary.replace(path)
        except PermissionError:
            # On Windows a virus scanner or a player may hold the file for a moment.
            if os.name != "nt" or wait is None:
                raise
            time.sleep(wait)
        else:
            return


def _sync_folder(folder: Path) -> None:
    """Make the renaming durable where folders can be synced; the file is in place in any case."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
