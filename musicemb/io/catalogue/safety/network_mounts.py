"""Finds network file systems, on which SQLite's write-ahead log does not work (it needs shared memory)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

REMOTE = "remote"
"""How psutil marks a network drive on Windows, whatever file system it has."""

NETWORK_TYPES = frozenset(
    {
        *("nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "afpfs", "ncpfs", "9p", "drvfs"),
        *("webdav", "davfs", "ceph", "glusterfs", "lustre", "beegfs", "gpfs", "ocfs2", "gfs2", "vboxsf", "prl_fs"),
        *("virtiofs", "vmhgfs"),
    }
)
"""File systems that are reached through a network or from inside a virtual machine."""


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
    if path.drive.startswith("\\\\"):  # \\server\share is in no list of drives
        return True
    kind = type_of(path.resolve(), list_mounts())
    return kind == REMOTE or kind in NETWORK_TYPES or kind.startswith("fuse.") or kind in ("fuse", "macfuse", "osxfuse")


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
    place, deepest, found = os.path.normcase(path), "", ""
    for point, kind in mounts:  # as text: each catalogue that is opened asks, and there may be many mounts
        above = os.path.normcase(point).rstrip(os.sep)
        if len(above) >= len(deepest) and (place + os.sep).startswith(above + os.sep):
            deepest, found = above, kind
    return found


def list_mounts() -> list[tuple[str, str]]:
    """Mounted file systems.

    Returns
    -------
    list of (mount point, type)
        On Windows the type of a network drive is `REMOTE`. Empty where the system does not tell.
    """
    import psutil

    try:
        found = psutil.disk_partitions(all=True)
    except (OSError, psutil.Error):
        return []
    return [(part.mountpoint, REMOTE if REMOTE in part.opts.split(",") else part.fstype) for part in found]
