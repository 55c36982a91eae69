"""Writing genres: what is asked for changes, everything else keeps its bytes, and undo gives the old file back."""

from __future__ import annotations

from pathlib import Path

import pytest
import sounds
import tag_bytes
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from laws import cases, trials
from tag_files import GENRE_WORDS, check_round_trip, leftovers, put, take_back

from musicemb.errors import TagError
from musicemb.io.tags.formats import FORMATS
from musicemb.io.tags.reader import read_tags
from musicemb.io.tags.writer import edit_tag, restore_file


@pytest.mark.parametrize("suffix", sounds.WRITABLE)
@pytest.mark.parametrize("words", [{}, {"title": "T"}, {"title": "T", "artist": "A", "genre": "Rock"}])
def test_tag_and_undo(tmp_path: Path, suffix: str, words: dict[str, str]) -> None:
    check_round_trip(sounds.write_music(tmp_path / f"a.{suffix}", 1.0, **words))


@pytest.mark.parametrize("suffix", sounds.WRITABLE)
def test_a_guess_behind_the_listeners_words(tmp_path: Path, suffix: str) -> None:
    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0, genre="Größe")
    put(path, "Jazz", keep=True)
    tags = read_tags(path)
    assert (tags.genres, tags.our_genres, tags.listener_genres) == (("Größe", "Jazz"), ("Jazz",), ("Größe",))


@pytest.mark.parametrize("suffix", sounds.WRITABLE)
def test_words_beyond_ascii(tmp_path: Path, suffix: str) -> None:
    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0)
    put(path, "ロック", "Música 🎺")
    assert read_tags(path).genres == read_tags(path).our_genres == ("ロック", "Música 🎺")


@pytest.mark.parametrize("suffix", sounds.WRITABLE)
def test_another_program_reads_it(tmp_path: Path, suffix: str) -> None:
    av = pytest.importorskip("av")
    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0, title="T")
    put(path, "Größe")
    with av.open(str(path)) as file:
        told = {key.upper(): value for key, value in {**file.metadata, **file.streams[0].metadata}.items()}
        samples = sum(frame.samples for frame in file.decode(audio=0))
    assert told["GENRE"] == told["MUSICEMB_GENRE"] == "Größe"
    assert told["TITLE"] == "T" and told["MUSICEMB_CONFIDENCE"] == "0.87" and samples >= 44_100


def test_every_file_of_the_real_library(shared: Path, tmp_path: Path) -> None:
    library = sorted((shared / "library").rglob("*.mp3"))
    for number, source in enumerate(cases(library, library[::4])):
        path = tmp_path / f"{number:02d}.mp3"
        path.write_bytes(source.read_bytes())
        old = source.read_bytes()[:4] == b"ID3\2"
        if old:
            with pytest.raises(TagError, match=r"ID3v2\.2"):
                put(path, "Jazz")
            assert path.read_bytes() == source.read_bytes()
        check_round_trip(path, upgrade=old)


def test_a_changed_file_is_not_restored_exactly(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0, title="T")
    edit = put(path, "Jazz")
    path.write_bytes(path.read_bytes() + b"TAG" + bytes(125))
    assert not take_back(path, edit)


def test_a_damaged_journal_entry_restores_nothing(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0, title="T")
    edit = put(path, "Jazz")
    written = path.read_bytes()
    for damage in ({"delta": edit.note["delta"][:-8]}, {"delta": "!"}, {"old": "0" * 64}):
        with restore_file(path, {**edit.note, **damage}, edit.before) as restored:
            assert restored is None, "undo then goes by fields"
    assert path.read_bytes() == written and not leftovers(tmp_path)


@settings(max_examples=trials(25), deadline=None)
@given(suffix=st.sampled_from(["mp3", "flac", "ogg", "opus", "m4a"]), values=GENRE_WORDS, tagged=GENRE_WORDS)
def test_write_then_undo_is_identity(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, values: list[str], tagged: list[str]
) -> None:
    assume(values)
    path = tmp_path_factory.mktemp("identity") / f"a.{suffix}"
    if suffix not in _PLAIN:
        _PLAIN[suffix] = sounds.write_music(path, 1.0, title="T").read_bytes()
    path.write_bytes(_PLAIN[suffix])
    genre, ours, *_ = FORMATS["mpeg" if suffix == "mp3" else "mp4" if suffix == "m4a" else "flac"].all_names
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


@pytest.mark.parametrize("blank", ["", "  ", "\r\n"])
@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "m4a"])
def test_a_genre_that_says_nothing_gives_way(tmp_path: Path, suffix: str, blank: str) -> None:
    import av
    import mutagen

    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0, title="T", genre=blank)
    original = path.read_bytes()
    edit = put(path, "Jazz")
    shown = mutagen.File(path, easy=True)
    assert shown["genre"] == ["Jazz"]
    with av.open(str(path)) as file:
        told = {key.lower(): value for key, value in {**file.metadata, **file.streams[0].metadata}.items()}
    assert told["genre"] == "Jazz"
    assert take_back(path, edit) and path.read_bytes() == original


def test_a_genre_in_a_field_of_another_name_is_one_too(tmp_path: Path) -> None:
    from mutagen.id3 import ID3, TXXX
    from mutagen.mp4 import MP4 as Mp4File

    mp3, m4a = (sounds.write_music(tmp_path / f"a.{suffix}", 1.0, title="T") for suffix in ("mp3", "m4a"))
    tag = ID3(mp3)
    tag.add(TXXX(encoding=1, desc="Genre", text=["Rock"]))
    tag.save()
    file = Mp4File(m4a)
    file["----:com.apple.iTunes:Genre"] = [b"Rock"]
    file.save()
    for path in (mp3, m4a):
        original = path.read_bytes()
        assert read_tags(path).genres == ("Rock",)
        with pytest.raises(TagError, match=r"has a genre in its .*GENRE\) tag"):
            put(path, "Jazz")
        assert path.read_bytes() == original and not leftovers(tmp_path)


def test_ffmpeg_shows_a_genre_in_an_unsynchronised_tag(tmp_path: Path) -> None:
    import av

    from musicemb.io.audio.containers import skip_id3v2

    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    with path.open("rb") as file:
        file.seek(skip_id3v2(file))
        audio = file.read()
    artist = tag_bytes.frame(b"TPE1", b"\1\xff\xfeA\0").replace(b"\xff\xfe", b"\xff\0\xfe")
    path.write_bytes(tag_bytes.tag(tag_bytes.frame(b"TIT2", b"\0T") + artist, flags=0x80) + audio)
    check_round_trip(path)
    put(path, "Jazz")
    with av.open(str(path)) as shown:
        assert shown.metadata["genre"] == "Jazz"
    assert (read_tags(path).title, read_tags(path).artist) == ("T", "A")
