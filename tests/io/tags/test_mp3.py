"""The tags around an MP3: one is written, the others are read and stay."""

from __future__ import annotations

from io import BytesIO

import pytest
import tag_bytes as made

from musicemb.io.tags.fields import EditOptions, NotWritable, TagContents, Writer
from musicemb.io.tags.mp3 import MP3

SOUND = b"\xff\xfb\x90\0" + bytes(413)


def examine(data: bytes, options: EditOptions | None = None) -> tuple[TagContents, Writer]:
    assert MP3.examine is not None
    return MP3.examine(BytesIO(data), options or EditOptions())


def written(data: bytes, fields: dict[str, list[str]], options: EditOptions | None = None) -> bytes:
    _, write = examine(data, options)
    target = BytesIO()
    write(target, fields, False)
    return target.getvalue()


def test_our_fields_and_the_rest() -> None:
    genre, own = made.frame(b"TCON", b"\0Polka"), made.frame(b"TXXX", b"\0MUSICEMB_GENRE\0Polka")
    held, _ = examine(made.full_tag(extra=genre + own) + SOUND)
    assert held.fields == {"TCON": ["Polka"], "TXXX:MUSICEMB_GENRE": ["Polka"]}
    assert not held.bare and not held.empty and not held.made
    assert held.rest == examine(made.full_tag() + SOUND)[0].rest


@pytest.mark.parametrize(
    ("data", "bare", "empty", "new"),
    [
        (SOUND, True, True, False),
        (SOUND + made.version_1(), False, True, True),
        (made.tag(b"") + SOUND, False, True, False),
    ],
    ids=["no tag", "ID3v1", "empty tag"],
)
def test_files_without_a_tag_of_their_own(data: bytes, bare: bool, empty: bool, new: bool) -> None:
    held, _ = examine(data)
    assert (held.bare, held.empty, held.made) == (bare, empty, new)


def test_the_sound_and_what_follows_it_stay() -> None:
    tail = SOUND + made.ape(Artist="A") + made.version_1()
    result = written(made.full_tag() + tail, {"TCON": ["Jazz"]})
    assert result.endswith(tail)
    assert examine(result)[0].fields == {"TCON": ["Jazz"]}


def test_an_old_tag_is_upgraded_only_where_that_is_wanted() -> None:
    data = made.old_tag((b"TT2", b"\0A title"), (b"TCO", b"\0Polka")) + SOUND
    with pytest.raises(NotWritable, match="--upgrade-tags"):
        examine(data)
    held, _ = examine(data, EditOptions(upgrade=True))
    assert (held.fields, held.made) == ({"TCON": ["Polka"]}, True)
    assert written(data, {"TCON": ["Jazz"]}, EditOptions(upgrade=True))[:4] == b"ID3\3"


def test_the_tag_that_is_written_is_marked_among_all() -> None:
    data = made.tag(made.frame(b"TCON", b"\0Polka")) + SOUND + made.ape(Genre="Ska") + made.version_1(genre=17)
    tags = {tag.name: tag for tag in MP3.read(BytesIO(data))}
    assert [name for name, tag in tags.items() if tag.written] == ["ID3v2"]
    assert {name: list(tag.texts["genre"]) for name, tag in tags.items()} == {
        "ID3v2": ["Polka"],
        "APEv2": ["Ska"],
        "ID3v1": ["Rock"],
    }
