"""Packs work, items and results for another machine, and translates paths between machines.

Paths, files and encoders travel by name: paths as text, under the folder where the other machine has them; an encoder
as its bundle's id. All else is pickled as it is.
"""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from musicemb.encoder.runtime.bundle_transfer import bundle_digest
from musicemb.encoder.runtime.litert import BundleEncoder
from musicemb.errors import SettingsError
from musicemb.records import FoundFile, Problem

SAME_TIME_NS = 2_000_000_000
"""Times of change that differ by less are the same: file systems and network shares round them, FAT to 2 s."""


@dataclass(frozen=True)
class PathMap:
    """Where other machines have our folders."""

    pairs: tuple[tuple[Path, str], ...] = ()
    """(our folder, theirs); the deepest of ours that holds a path counts."""

    @classmethod
    def parse(cls, stated: tuple[str, ...]) -> PathMap:
        """Read what was typed.

        Parameters
        ----------
        stated : tuple of str
            Each "LOCAL=REMOTE".

        Returns
        -------
        PathMap

        Raises
        ------
        SettingsError
            Where one is no such pair, or REMOTE is no absolute path.
        """
        pairs: list[tuple[Path, str]] = []
        for text in stated:
            local, sign, remote = text.partition("=")
            if not sign or not local.strip() or not remote.strip():
                raise SettingsError(f"--map-path takes LOCAL=REMOTE, such as ~/Music=/mnt/music, not {text!r}")
            if not (remote.startswith(("/", "\\\\")) or remote[1:3] in (":\\", ":/")):
                raise SettingsError(f"--map-path {text}: {remote} is not an absolute path on the workers")
            ours = Path(local).expanduser().absolute()
            if ours in dict(pairs):
                raise SettingsError(f"--map-path names {local} twice")
            pairs.append((ours, remote))
        return cls(tuple(sorted(pairs, key=lambda pair: len(pair[0].parts), reverse=True)))

    def to_remote(self, path: PurePath) -> str:
        """A path as the other machines have it.

        Parameters
        ----------
        path : PurePath
            Of this machine.

        Returns
        -------
        str
            The same path where no pair holds it.
        """
        for ours, theirs in self.pairs:
            if path.is_relative_to(ours):
                sign = "\\" if "\\" in theirs or theirs[1:2] == ":" else "/"
                parts = path.relative_to(ours).parts
                stem = theirs.rstrip("/\\")
                return stem + sign + sign.join(parts) if parts or not stem else stem
        return os.fspath(path)


@dataclass(frozen=True)
class Packed:
    """Something that was packed, and what is needed to understand the answer."""

    block: bytes
    paths: Mapping[str, PurePath] = field(default_factory=dict)
    """Their name of each path that was packed -> ours."""
    files: Mapping[str, FoundFile] = field(default_factory=dict)
    """Likewise of the files."""
    bundles: Mapping[str, Path] = field(default_factory=dict)
    """Encoder bundles that the other machine needs: `bundle_digest` -> our folder."""


class _Packer(pickle.Pickler):
    def __init__(self, target: io.BytesIO, name: Callable[[PurePath], str]) -> None:
        super().__init__(target, protocol=5)
        self._name = name
        self.paths: dict[str, PurePath] = {}
        self.files: dict[str, FoundFile] = {}
        self.bundles: dict[str, Path] = {}

    def persistent_id(self, thing: Any) -> tuple[Any, ...] | None:
        if isinstance(thing, PurePath):
            return "path", self._named(thing)
        if isinstance(thing, FoundFile):
            name = self._named(thing.path)
            self.files[name] = thing
            return "file", name, thing.size, thing.mtime_ns
        if isinstance(thing, Problem):
            return "problem", self._named(thing.path), thing.reason, thing.kind, thing.transient, thing.size
        if isinstance(thing, BundleEncoder):
            wanted = bundle_digest(thing.bundle.folder)
            self.bundles[wanted] = thing.bundle.folder
            return "encoder", wanted, thing.runtime
        return None

    def _named(self, path: PurePath) -> str:
        name = self._name(path)
        self.paths[name] = path
        return name


