"""A delta gives the old file back, and stays small."""

from __future__ import annotations

import base64
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials

from musicemb.io.tags.replacing import binary_delta as room
from musicemb.io.tags.replacing.binary_delta import LONGEST, apply_delta, apply_deltas, file_hash, make_delta, way_back

few = settings(max_examples=trials(60), deadline=None)


@few
@given(data=st.data())
def test_delta_gives_the_old_file(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    pieces = st.lists(st.sampled_from([b"a" * 200, bytes(range(256)), b"z", b"audio" * 300, b"\0" * 90]), max_size=8)
    old = b"".join(data.draw(pieces)) + data.draw(st.binary(min_size=1, max_size=50))
    new = b"".join(data.draw(pieces)) + data.draw(st.binary(min_size=1, max_size=50))
    folder = tmp_path_factory.mktemp("delta")
    (folder / "old").write_bytes(old)
    (folder / "new").write_bytes(new)
    delta = make_delta(folder / "old", folder / "new")
    assert delta is not None
    out = BytesIO()
    apply_delta(BytesIO(new), delta, out)
    assert out.getvalue() == old


def test_a_delta_stays_small(tmp_path: Path) -> None:
    import random

    noise = random.Random(1)
    picture, audio = noise.randbytes(600_000), noise.randbytes(400_000)
    (tmp_path / "old").write_bytes(b"text" + picture + b"genre=Rock" + audio)
    (tmp_path / "new").write_bytes(b"genre=Jazz" + picture[:1_000] + b"moved" + picture[1_000:] + bytes(500) + audio)
    delta = make_delta(tmp_path / "old", tmp_path / "new")
    assert delta is not None and len(delta) < 500
    (tmp_path / "new").write_bytes(noise.randbytes(800_000))
    assert make_delta(tmp_path / "old", tmp_path / "new") is None, f"never longer than {LONGEST}"


def test_the_way_back_leads_over_all_edits_to_the_oldest_version(tmp_path: Path) -> None:
    versions = [tmp_path / str(number) for number in range(5)]
    for number, path in enumerate(versions):
        path.write_bytes(b"audio" * 200 + b"%d" % number * number)

    def edit(old: int, new: int) -> dict[str, str]:
        delta = make_delta(versions[old], versions[new])
        assert delta is not None
        return {"old": file_hash(versions[old]), "new": file_hash(versions[new]), "delta": delta}

    notes = [edit(0, 1), edit(1, 2), edit(2, 3), edit(3, 2), edit(2, 4), {"old": "x", "new": "y"}, {}]
    hashes = [file_hash(path) for path in versions]
    found = way_back(hashes[4], notes, hashes)
    assert found is not None and found[0] == file_hash(versions[0]) and len(found[1]) == 3
    out = BytesIO()
    apply_deltas(BytesIO(versions[4].read_bytes()), found[1], out)
    assert out.getvalue() == versions[0].read_bytes()
    assert way_back("unknown", notes, hashes) is None
    broken = [edit(0, 1), edit(2, 3)]  # somebody else wrote between 1 and 2
    assert way_back(hashes[0], notes, hashes) == (hashes[0], [])
    found = way_back(hashes[3], broken, hashes)
    assert found is not None and found[0] == file_hash(versions[2])


def packed(content: bytes) -> str:
    """A delta as a crafted catalogue might hold it."""
    return base64.b64encode(zlib.compress(content, 1)).decode()


@pytest.mark.parametrize(
    "content",
    [
        b"[[0, 3]]\n" + bytes(80 << 20),
        b"[" * 100_000,
        b"[[0, 1e9]]\n",
        b"[[0, -1]]\n",
        b"{}\n",
        b"[[0, 5], 7]\n",
        b"[" + b"[0, 900000], " * 1_000 + b"[0, 1]]\n",
        b"\xff\n",
    ],
    ids=["bomb", "nested", "fraction", "negative", "mapping", "number", "fills the disk", "not text"],
)
def test_a_crafted_delta_is_refused_before_it_fills_memory_or_disk(content: bytes) -> None:
    import tracemalloc

    delta, out = packed(content), BytesIO()
    del content
    tracemalloc.start()
    try:
        with pytest.raises(ValueError):
            apply_delta(BytesIO(bytes(1000)), delta, out)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    assert not out.getvalue()


def test_a_delta_without_its_end_is_refused() -> None:
    whole = zlib.compress(b"[[-1, 3]]\nabc", 9)
    out = BytesIO()
    apply_delta(BytesIO(b"x"), base64.b64encode(whole).decode(), out)
    assert out.getvalue() == b"abc"
    with pytest.raises(ValueError):
        apply_delta(BytesIO(b"x"), base64.b64encode(whole[:-2]).decode(), out)


def test_a_wide_difference_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import random
    import tracemalloc

    monkeypatch.setattr(room, "_MOST_BLOCKS", 1 << 15)  # an eighth: so is the file, and what may be held
    block = random.Random(1).randbytes(1 << 20)
    (tmp_path / "old").write_bytes(b"size1" + block * 6 + b"genre=Rock" + bytes(100))
    (tmp_path / "new").write_bytes(b"SIZE2" + block * 6 + b"genre=Jazz" + bytes(100))
    tracemalloc.start()
    delta = make_delta(tmp_path / "old", tmp_path / "new")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert delta is not None and peak < 4 << 20  # the part that differs is 6 MB
    out = BytesIO()
    apply_delta(BytesIO((tmp_path / "new").read_bytes()), delta, out)
    assert out.getvalue() == (tmp_path / "old").read_bytes()
