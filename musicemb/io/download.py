"""Downloads archives of a public record in pieces, resumes after a break, verifies and unpacks them.

Conventions
-----------
A record (Zenodo) lists its files as JSON: name, size, MD5 and address. An archive is fetched into
`NAME.part`, which a later run goes on with; it gets its name when its MD5 is that of the list.
Nothing of an archive is written outside of the folder that it is unpacked into. Written with the standard
library: pooch, the usual one, begins a broken download anew, which two gigabytes do not forgive.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import shutil
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from musicemb.errors import DatasetError

_BLOCK = 1 << 20
_TIMEOUT = 60.0
"""Seconds without a byte after which a connection counts as broken."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a record."""

    name: str
    size: int
    """Bytes."""
    md5: str
    address: str


@dataclass(frozen=True)
class DownloadProgress:
    """How much of a file was downloaded."""

    file: RemoteFile
    done: int
    """Bytes."""


def list_record(address: str) -> list[RemoteFile]:
    """The files of a record, as its server lists them.

    Parameters
    ----------
    address : str
        Of the record's JSON, such as https://zenodo.org/api/records/1247102.

    Returns
    -------
    list of RemoteFile
        The smallest first: what is wrong with the lists shows before the audio comes.

    Raises
    ------
    DatasetError
        If the server cannot be reached or answers something else.
    """
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT) as answer:
            listed = json.load(answer)["files"]
        found = [
            RemoteFile(
                name=PurePosixPath(item["key"]).name,
                size=int(item["size"]),
                md5=str(item["checksum"]).removeprefix("md5:"),
                address=item["links"]["self"],
            )
            for item in listed
        ]
    except (OSError, http.client.HTTPException) as error:
        raise DatasetError(f"{address} cannot be reached ({_reason(error)}); try again later") from None
    except (ValueError, KeyError, TypeError):
        raise DatasetError(f"{address} did not answer with a list of files") from None
    return sorted(found, key=lambda one: (one.size, one.name))


def fetch(file: RemoteFile, folder: Path) -> Iterator[DownloadProgress]:
    """Fetch a file, or go on with what is there of it, and verify it.

    Parameters
    ----------
    file : RemoteFile
    folder : Path
        Made where absent. A whole file in it is only verified.

    Yields
    ------
    DownloadProgress
        After each megabyte, the last one with the whole size.

    Raises
    ------
    DatasetError
        If the connection breaks (what came is kept), the disk is full, or the content is not what
        the list promises (it is deleted).
    """
    place, draft = folder / file.name, folder / f"{file.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if place.exists():
            draft = place
        elif draft.exists() and draft.stat().st_size > file.size:
            draft.unlink()
        done = draft.stat().st_size if draft.exists() else 0
        if done < file.size:
            yield from _continue(file, draft, done)
        digest = hashlib.md5(usedforsecurity=False)
        with draft.open("rb") as content:
            while block := content.read(_BLOCK):
                digest.update(block)
        if digest.hexdigest() != file.md5:
            draft.unlink()
            raise DatasetError(f"{file.name} was damaged in transfer and deleted; run the command again to download it")
        draft.replace(place)
    except (OSError, http.client.HTTPException) as error:
        raise DatasetError(
            f"{file.name} could not be downloaded ({_reason(error)}); what was received is kept in {folder}, and "
            "the same command resumes from there"
        ) from None
    yield DownloadProgress(file, file.size)


def unpack(archive: Path, folder: Path) -> list[str]:
    """Unpack a ZIP archive; files that stand there at full size are left alone.

    Parameters
    ----------
    archive : Path
    folder : Path

    Returns
    -------
    list of str
        Names of the files in it.

    Raises
    ------
    DatasetError
        If it is no ZIP archive, a name in it leads out of the folder, or the disk is full.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [member for member in packed.infolist() if not member.is_dir()]
            for member in members:
                parts = PurePosixPath(member.filename.replace("\\", "/")).parts
                if not parts or ".." in parts or parts[0].startswith("/") or ":" in parts[0]:
                    raise DatasetError(f"{archive.name} holds a file that would land outside: {member.filename!r}")
                place = folder.joinpath(*parts)
                if place.is_file() and place.stat().st_size == member.file_size:
                    continue
                place.parent.mkdir(parents=True, exist_ok=True)
                draft = place.with_name(place.name + ".part")
                with packed.open(member) as source, draft.open("wb") as target:
                    shutil.copyfileobj(source, target, _BLOCK)
                draft.replace(place)
    except zipfile.BadZipFile:
        raise DatasetError(f"{archive} is not a ZIP archive; delete it and run the command again") from None
    except OSError as error:
        raise DatasetError(f"{archive.name} could not be unpacked into {folder} ({_reason(error)})") from None
    return [member.filename for member in members]


def _continue(file: RemoteFile, draft: Path, done: int) -> Iterator[DownloadProgress]:
    asked = urllib.request.Request(file.address, headers={"Range": f"bytes={done}-"} if done else {})
    with urllib.request.urlopen(asked, timeout=_TIMEOUT) as answer:
        if done and answer.status != http.client.PARTIAL_CONTENT:
            done = 0  # this server sends the whole again
        with draft.open("ab" if done else "wb") as target:
            while block := answer.read(_BLOCK):
                target.write(block)
                done += len(block)
                yield DownloadProgress(file, done)
    if done < file.size:
        raise OSError(f"the connection ended after {done} of {file.size} bytes")


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP status {error.code}"
    inner = getattr(error, "reason", None) or getattr(error, "strerror", None)
    return str(inner or error or type(error).__name__)
