"""Fetching archives, against a server of our own."""

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
from musicemb.io.download import Fetched, fetch, list_record, unpack
from musicemb.workflows.datasets import download
from musicemb.workflows.datasets.download import ArchiveUnpacked, RecordListed, download_record


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


def test_a_broken_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.files["big.zip"] = bytes(range(256)) * 20_000
    server.break_after = 3_000_000
    with pytest.raises(DatasetError, match="kept in"):
        list(fetch(server.remote("big.zip"), tmp_path))
    kept = (tmp_path / "big.zip.part").stat().st_size
    assert 0 < kept <= 3_000_000
    assert not (tmp_path / "big.zip").exists()
    server.break_after = None
    events = list(fetch(server.remote("big.zip"), tmp_path))
    assert server.asked[-1] == ("big.zip", f"bytes={kept}-")
    assert events[-1] == Fetched(server.remote("big.zip"), 5_120_000)
    assert (tmp_path / "big.zip").read_bytes() == server.files["big.zip"]
    asked = len(server.asked)
    list(fetch(server.remote("big.zip"), tmp_path))
    assert len(server.asked) == asked, "a whole file is not fetched again"


def test_a_server_that_knows_no_ranges_sends_it_all_again(server: Server, tmp_path: Path) -> None:
    server.files["a.zip"] = b"x" * 1000
    server.ranges = False
    (tmp_path / "a.zip.part").write_bytes(b"x" * 400)
    list(fetch(server.remote("a.zip"), tmp_path))
    assert (tmp_path / "a.zip").read_bytes() == b"x" * 1000


def test_damaged_content_is_never_kept(server: Server, tmp_path: Path) -> None:
    server.files["a.zip"] = b"x" * 1000
    server.wrong.add("a.zip")
    with pytest.raises(DatasetError, match="was damaged in transfer"):
        list(fetch(server.remote("a.zip"), tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_no_server_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be reached"):
        list_record("http://127.0.0.1:9/records/7")


def test_another_answer_is_no_list(server: Server) -> None:
    server.files["list.json"] = b"<html>"
    with pytest.raises(DatasetError, match="did not answer with a list"):
        list_record(f"{server.address}/files/list.json")


@pytest.mark.parametrize("name", ["../outside.wav", "/outside.wav", "a/../../outside.wav", "C:/outside.wav"])
def test_no_archive_writes_outside_its_folder(name: str, tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, b"evil")
    (tmp_path / "evil.zip").write_bytes(content.getvalue())
    with pytest.raises(DatasetError, match="outside"):
        unpack(tmp_path / "evil.zip", tmp_path / "in")
    assert not list(tmp_path.rglob("outside.wav"))


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


def test_small_files_come_first(server: Server) -> None:
    server.files = {"a.zip": b"x" * 900, "b.zip": b"x" * 5, "c.zip": b"x" * 50}
    assert [file.name for file in list_record(f"{server.address}/records/7")] == ["b.zip", "c.zip", "a.zip"]
