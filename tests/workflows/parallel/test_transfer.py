"""What travels between machines: paths, files, encoders, and all else."""

from __future__ import annotations

import os
import pickle
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import ROOT

from musicemb.encoder.runtime.bundle_transfer import bundle_digest
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.errors import SettingsError
from musicemb.records import FoundFile, Problem
from musicemb.workflows.parallel.transfer import (
    SAME_TIME_NS,
    NotHere,
    PathMap,
    pack,
    unpack_item,
    unpack_result,
    unpack_work,
)


def found(path: Path) -> FoundFile:
    return FoundFile.from_status(path, path.stat())


def test_the_deepest_folder_counts() -> None:
    mapped = PathMap.parse(("/home/me/Music=/mnt/music/", "/home/me/Music/live=/mnt/live", "/srv=/"))
    assert mapped.to_remote(Path("/home/me/Music/a/b.mp3")) == "/mnt/music/a/b.mp3"
    assert mapped.to_remote(Path("/home/me/Music/live/b.mp3")) == "/mnt/live/b.mp3"
    assert mapped.to_remote(Path("/home/me/Music")) == "/mnt/music"
    assert mapped.to_remote(Path("/srv/x")) == "/x"
    assert mapped.to_remote(Path("/home/me/Musical/b.mp3")) == "/home/me/Musical/b.mp3"


def test_windows_and_posix_speak_with_each_other() -> None:
    away = PathMap(((PureWindowsPath("Z:/Music"), "/mnt/music"),))  # type: ignore[arg-type]
    assert away.to_remote(PureWindowsPath("z:/music/a b/c.mp3")) == "/mnt/music/a b/c.mp3"
    back = PathMap(((PurePosixPath("/music"), "Z:\\Music"),))  # type: ignore[arg-type]
    assert back.to_remote(PurePosixPath("/music/a/c.mp3")) == "Z:\\Music\\a\\c.mp3"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("/music", "takes LOCAL=REMOTE"),
        ("=/mnt", "takes LOCAL=REMOTE"),
        ("/music=", "takes LOCAL=REMOTE"),
        ("/music=mnt/music", "not an absolute path"),
        ("/music=~/music", "not an absolute path"),
    ],
)
def test_what_is_no_pair_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        PathMap.parse((text,))


def test_a_folder_has_one_place() -> None:
    with pytest.raises(SettingsError, match="twice"):
        PathMap.parse(("/music=/a", "/music/=/b"))


def test_a_folder_may_be_typed_from_home_or_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for typed in ("~/Music", "Music"):
        assert PathMap.parse((f"{typed}=/mnt",)).to_remote(tmp_path / "Music" / "a.mp3") == "/mnt/a.mp3"


def test_a_file_arrives_as_the_worker_sees_it_and_comes_back_as_ours(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder, nanoseconds in ((ours, 1_000_000_000_123), (theirs, 1_000_000_000_000)):
        folder.mkdir()
        (folder / "a.mp3").write_bytes(b"12345")
        os.utime(folder / "a.mp3", ns=(nanoseconds, nanoseconds))
    item = found(ours / "a.mp3")
    sent = pack(item, PathMap(((ours, str(theirs)),)).to_remote)
    arrived = unpack_item(sent.block, anyhow=False)
    assert arrived == found(theirs / "a.mp3") and arrived != item
    problem = Problem(arrived.path, "is odd", "failed", size=arrived.size, mtime_ns=arrived.mtime_ns)
    back = unpack_result(pack((arrived, arrived.path, problem, np.arange(3))).block, sent)
    assert back[:3] == (item, item.path, Problem(item.path, "is odd", "failed", size=5, mtime_ns=item.mtime_ns))
    assert back[3].tolist() == [0, 1, 2]


def test_a_problem_without_a_size_stays_so(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    sent = pack(tmp_path / "a")
    assert unpack_result(pack(Problem(tmp_path / "a", "is odd", "skipped")).block, sent) == Problem(
        tmp_path / "a", "is odd", "skipped"
    )


def test_a_file_that_is_not_there_is_told_unless_it_is_wanted_anyhow(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"12345")
    item = found(path)
    for sent in (pack(item), pack(path)):
        path.unlink(missing_ok=True)
        with pytest.raises(NotHere, match="no such file"):
            unpack_item(sent.block, anyhow=False)
    assert unpack_item(pack(item).block, anyhow=True) == item


def test_another_file_in_its_place_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"12345")
    os.utime(path, ns=(10**18, 10**18))
    sent = pack(found(path))
    os.utime(path, ns=(10**18, 10**18 + SAME_TIME_NS))
    unpack_item(sent.block, anyhow=False)
    os.utime(path, ns=(10**18, 10**18 + SAME_TIME_NS + 1000))
    with pytest.raises(NotHere, match="a different file"):
        unpack_item(sent.block, anyhow=False)
    path.write_bytes(b"123456")
    os.utime(path, ns=(10**18, 10**18))
    with pytest.raises(NotHere, match="a different file"):
        unpack_item(sent.block, anyhow=False)


def test_an_encoder_travels_by_its_checksums() -> None:
    encoder = load_encoder(runtime="int8")
    sent = pack({"encoder": encoder, "known": {"x"}})
    wanted = bundle_digest(encoder.bundle.folder)
    assert sent.bundles == {wanted: encoder.bundle.folder}
    assert os.fsencode(ROOT) not in sent.block and len(sent.block) < 1000
    arrived = unpack_work(sent.block, {wanted: encoder.bundle.folder})
    assert (arrived["encoder"].id, arrived["encoder"].runtime, arrived["known"]) == (encoder.id, "int8", {"x"})
    with pytest.raises(pickle.UnpicklingError, match="with the work only"):
        unpack_item(sent.block, anyhow=True)


@given(st.recursive(st.integers() | st.text() | st.binary(), lambda inner: st.lists(inner) | st.tuples(inner, inner)))
def test_all_else_arrives_as_it_was(thing: object) -> None:
    sent = pack(thing)
    assert unpack_item(sent.block, anyhow=False) == thing
    assert unpack_result(sent.block, sent) == thing
