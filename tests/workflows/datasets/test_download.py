"""A dataset's record is fetched, verified and unpacked, and a full disk loses nothing."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from archive_server import Server, serving, zipped

from musicemb.errors import DatasetError
from musicemb.workflows.datasets import download
from musicemb.workflows.datasets.download import ArchiveUnpacked, RecordListed, download_record


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


def test_a_dataset_is_fetched_unpacked_and_not_fetched_twice(server: Server, tmp_path: Path) -> None:
    server.files = {
        "meta.zip": zipped(DCASE18__meta__txt=b"one"),
        "audio.1.zip": zipped(DCASE18__audio__1=b"two"),
        "readme.md": b"words",
    }
    records = f"{server.address}/records"
    events = list(download_record(7, tmp_path, records=records))
    assert events[0] == RecordListed(2, sum(len(server.files[name]) for name in ("meta.zip", "audio.1.zip")))
    assert {event.name for event in events if isinstance(event, ArchiveUnpacked)} == {"audio.1.zip", "meta.zip"}
    assert (tmp_path / "DCASE18" / "audio" / "1").read_bytes() == b"two"
    assert not list(tmp_path.rglob("*.zip")), "archives are deleted once they are unpacked"
    asked = len(server.asked)
    assert list(download_record(7, tmp_path, records=records)) == [RecordListed(0, 0)]
    assert len(server.asked) == asked


def test_a_disk_that_is_too_small_is_said_before_anything_is_fetched(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files["audio.1.zip"] = zipped(one=b"x" * 1000)
    usage = download.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda _: usage._replace(free=100))
    with pytest.raises(DatasetError, match=r"takes about 0 GB and .* has 0 GB free; name another folder"):
        list(download_record(7, tmp_path, records=f"{server.address}/records"))
    assert server.asked == []


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """The kernel refuses to let any file grow further: a true failure in the middle of writing."""
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size")
def test_a_disk_that_fills_up_loses_nothing(server: Server, tmp_path: Path) -> None:
    content = np.random.default_rng(0).bytes(3_000_000)
    server.files["audio.1.zip"] = zipped(audio__1=content)
    records = f"{server.address}/records"
    with no_room_beyond(1_500_000), pytest.raises(DatasetError, match=r"could not be downloaded .*resumes from there"):
        list(download_record(7, tmp_path, records=records))
    kept = (tmp_path / "archives" / "audio.1.zip.part").stat().st_size
    assert 0 < kept <= 1_500_000
    list(download_record(7, tmp_path, records=records))
    assert server.asked[-1] == ("audio.1.zip", f"bytes={kept}-")
    assert (tmp_path / "audio" / "1").read_bytes() == content


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size")
def test_a_disk_that_fills_up_while_unpacking_keeps_the_archive(server: Server, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("audio/1.wav", b"\0" * 10)
        archive.writestr("audio/2.wav", b"\0" * 3_000_000)
    server.files["audio.1.zip"] = packed.getvalue()
    records = f"{server.address}/records"
    with no_room_beyond(1_500_000), pytest.raises(DatasetError, match=r"audio.1.zip could not be unpacked into"):
        list(download_record(7, tmp_path, records=records))
    assert (tmp_path / "archives" / "audio.1.zip").is_file()
    assert (tmp_path / "audio" / "1.wav").is_file() and not (tmp_path / "audio" / "2.wav").exists()
    asked = len(server.asked)
    list(download_record(7, tmp_path, records=records))
    assert len(server.asked) == asked, "what was fetched and verified is not fetched again"
    assert (tmp_path / "audio" / "2.wav").stat().st_size == 3_000_000
    assert not list(tmp_path.rglob("*.part")) and not list(tmp_path.rglob("*.zip"))
