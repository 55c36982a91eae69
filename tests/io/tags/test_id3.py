"""ID3v2 tags of MP3: other frames keep their bytes and their order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tag_bytes as made
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from tag_files import GENRE_WORDS, check_round_trip, put, take_back, take_fields_back

from musicemb.io.tags import id3
from musicemb.io.tags.fields import NotWritable
from musicemb.io.tags.mp3 import MP3
from musicemb.io.tags.reader import read_tags
from musicemb.io.tags.writer import hold


@pytest.mark.parametrize("major", [3, 4])
@pytest.mark.parametrize("padding", [0, 500])
def test_other_frames_keep_bytes_and_order(mp3: Callable[..., Path], major: int, padding: int) -> None:
    head = made.full_tag(major, padding=padding)
    path = mp3(head)
    put(path, "Jazz", "Größe")
    frames = id3.parse(path.read_bytes()[: id3v2_size(path)]).frames
    assert [each.raw for each in frames if each.key not in MP3.all_names] == [
        each.raw for each in id3.parse(head).frames
    ]
    assert path.read_bytes()[3] == major
    assert padding == 0 or id3v2_size(path) == len(head), "the padding gives way"


def test_a_tag_of_countless_frames_is_left_alone() -> None:
    with pytest.raises(NotWritable, match="more than 20,000 frames"):
        id3.parse(made.tag(made.frame(b"XXXX", b"") * 20_001))
    assert len(id3.parse(made.tag(made.frame(b"XXXX", b"") * 20_000)).frames) == 20_000


def id3v2_size(path: Path) -> int:
    from musicemb.io.audio.containers import id3v2_length

    return id3v2_length(path.read_bytes()[:10])


@pytest.mark.parametrize("major", [3, 4])
def test_frames_that_nobody_knows_survive_undo(mp3: Callable[..., Path], major: int) -> None:
    check_round_trip(mp3(made.full_tag(major), made.version_1()))


def test_a_file_without_a_tag_gets_2_3_and_loses_it_again(mp3: Callable[..., Path], audio: bytes) -> None:
    path = mp3()
    edit = put(path, "Jazz")
    assert path.read_bytes()[:5] == b"ID3\3\0"
    take_fields_back(path, edit)
    assert path.read_bytes() == audio


def test_numbered_genres_stay_as_they_stand(mp3: Callable[..., Path]) -> None:
    path = mp3(made.tag(made.frame(b"TCON", b"\x00(17)")))
    assert put(path, "Jazz", keep=True).before["TCON"] == ["(17)"]
    assert hold(path).fields["TCON"] == ["(17)", "Jazz"] and read_tags(path).genres == ("Rock", "Jazz")
    edit = put(mp3(made.tag(made.frame(b"TCON", b"\x00(17)"))), "Jazz")
    take_fields_back(path, edit)
    assert hold(path).fields == {"TCON": ["(17)"]}


def test_id3v1_stays_byte_for_byte(mp3: Callable[..., Path]) -> None:
    path = mp3(made.full_tag(), made.version_1(genre=17))
    put(path, "Jazz")
    assert path.read_bytes().endswith(made.version_1(genre=17))


def test_unsynchronised_2_3(mp3: Callable[..., Path]) -> None:
    frames = b"".join(made.frame(name, body) for name, body in made.V23_FRAMES)
    body = id3._unsynchronise(frames)
    assert body != frames
    path = mp3(made.tag(body, flags=0x80, padding=10))
    put(path, "Größe")  # its byte order mark must be unsynchronised too
    from mutagen.id3 import ID3

    tag = ID3(path, load_v1=False)
    assert tag["TCON"].text == ["Größe"] and tag["PRIV:owner:\xff\xe0\x00\xff"].data == b"\xff\xe0\0\xff"
    check_round_trip(mp3(made.tag(body, flags=0x80, padding=10)))


def test_plain_sizes_of_old_itunes_in_2_4(mp3: Callable[..., Path]) -> None:
    long = made.frame(b"COMM", b"\0eng\0" + b"long " * 40)  # plain size in a 2.4 tag
    path = mp3(made.tag(long + made.frame(b"TIT2", b"\0T"), major=4))
    put(path, "Jazz " + "x" * 150)
    assert read_tags(path).genres == ("Jazz " + "x" * 150,) and read_tags(path).title == "T"
    assert made.frame(b"COMM", b"\0eng\0" + b"long " * 40) in path.read_bytes()


def test_doubled_genre_frames_become_one_and_come_back(mp3: Callable[..., Path]) -> None:
    path = mp3(made.tag(made.frame(b"TCON", b"\0Rock") + made.frame(b"TIT2", b"\0T") + made.frame(b"TCON", b"\0Pop")))
    original = path.read_bytes()
    edit = put(path, "Jazz")
    assert edit.before["TCON"] == ["Rock", "Pop"] and hold(path).fields["TCON"] == ["Jazz"]
    assert take_back(path, edit) and path.read_bytes() == original


few = settings(max_examples=trials(60), deadline=None)


frame_names = st.sampled_from([b"TIT2", b"TPE1", b"COMM", b"PRIV", b"TYER", b"RVAD", b"ABCD", b"TXXX", b"TCON"])


bodies = st.one_of(
    st.binary(min_size=1, max_size=60),
    st.sampled_from([b"\0Rock", b"\0MUSICEMB_GENRE\0Rock", b"\1\xff\xfeR\0", b"\xff\xff\xff", b"\0mood\0calm"]),
)


frames = st.lists(st.tuples(frame_names, bodies), max_size=6)


@few
@given(
    frames=frames, values=GENRE_WORDS, major=st.sampled_from([3, 4]), padding=st.integers(0, 300), unsync=st.booleans()
)
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
@given(values=GENRE_WORDS, padding=st.integers(0, 300))
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