def pack(thing: object, name: Callable[[PurePath], str] = os.fspath) -> Packed:
    """Pack work, an item or a result.

    Parameters
    ----------
    thing : object
        Picklable, but for the paths, files and encoders in it.
    name : callable
        What a path is called in there: `PathMap.to_remote` on the way out.

    Returns
    -------
    Packed
    """
    target = io.BytesIO()
    packer = _Packer(target, name)
    packer.dump(thing)
    return Packed(target.getvalue(), packer.paths, packer.files, packer.bundles)


class _Unpacker(pickle.Unpickler):
    def __init__(self, block: bytes, found: Callable[..., Any]) -> None:
        super().__init__(io.BytesIO(block))
        self._found = found

    def persistent_load(self, told: tuple[Any, ...]) -> Any:
        return self._found(*told)


def unpack_work(block: bytes, bundles: Mapping[str, Path]) -> Any:
    """Work, on the machine that is to do it.

    Parameters
    ----------
    block : bytes
    bundles : mapping
        `bundle_digest` of a bundle -> its folder on this machine.

    Returns
    -------
    object
    """

    def found(kind: str, first: str, *more: Any) -> Any:
        if kind != "encoder":
            return _here(kind, first, *more)
        from musicemb.encoder.runtime.bundle import read_bundle

        return BundleEncoder(read_bundle(bundles[first], verify=False), more[0])

    return _Unpacker(block, found).load()


class NotHere(Exception):
    """A file that an item names cannot be read on this machine; the text says why."""


def unpack_item(block: bytes, *, anyhow: bool) -> Any:
    """An item, on the machine that is to work on it; its files are looked at.

    Parameters
    ----------
    block : bytes
    anyhow : bool
        Whether the work is done even if a file cannot be read.

    Returns
    -------
    object
        A `FoundFile` has the time of change that this machine sees.

    Raises
    ------
    NotHere
        Where a file cannot be opened, or is another than the one that was meant.
    """

    def found(kind: str, first: str, *more: Any) -> Any:
        thing = _here(kind, first, *more)
        if anyhow:
            return thing
        path = thing.path if kind == "file" else thing
        try:
            with path.open("rb") as opened:
                status = os.fstat(opened.fileno())
        except (OSError, ValueError) as problem:
            raise NotHere((getattr(problem, "strerror", None) or str(problem)).lower()) from None
        if kind != "file":
            return thing
        seen = FoundFile.from_status(path, status)
        if thing.size != seen.size or abs(thing.mtime_ns - seen.mtime_ns) > SAME_TIME_NS:
            raise NotHere("a different file is there (another size or modification time)")
        return seen

    return _Unpacker(block, found).load()


def unpack_result(block: bytes, sent: Packed) -> Any:
    """A result, on the machine that requested it.

    Parameters
    ----------
    block : bytes
    sent : Packed
        The item.

    Returns
    -------
    object
        Its paths and files are those of the item.
    """

    def found(kind: str, first: str, *more: Any) -> Any:
        if kind == "file":
            return sent.files.get(first) or _here(kind, first, *more)
        path = sent.paths.get(first) or Path(first)
        if kind == "path":
            return path
        reason, how, transient, size = more
        file = sent.files.get(first)
        told = (file.size, file.mtime_ns) if file is not None and size == file.size else (0, 0)
        return Problem(Path(path), reason, how, transient, *told)

    return _Unpacker(block, found).load()


def _here(kind: str, first: str, *more: Any) -> Any:
    """Unpack trusted data."""
    if kind == "file":
        return FoundFile(Path(first), *more)
    if kind == "path":
        return Path(first)
    if kind == "problem":
        return Problem(Path(first), *more)
    raise pickle.UnpicklingError(f"{kind} travels with the work only")
