"""An npz file that others made is read, or refused with a reason, in bounded memory."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from musicemb.settings.array_files import read_npz

MOST = 1 << 20


def header(shape: tuple[int, ...], dtype: str = "<f4") -> bytes:
    text = io.BytesIO()
    np.lib.format.write_array_header_1_0(text, {"descr": dtype, "fortran_order": False, "shape": shape})
    return text.getvalue()


def pack(path: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return path


def test_what_numpy_wrote_is_read(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.array(["x", "yz"]), "c": np.float32(3), "d": np.zeros((0, 4))}
    np.savez(tmp_path / "plain.npz", **arrays)
    np.savez_compressed(tmp_path / "packed.npz", **arrays)
    for name in ("plain.npz", "packed.npz"):
        found = read_npz(tmp_path / name, MOST)
        assert sorted(found) == sorted(arrays)
        for key, array in arrays.items():
            np.testing.assert_array_equal(found[key], array)


@pytest.mark.parametrize(
    "content",
    [
        header((1 << 40, 1024)),
        header((-1, 4)),
        header((4,), "|O"),
        header((4,)) + bytes(15),
        b"\x93NUMPY\x01\x00junk",
        b"",
    ],
)
def test_an_array_that_claims_what_is_not_there_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError):
        read_npz(pack(tmp_path / "x.npz", "a.npy", content), MOST)


def test_arrays_beyond_the_limit_are_refused_unread(tmp_path: Path) -> None:
    path = pack(tmp_path / "x.npz", "a.npy", header((1 << 22,), "|u1") + bytes(1 << 22))
    with pytest.raises(ValueError, match="at most are read"):
        read_npz(path, MOST)


def test_a_file_cut_off_or_of_junk_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.arange(1000.0))
    whole = (tmp_path / "x.npz").read_bytes()
    for content in (whole[:-30], whole[: len(whole) // 2], b"", b"PK\x03\x04" + bytes(100)):
        (tmp_path / "y.npz").write_bytes(content)
        with pytest.raises(ValueError, match="npz"):
            read_npz(tmp_path / "y.npz", MOST)
