"""Sends an encoder bundle to another machine, unless it is there already, and checks what was received."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import tempfile
import zipfile
from pathlib import Path

from musicemb.encoder.runtime.bundle import ARRAYS, INT8, ONNX, RUNTIME, SETTINGS, WEIGHTS, read_bundle, shipped_bundles
from musicemb.errors import BundleError

_NAMES = (SETTINGS, ARRAYS, WEIGHTS, RUNTIME, INT8, ONNX)
"""What a bundle is made of; cards and histories are for people and stay at home."""


def bundle_digest(folder: Path) -> str:
    """The digest by which another machine knows a bundle.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    str
        32 hex digits of the SHA-256 of bundle.json, which holds the checksums of all other files: a bundle's own id
        leaves its LiteRT models out.

    Raises
    ------
    BundleError
        Where it cannot be read.
    """
    try:
        return hashlib.sha256((folder / SETTINGS).read_bytes()).hexdigest()[:32]
    except OSError as problem:
        raise BundleError(f"cannot read the encoder bundle {folder}: {problem.strerror}") from problem


def pack_bundle(folder: Path) -> bytes:
    """The files of a bundle in one block of bytes.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    bytes
        A zip file, not compressed: weights do not get smaller.

    Raises
    ------
    BundleError
        Where it cannot be read.
    """
    block = io.BytesIO()
    try:
        with zipfile.ZipFile(block, "w") as archive:
            for name in _NAMES:
                if (folder / name).is_file():
                    archive.write(folder / name, name)
    except OSError as problem:
        raise BundleError(f"cannot read the encoder bundle {folder}: {problem.strerror}") from problem
    return block.getvalue()


def find_received(wanted: str, kept: Path) -> Path | None:
    """Where a bundle lies on this machine.

    Parameters
    ----------
    wanted : str
        Its `bundle_digest`.
    kept : Path
        Folder of the bundles that were received before.

    Returns
    -------
    Path or None
        A folder whose every file has its checksum; None where there is none.
    """
    for folder in (*sorted(shipped_bundles().glob("*")), kept / wanted):
        with contextlib.suppress(BundleError):
            if bundle_digest(folder) == wanted:
                read_bundle(folder)
                return folder
    return None


def receive_bundle(wanted: str, block: bytes, kept: Path) -> Path:
    """Unpack a bundle that was sent; it is there whole or not at all.

    Parameters
    ----------
    wanted : str
        Its `bundle_digest`.
    block : bytes
        As `pack_bundle` made it.
    kept : Path
        Folder of received bundles.

    Returns
    -------
    Path
        The bundle's folder.

    Raises
    ------
    BundleError
        Where it cannot be written, or is not what was announced.
    """
    place = kept / wanted
    try:
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept, prefix=".part-") as made:
            draft = Path(made) / "bundle"
            draft.mkdir()
            with zipfile.ZipFile(io.BytesIO(block)) as archive:
                for name in set(archive.namelist()) & set(_NAMES):
                    (draft / name).write_bytes(archive.read(name))
            if bundle_digest(draft) != wanted:
                raise BundleError(
                    "the encoder bundle that was received is not the one that was sent; run the command again"
                )
            read_bundle(draft)
            if find_received(wanted, kept) is None:  # another process of this machine may have been faster
                shutil.rmtree(place, ignore_errors=True)
                with contextlib.suppress(OSError):  # just now
                    draft.replace(place)
    except OSError as problem:
        raise BundleError(f"cannot store the encoder bundle in {kept}: {problem.strerror}") from problem
    except zipfile.BadZipFile:
        raise BundleError("the encoder bundle was damaged in transfer; run the command again") from None
    return find_received(wanted, kept) or _lost(place)


def _lost(place: Path) -> Path:
    raise BundleError(f"cannot store the encoder bundle in {place.parent}: the folder {place.name} is in use")
