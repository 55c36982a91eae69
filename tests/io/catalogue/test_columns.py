"""Values stand in the catalogue's columns and come back as they were."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from catalogue_values import ANY_TEXT, NAMES
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from musicemb.io.catalogue.columns import (
    pack_codes,
    pack_floats,
    pack_json,
    pack_path,
    pack_text,
    unpack_codes,
    unpack_floats,
    unpack_json,
    unpack_path,
    unpack_stem,
    unpack_text,
    unpack_words,
)

SHAPES = st.tuples(st.integers(1, 4), st.integers(0, 5))


@given(NAMES)
def test_a_path_is_the_bytes_that_the_system_has(name: bytes) -> None:
    path = Path("/music").absolute() / os.fsdecode(name)
    assert pack_path(path) == os.fsencode(path)
    assert unpack_path(pack_path(path)) == path


@pytest.mark.parametrize(
    "value",
    [
        b"/",
        b"/x",
        b"//",
        b"//x",
        b"//x/y",
        b"/a/",
        b"/a/b/",
        b"/a//b",
        b"/a/.",
        b"/a/../b",
        b"x",
        b"x/y",
        b"C:\\x",
        b"",
    ],
)
def test_a_path_is_taken_apart_as_pathlib_does(value: bytes) -> None:
    assert unpack_path(value) == Path(os.fsdecode(value))


@given(ANY_TEXT)
def test_any_text_comes_back(text: str) -> None:
    assert unpack_text(pack_text(text)) == text


@given(st.lists(ANY_TEXT, max_size=4))
def test_lists_of_text_come_back(words: list[str]) -> None:
    assert unpack_json(pack_json(words)) == words
    assert unpack_words(pack_json(words)) == tuple(words)


def test_valid_text_stands_as_text_that_other_programs_can_read() -> None:
    assert pack_text("Größe 🎵") == "Größe 🎵"
    assert pack_json(["Größe"]) == '["Größe"]'
    assert pack_text("half \udcff") == b"half \xed\xb3\xbf"


@pytest.mark.parametrize("value", [7, None, 0.5])
def test_what_is_no_text_is_told(value: object) -> None:
    with pytest.raises(TypeError, match="is stored where text is expected"):
        unpack_text(value)  # type: ignore[arg-type]


@given(arrays(np.float32, SHAPES))
def test_floats_come_back_bit_for_bit(values: np.ndarray) -> None:
    back = unpack_floats(pack_floats(values))
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, values.ravel())
    np.testing.assert_array_equal(unpack_floats(pack_floats(values.T)), values.T.ravel())


def test_floats_are_little_endian_on_every_machine() -> None:
    assert pack_floats(np.array([1.0], ">f4")) == b"\0\0\x80\x3f"


@given(arrays(np.int8, SHAPES))
def test_codes_come_back_in_their_rows(values: np.ndarray) -> None:
    back = unpack_codes(pack_codes(values), len(values))
    assert back.dtype == np.int8
    assert back.tobytes() == values.tobytes()
    assert len(back) == len(values)


def test_no_rows_are_no_codes() -> None:
    assert unpack_codes(b"", 0).shape == (0, 0)


@given(st.lists(st.binary(min_size=1, max_size=6).filter(lambda part: not {0, 47} & set(part)), min_size=1, max_size=3))
def test_a_stem_is_that_of_the_path(parts: list[bytes]) -> None:
    packed = b"/" + b"/".join(part for part in parts if part not in (b".", b"..")) + b"/a.mp3"
    assert unpack_stem(packed) == unpack_path(packed).stem
    for name in (b".hidden", b"a.", b"a.b.c", b"\xff.mp3", b"none", b"..a"):
        assert unpack_stem(b"/m/" + name) == unpack_path(b"/m/" + name).stem
