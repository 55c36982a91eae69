"""How the tracks' paths are written in a playlist, so that other programs find the files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_MISREAD = re.compile(r"#|\s|[A-Za-z][A-Za-z0-9+.-]*:")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


@dataclass(frozen=True)
class PlaylistPaths:
    """Where the readers of a playlist find its files."""

    folder: Path | None = None
    """The folder the playlist will lie in: paths are written relative to it, with forward slashes, where that can be.
    None writes them as they are."""
    prefixes: tuple[tuple[Path, str], ...] = ()
    """What stands for a folder where the playlist is read, such as "/music" in a container; wins over `folder`, and the
    longest wins. "" makes paths relative to that folder, an address gets its rest percent-encoded."""

    def entry(self, path: Path) -> str:
        """A path as a line of an M3U playlist.

        Parameters
        ----------
        path : Path

        Returns
        -------
        str
            Bytes that are not UTF-8 stand as surrogates, so that they can be written as they are on disk.
        """
        moved = self._moved(path)
        if moved is not None and _ADDRESS.match(moved[0]):
            return moved[0] + _quoted(moved[1])
        if any(mark in str(path) for mark in "\r\n") or str(path) != str(path).rstrip():
            # A line cannot hold a line break, and players cut off the space at its end: a file URI in its place.
            address = self.location(path)
            return address if address.startswith("file:") else path.absolute().as_uri()
        if moved is not None:
            entry = _as_on_disk("".join(moved))
        else:
            relative = self._relative(path)
            entry = _as_on_disk(path if relative is None else Path(relative).as_posix())
            if relative is None:
                return entry
        # What looks like a comment, an address ("http:/x", "Re: you.mp3") or an indented line is none behind "./".
        absolute = moved is not None and _drive(moved[0])
        return f"./{entry}" if _MISREAD.match(entry) and not absolute else entry

    def location(self, path: Path) -> str:
        """A path as an address.

        Parameters
        ----------
        path : Path

        Returns
        -------
        str
            A file URI, or a relative reference where the path is relative.
        """
        moved = self._moved(path)
        if moved is not None:
            start, rest = moved
            if _ADDRESS.match(start):
                return start + _quoted(rest)
            if start.startswith("/"):
                return "file://" + _quoted(start + rest)
            if _drive(start):
                return "file:///" + _quoted((start + rest).replace("\\", "/"), safe="/:")
            return _quoted(start + rest)
        # A colon in a relative reference is percent-encoded too, so that nothing in it looks like a scheme.
        relative = None if any(mark in str(path) for mark in "\r\n") else self._relative(path)
        return path.absolute().as_uri() if relative is None else _quoted(Path(relative).as_posix())

    def notes(self, paths: Iterable[Path], *, addresses: bool = False) -> list[str]:
        """Warnings about a playlist for other programs.

        Parameters
        ----------
        paths : iterable of Path
        addresses : bool
            Whether all paths are written as addresses, which hold any byte.

        Returns
        -------
        list of str
            One line each; none where all is well.
        """
        paths = list(paths)
        odd = sum(1 for path in paths if any("\ud800" <= letter <= "\udfff" for letter in str(path)))
        broken = sum(1 for path in paths if any(mark in str(path) for mark in "\r\n"))
        elsewhere = [path for path in paths if self._moved(path) is None]
        away = 0 if self.folder is None else sum(1 for path in elsewhere if self._relative(path) is None)
        found = []
        if odd and not addresses:
            are = "path is" if odd == 1 else "paths are"
            found.append(f"{odd} {are} not UTF-8: written as on disk, which some players cannot read")
        if broken and not addresses:
            are = "path holds" if broken == 1 else "paths hold"
            found.append(f"{broken} {are} a line break: written as file:// addresses")
        if away and not self.prefixes:
            found.append(
                f"paths on another drive than the playlist, or separated from it by a link, are absolute: {away}"
            )
        if elsewhere and self.prefixes:
            found.append(
                f"paths outside {', '.join(str(old) for old, _ in self.prefixes)} are written as they are here, which "
                f"a player elsewhere will not find: {len(elsewhere)}"
            )
        return found

    def _moved(self, path: Path) -> tuple[str, str] | None:
        """What stands for the start of a path, and its rest; None where no prefix fits."""
        fitting = [one for one in self.prefixes if path == one[0] or one[0] in path.parents]
        if not fitting:
            return None
        old, new = max(fitting, key=lambda one: len(one[0].parts))
        mark = "\\" if "\\" in new and "/" not in new else "/"
        rest = mark.join(path.relative_to(old).parts)
        return (new.rstrip(mark) + mark if new else ""), rest

    def _relative(self, path: Path) -> str | None:
        """The relative path; None if none is valid for every reader.

        A link in the folder's path makes ".." two things: some players cut the path's text, others ask the system,
        which goes up from where the link leads.
        """
        if self.folder is None:
            return None
        try:
            relative = os.path.relpath(path, self.folder)
            # ".." must stay for the system to see, so this is no Path.
            same = os.path.realpath(os.path.join(self.folder, relative)) == os.path.realpath(path)  # noqa: PTH118
        except (ValueError, OSError):  # another drive; a link that leads to itself
            return None
        return relative if same else None


AS_THEY_ARE = PlaylistPaths()


def _as_on_disk(path: Path | str) -> str:
    """A path as text whose UTF-8 gives the bytes on disk, also where the locale reads names in another encoding."""
    return os.fsencode(path).decode("utf-8", "surrogateescape") if os.name == "posix" else str(path)


def _quoted(path: str, safe: str = "/") -> str:
    return quote(os.fsencode(path) if os.name == "posix" else path, safe=safe)


def _drive(path: str) -> bool:
    return re.match(r"[A-Za-z]:[\\/]", path) is not None
