"""Which file system a path lies on, told from the system's list of mounts."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath
from types import SimpleNamespace

import psutil
import pytest

from musicemb.io.catalogue.safety import network_mounts as mounts

MOUNTED = [
    ("/sys", "sysfs", "rw"),
    ("/", "ext4", "rw,relatime"),
    ("/mnt/my nas", "nfs4", "rw,vers=4.2"),
    ("/mnt/my nas/usb", "ext4", "rw"),
    ("/media/music", "cifs", "rw"),
    ("/home/me/remote", "fuse.sshfs", "rw"),
    ("/media/disk", "fuseblk", "rw"),
    ("/mnt/c", "9p", "rw"),
    ("/twice", "tmpfs", "rw"),
    ("/twice", "nfs", "rw"),
    ("/Volumes/My Music", "smbfs", "nodev,nosuid"),
    ("/Volumes/on tour", "exfat", "local"),
    ("/drive", "NTFS", "rw,remote"),
]


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [SimpleNamespace(mountpoint=point, fstype=kind, opts=opts) for point, kind, opts in MOUNTED]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: found if all else [])


@pytest.mark.usefixtures("mounted")
@pytest.mark.parametrize(
    ("path", "network"),
    [
        ("/home/me/library.sqlite", False),
        ("/mnt/my nas/library.sqlite", True),
        ("/mnt/my nas/usb/library.sqlite", False),
        ("/mnt/my nasty/library.sqlite", False),
        ("/media/music/a/b/library.sqlite", True),
        ("/home/me/remote/library.sqlite", True),
        ("/media/disk/library.sqlite", False),
        ("/mnt/c/Users/me/library.sqlite", True),
        ("/twice/library.sqlite", True),
        ("/Volumes/My Music/library.sqlite", True),
        ("/Volumes/on tour/library.sqlite", False),
        ("/drive/library.sqlite", True),
    ],
)
def test_the_innermost_mount_decides(path: str, network: bool) -> None:
    assert mounts.on_network(Path(path)) is network


def test_a_share_of_windows_is_on_the_network() -> None:
    assert mounts.on_network(PureWindowsPath("//server/music/library.sqlite"))  # type: ignore[arg-type]


def test_a_system_that_does_not_tell_is_taken_for_local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(all: bool) -> list[object]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(psutil, "disk_partitions", refuse)
    assert mounts.list_mounts() == []
    assert mounts.on_network(tmp_path) is False


@pytest.mark.skipif(psutil.WINDOWS, reason="has drives")
def test_this_machine_has_a_root() -> None:
    assert mounts.type_of(Path("/"), mounts.list_mounts()) != ""
