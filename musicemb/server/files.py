"""Sends a track's file, or the part of it that a client asks for."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import FileResponse

from musicemb.errors import TrackNotFound
from musicemb.settings.files import open_regular

_TYPES = {
    ".mp3": "audio/mpeg",
    ".mp2": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".m4b": "audio/mp4",
    ".mp4": "audio/mp4",
    ".aac": "audio/aac",
    ".wav": "audio/wav",
    ".aif": "audio/aiff",
    ".aiff": "audio/aiff",
    ".wma": "audio/x-ms-wma",
    ".wv": "audio/x-wavpack",
    ".ape": "audio/x-ape",
    ".mpc": "audio/x-musepack",
}


def media_type(path: Path) -> str:
    """The media type of a file, from its name.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        As in a Content-Type header.
    """
    return _TYPES.get(path.suffix.lower(), "application/octet-stream")


def send_file(path: Path) -> FileResponse:
    """A music file as a response; range requests are supported.

    Parameters
    ----------
    path : Path
        Of a track of the library.

    Returns
    -------
    FileResponse

    Raises
    ------
    TrackNotFound
        Where it is not there, may not be read, or is no regular file.
    """
    try:
        found = path.stat()
        open_regular(path).close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TrackNotFound(f"the file of this track cannot be read ({reason}): scan its folder again") from None
    return FileResponse(path, media_type=media_type(path), stat_result=found, headers={"cache-control": "private"})
