"""Laws of the byte editors: what goes in comes out, and what is taken back was never there."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sounds
import tag_bytes as made
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from musicemb.io.tags import id3, vorbis
from musicemb.io.tags.binary_delta import LONGEST, apply_delta, make_delta
from musicemb.io.tags.fields import NotWritable, all_names
from musicemb.io.tags.writer import edit_tag, restore_file

few = settings(max_examples=60, deadline=None)

words = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffd"), min_size=1, max_size=20),
    max_size=3,
)
frame_names = st.sampled_from([b"TIT2", b"TPE1", b"COMM", b"PRIV", b"TYER", b"RVAD", b"ABCD", b"TXXX", b"TCON"])
bodies = st.one_of(
    st.binary(min_size=1, max_size=60),
    st.sampled_from([b"\0Rock", b"\0MUSICEMB_GENRE\0Rock", b"\1\xff\xfeR\0", b"\xff\xff\xff", b"\0mood\0calm"]),
)
frames = st.lists(st.tuples(frame_names, bodies), max_size=6)


@few
@given(frames=frames, values=words, major=st.sampled_from([3, 4]), padding=st.integers(0, 300), unsync=st.booleans())
def test_id3_fields_change_and_nothing_else(
    frames: list[tuple[bytes, bytes]], values: list[str], major: int, padding: int, unsync: bool
) -> None:
    body = b"".join(made.frame(name, data, syncsafe=major == 4) for name, data in frames)
    unsync = unsync and major == 3
    head = made.tag(id3._unsynchronise(body) if unsync else body, major=major, flags=0x80 * unsync, padding=padding)
    old = id3.parse(head)
    fields = {"TCON": values, "TXXX:MUSICEMB_GENRE": values}
    new = id3.parse(id3.build(old, fields))

    def others(tag: id3.Id3Tag) -> list[bytes]:
        return [each.raw for each in tag.frames if each.key not in fields]

    assert others(new) == others(old)
    for key, skip in (("TCON", 0), ("TXXX:MUSICEMB_GENRE", 1)):
        found = [each.texts()[skip:] for each in new.frames if each.key == key]
        assert found == ([values] if values else [])
    assert id3.build(new, {}) == id3.build(old, fields), "an edit without fields changes nothing"


@few
@given(values=words, padding=st.integers(0, 300))
def test_id3_put_and_taken_away(values: list[str], padding: int) -> None:
    head = made.full_tag(padding=padding)
    tag = id3.parse(head)
    assert id3.build(tag, {}) == head
    there = id3.parse(id3.build(tag, {"TCON": values}))
    assert [each.raw for each in id3.parse(id3.build(there, {"TCON": []})).frames] == [each.raw for each in tag.frames]
    assert id3.build(id3.parse(id3.build(None, {"TCON": values})), {"TCON": []}, drop_empty=True) == b""


@few
@given(content=st.binary(max_size=200), major=st.sampled_from([3, 4]), flags=st.sampled_from([0, 0x80, 0x20]))
def test_any_tag_is_kept_or_refused(content: bytes, major: int, flags: int) -> None:
    head = made.tag(content, major=major, flags=flags)
    try:
        tag = id3.parse(head)
    except NotWritable:
        return
    rebuilt = id3.build(tag, {})
    assert [each.raw for each in id3.parse(rebuilt).frames] == [each.raw for each in tag.frames]
    assert rebuilt == head or flags & 0x80


@few
@given(
    entries=st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([b"GENRE=Rock", b"genre=Pop", b"TITLE=T"]))),
    values=words,
    tail=st.binary(max_size=5),
)
def test_comments_change_and_nothing_else(entries: list[bytes], values: list[str], tail: bytes) -> None:
    old = vorbis.Comments(b"vendor", tuple(entries), tail)
    assert vorbis.parse_comments(old.packed() + tail) == old
    new = old.replaced({"GENRE": values})
    assert new.values("genre") == values and new.without(["GENRE"]) == old.without(["GENRE"])
    assert (new.vendor, new.tail) == (old.vendor, old.tail)


@few
@given(content=st.binary(max_size=120))
def test_any_comments_are_kept_or_refused(content: bytes) -> None:
    try:
        comments = vorbis.parse_comments(content)
    except NotWritable:
        return
    assert comments.packed() + comments.tail == content


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


@settings(max_examples=25, deadline=None)
@given(suffix=st.sampled_from(["mp3", "flac", "ogg", "opus", "m4a"]), values=words, tagged=words)
def test_write_then_undo_is_identity(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, values: list[str], tagged: list[str]
) -> None:
    assume(values)
    path = tmp_path_factory.mktemp("identity") / f"a.{suffix}"
    if suffix not in _PLAIN:
        _PLAIN[suffix] = sounds.write_music(path, 1.0, title="T").read_bytes()
    path.write_bytes(_PLAIN[suffix])
    genre, ours, *_ = all_names("id3" if suffix == "mp3" else "mp4" if suffix == "m4a" else "flac")
    if tagged:
        with edit_tag(path, {genre: tagged}) as edit:
            edit.commit()
    original = path.read_bytes()
    with edit_tag(path, {genre: values, ours: values}) as edit:
        assert edit.before.get(genre, []) == tagged
        edit.commit()
    with restore_file(path, edit.note, edit.before) as restored:
        assert restored is not None
        restored.commit()
    assert path.read_bytes() == original


_PLAIN: dict[str, bytes] = {}
