"""Files copied with some bytes replaced."""

from __future__ import annotations

from hashlib import blake2b
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicemb.io.tags.replacing.splicing import Splice, copy_with, digest


def spliced(data: bytes, *splices: Splice) -> bytes:
    target = BytesIO()
    copy_with(BytesIO(data), target, splices)
    return target.getvalue()


@pytest.mark.parametrize(
    ("splices", "result"),
    [
        ([], b"0123456789"),
        ([Splice(2, 4, b"abc")], b"01abc456789"),
        ([Splice(8, 10, b""), Splice(0, 1, b"x")], b"x1234567"),
        ([Splice(5, 5, b"a"), Splice(5, 5, b"b")], b"01234ab56789"),
        ([Splice(10, 10, b"end")], b"0123456789end"),
    ],
)
def test_bytes_give_way(splices: list[Splice], result: bytes) -> None:
    assert spliced(b"0123456789", *splices) == result
    assert len(result) - 10 == sum(splice.growth for splice in splices)


def test_edits_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        spliced(b"0123456789", Splice(2, 5, b""), Splice(4, 6, b""))


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=6), st.binary(max_size=5))
def test_a_splice_does_what_a_slice_would(data: bytes, places: list[int], new: bytes) -> None:
    ends = sorted(min(place, len(data)) for place in places)
    pairs = list(zip(ends[::2], ends[1::2], strict=False))
    expected = data
    for start, end in reversed(pairs):
        expected = expected[:start] + new + expected[end:]
    assert spliced(data, *(Splice(start, end, new) for start, end in pairs)) == expected


def test_a_digest_is_of_the_bytes_between() -> None:
    data = bytes(range(256)) * 5000  # more than one block
    assert digest(BytesIO(data), 3, len(data) - 3) == blake2b(data[3:-3], digest_size=20).digest()
    assert digest(BytesIO(data), 7, 7) == blake2b(b"", digest_size=20).digest()
