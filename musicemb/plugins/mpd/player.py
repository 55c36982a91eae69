"""A connection to MPD, and where its files are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musicemb.errors import MusicembError
from musicemb.extras import require


@dataclass(frozen=True)
class Address:
    """Where an MPD listens: a host's name, or the path of a socket."""

    host: str
    port: int = 6600
    password: str = ""

    @property
    def local(self) -> bool:
        """Whether it is a socket of this machine, over which MPD reports its music folder."""
        return self.host.startswith(("/", "@"))

    def __str__(self) -> str:
        return self.host if self.local else f"{self.host}:{self.port}"


def find_address(host: str | None = None, port: int | None = None) -> Address:
    """Where to look for MPD, as its other clients do.

    Parameters
    ----------
    host : str, optional
        Host, socket or "password@host"; default: MPD_HOST, the usual sockets, localhost.
    port : int, optional
        Default: MPD_PORT, 6600.

    Returns
    -------
    Address
    """
    told = host or os.environ.get("MPD_HOST", "")
    number = str(port or os.environ.get("MPD_PORT", "") or 6600)
    if not number.isdecimal() or not 0 < int(number) < 65536:
        raise MusicembError(f"MPD_PORT is {number!r}, which is not a port: use --port 6600")
    password, sign, place = told.rpartition("@")
    if sign and not password:
        place, password = told, ""  # an abstract socket
    if place:
        return Address(place, int(number), password)
    for folder in (os.environ.get("XDG_RUNTIME_DIR"), "/run"):
        if folder and (Path(folder) / "mpd" / "socket").exists():
            return Address(str(Path(folder) / "mpd" / "socket"))
    return Address("localhost", int(number))


class Player:
    """A connection to MPD.

    Parameters
    ----------
    address : Address
    music_directory : Path, optional
        The folder that MPD's paths begin at; default: what it tells over a local socket.

    Raises
    ------
    MusicembError
        Where no MPD answers, or its music folder is not known.
    """

    def __init__(self, address: Address, music_directory: Path | None = None) -> None:
        require("mpd", "mpd")
        self.address = address
        self._folder = music_directory
        self.client: Any = None

    def connect(self) -> None:
        """Connect, or connect again; what was open is closed."""
        import mpd

        self.close()
        client = mpd.MPDClient()
        client.timeout = 30
        try:
            if self.address.local:
                _knock(self.address.host)
            client.connect(self.address.host, self.address.port)
            if self.address.password:
                client.password(self.address.password)
            if self._folder is None and self.address.local:
                told = client.config()
                self._folder = Path(told if isinstance(told, str) else told["music_directory"])
        except (OSError, mpd.MPDError) as error:
            raise MusicembError(
                f"no MPD answers at {self.address} ({error}): is it running? --host or MPD_HOST name another place"
            ) from None
        self.client = client

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.client is not None:
            self.client.disconnect()
            self.client = None

    @property
    def folder(self) -> Path:
        """The folder that MPD's paths begin at."""
        if self._folder is None:
            raise MusicembError(
                f"MPD reports its music folder only over a local socket, not at {self.address}: name it with "
                "--music-directory"
            )
        return self._folder

    def uri(self, path: Path) -> str | None:
        """MPD's name of a file.

        Parameters
        ----------
        path : Path

        Returns
        -------
        str or None
            None where it does not lie in MPD's music folder, or has a name that MPD's protocol, lines of UTF-8, cannot
            hold.
        """
        for here, folder in ((path, self.folder), (Path(os.path.realpath(path)), Path(os.path.realpath(self.folder)))):
            if folder in here.parents:
                found = here.relative_to(folder).as_posix()
                return (
                    found if "\n" not in found and not any("\udc80" <= letter <= "\udcff" for letter in found) else None
                )
        return None

    def path(self, uri: str) -> Path | None:
        """The file that MPD means.

        Parameters
        ----------
        uri : str

        Returns
        -------
        Path or None
            None for a stream.
        """
        return None if "://" in uri else self.folder / uri

    def queue(self) -> list[dict[str, str]]:
        """The songs in the queue."""
        return list(self.client.playlistinfo())


def _knock(place: str) -> None:
    """Check whether a server listens at a socket: python-mpd2 leaves a socket open if there is none."""
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.connect("\0" + place[1:] if place.startswith("@") else place)
