"""Which file system a path lies on, told from what Linux and macOS print."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.io.catalogue import network_mounts as mounts

LINUX = rb"""sysfs /sys sysfs rw,nosuid 0 0
/dev/sda2 / ext4 rw,relatime 0 0
nas:/export /mnt/my\040nas nfs4 rw,vers=4.2 0 0
/dev/sdb1 /mnt/my\040nas/usb ext4 rw 0 0
//box/music /media/music cifs rw 0 0
me@host:/ /home/me/remote fuse.sshfs rw 0 0
/dev/sdc1 /media/disk fuseblk rw 0 0
C:\134 /mnt/c 9p rw 0 0
tmpfs /twice tmpfs rw 0 0
nas:/b /twice nfs rw 0 0
torn line
"""

MAC = """/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
devfs on /dev (devfs, local, nobrowse)
//me@nas._smb._tcp.local/music on /Volumes/My Music (smbfs, nodev, nosuid, mounted by me)
/dev/disk4s1 on /Volumes/on tour (exfat, local)
"""


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
    ],
)
def test_linux(path: str, network: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "list_mounts", lambda: mounts.parse_proc_mounts(LINUX))
    monkeypatch.setattr(mounts.sys, "platform", "linux")
    assert mounts.on_network(Path(path)) is network


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/Users/me/library.sqlite", "apfs"),
        ("/Volumes/My Music/library.sqlite", "smbfs"),
        ("/Volumes/on tour/library.sqlite", "exfat"),
    ],
)
def test_macos(path: str, kind: str) -> None:
    assert mounts.type_of(Path(path), mounts.parse_mount_output(MAC)) == kind


def test_unknown_system_is_taken_for_local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mounts, "list_mounts", list)
    assert mounts.on_network(tmp_path) is False


@pytest.mark.skipif(mounts.sys.platform not in ("linux", "darwin"), reason="no list of mounts")
def test_this_machine_has_a_root() -> None:
    assert mounts.type_of(Path("/"), mounts.list_mounts()) != ""
