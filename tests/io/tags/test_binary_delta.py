"""A delta gives the old file back, and stays small."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicemb.io.tags.binary_delta import LONGEST, apply_delta, make_delta

few = settings(max_examples=60, deadline=None)


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
    picture, audio = noise.randbytes(3_000_000), noise.randbytes(2_000_000)
    (tmp_path / "old").write_bytes(b"text" + picture + b"genre=Rock" + audio)
    (tmp_path / "new").write_bytes(b"genre=Jazz" + picture[:1_000] + b"moved" + picture[1_000:] + bytes(500) + audio)
    delta = make_delta(tmp_path / "old", tmp_path / "new")
    assert delta is not None and len(delta) < 500
    (tmp_path / "new").write_bytes(noise.randbytes(2_000_000))
    assert make_delta(tmp_path / "old", tmp_path / "new") is None, f"never longer than {LONGEST}"
