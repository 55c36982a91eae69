"""Results of single files in a run that writes: an error of one file does not end the run."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from musicemb.errors import MusicembError, TagError
from musicemb.records import Applied

_FULL = (errno.ENOSPC, errno.EDQUOT)
_LONGEST = 200


@contextmanager
def fenced(path: Path) -> Iterator[None]:
    """Turn whatever one file causes into an error that names it.

    Parameters
    ----------
    path : Path

    Yields
    ------
    None

    Raises
    ------
    TagError
        In place of any exception that the file may have caused.
    MusicembError, OSError
        As they are, where they do not come from the file: a lost catalogue, a full disk.
    """
    try:
        yield
    except TagError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in _FULL:
            raise OSError(error.__cause__.errno, error.__cause__.strerror, str(path)) from error
        raise
    except MusicembError:
        raise
    except MemoryError as error:
        raise TagError(path, "needs more memory than is available", transient=True) from error
    except OSError as error:
        if error.errno in _FULL:
            raise
        raise TagError(path, f"could not be written ({error.strerror or error})", transient=True) from error
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST]
        raise TagError(path, f"has tags that the program cannot handle ({text})", transient=True) from error


def failure(path: Path, error: TagError) -> Applied:
    """The result of a file that was not written.

    Parameters
    ----------
    path : Path
    error : TagError

    Returns
    -------
    Applied
        "failed" where the file is damaged or another try may succeed, else "skipped".
    """
    return Applied(path, "failed" if error.transient else "skipped", error.reason)
