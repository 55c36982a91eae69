"""New catalogues as copies of one that was made once: thousands of tests begin one, by a hundred statements each."""

from __future__ import annotations

import functools
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from musicemb.io.catalogue import schema
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.catalogue.safety import checksums

_MIGRATE, _MIGRATIONS = schema.migrate, schema.MIGRATIONS


@functools.cache
def _made() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:", isolation_level=None)
    checksums.register(made)
    _MIGRATE(made)
    return made


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0 and schema.MIGRATIONS is _MIGRATIONS:
        _made().backup(connection)
        connection.execute("UPDATE edition SET number = random()")  # no two catalogues have the same
    _MIGRATE(connection)


def copy_new_catalogues() -> None:
    """From here on, in this process."""
    schema.migrate = _migrate


@contextmanager
def as_the_program_makes_them() -> Iterator[None]:
    """For tests of how a catalogue comes to be."""
    schema.migrate = _MIGRATE
    try:
        yield
    finally:
        schema.migrate = _migrate


@functools.cache
def _filled(fill: Callable[[Catalogue], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.sqlite"
        with open_catalogue(path) as catalogue:
            fill(catalogue)
        return path.read_bytes()


@contextmanager
def filled_copy(path: Path, fill: Callable[[Catalogue], object]) -> Iterator[Catalogue]:
    """A catalogue that `fill`, a function of a module, has filled: once in this process, for all that ask for it."""
    path.write_bytes(_filled(fill))
    with open_catalogue(path) as catalogue:
        yield catalogue
