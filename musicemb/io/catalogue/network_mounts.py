"""Which folders lie on another machine: SQLite's write-ahead log needs memory that all its users share."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

NETWORK_TYPES = frozenset(
    {
        *("nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "afpfs", "ncpfs", "9p", "drvfs"),
        *("webdav", "davfs", "ceph", "glusterfs", "lustre", "beegfs", "gpfs", "ocfs2", "gfs2", "vboxsf", "prl_fs"),
        *("virtiofs", "vmhgfs"),
    }
)
"""File systems that are reached through a network or from inside a virtual machine."""

_ESCAPE = re.compile(rb"\\([0-7]{3})")
_MAC_LINE = re.compile(r"^.* on (?P<point>/.*) \((?P<kind>[^,)]+)[^)]*\)$")


def on_network(path: Path) -> bool:
    """Tell whether a file lies, as far as can be known, on a network file system.

    Parameters
    ----------
    path : Path
        Absolute; need not exist.

    Returns
    -------
    bool
        False where the system does not tell.
    """
    if sys.platform == "win32":
        import ctypes

        remote = 4  # DRIVE_REMOTE
        drive = os.path.splitdrive(path)[0]
        return drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == remote
    kind = type_of(path.resolve(), list_mounts())
    return kind in NETWORK_TYPES or kind.startswith("fuse.") or kind in ("fuse", "macfuse", "osxfuse")


def type_of(path: Path, mounts: Sequence[tuple[str, str]]) -> str:
    """Type of the file system that a path lies on.

    Parameters
    ----------
    path : Path
        Absolute, links followed.
    mounts : sequence of (mount point, type)
        In the order of mounting: of two at one point the later one is seen.

    Returns
    -------
    str
        "" where no mount point is above the path.
    """
    inner, found = -1, ""
    for point, kind in mounts:
        depth = len(PurePosixPath(point).parts)
        if depth >= inner and path.is_relative_to(point):
            inner, found = depth, kind
    return found


def list_mounts() -> list[tuple[str, str]]:
    """Mounted file systems.

    Returns
    -------
    list of (mount point, type)
        Empty where the system does not tell.
    """
    try:
        if sys.platform == "darwin":
            done = subprocess.run(["/sbin/mount"], capture_output=True, timeout=5, check=True)
            return parse_mount_output(os.fsdecode(done.stdout))
        return parse_proc_mounts(Path("/proc/self/mounts").read_bytes())
    except (OSError, subprocess.SubprocessError):
        return []


def parse_proc_mounts(text: bytes) -> list[tuple[str, str]]:
    """Mount points and types of Linux' `/proc/self/mounts`.

    Parameters
    ----------
    text : bytes
        Blanks within a field are written as octal escapes.

    Returns
    -------
    list of (mount point, type)
    """
    found = []
    for line in text.splitlines():
        fields = [_ESCAPE.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), item) for item in line.split(b" ")]
        if len(fields) > 2:
            found.append((os.fsdecode(fields[1]), os.fsdecode(fields[2])))
    return found


def parse_mount_output(text: str) -> list[tuple[str, str]]:
    """Mount points and types of what macOS' `mount` prints.

    Parameters
    ----------
    text : str
        Lines such as "//me@server/music on /Volumes/music (smbfs, nodev, nosuid)".

    Returns
    -------
    list of (mount point, type)
    """
    return [(match["point"], match["kind"]) for line in text.splitlines() if (match := _MAC_LINE.match(line))]
