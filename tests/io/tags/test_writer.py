"""Writing genres: what is asked for changes, everything else keeps its bytes, and undo gives the old file back."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sounds
import tag_bytes as made

from musicemb.errors import TagError
from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.tags import id3
from musicemb.io.tags.atomic_replace import sweep
from musicemb.io.tags.fields import GENRE, all_names, own_names
from musicemb.io.tags.reader import read_tags
from musicemb.io.tags.writer import Edit, edit_tag, genre_fields, hold, restore_file

WRITABLE = ("mp3", "flac", "ogg", "opus", "m4a")


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A second of MP3 without any tag."""
    return sounds.write(tmp_path_factory.mktemp("audio") / "plain.mp3", sounds.music(1.0)).read_bytes()


@pytest.fixture
def mp3(tmp_path: Path, audio: bytes) -> Callable[..., Path]:
    """Makes an MP3 of a head and a tail around the audio."""

    def make(head: bytes = b"", tail: bytes = b"", name: str = "song.mp3") -> Path:
        path = tmp_path / name
        path.write_bytes(head + audio + tail)
        return path

    return make


def put(path: Path, *words: str, keep: bool = False, upgrade: bool = False) -> Edit:
    """Write genre words as `tag` does."""
    before = read_tags(path).genres
    after = (*before, *words) if keep else words
    fields = genre_fields(hold(path, upgrade=upgrade), before, after, words, 0.8712, "abc123")
    with edit_tag(path, fields, upgrade=upgrade) as edit:
        edit.commit()
    return edit


def take_back(path: Path, edit: Edit) -> bool:
    """Undo exactly; False where that cannot be."""
    with restore_file(path, edit.note, edit.before) as restored:
        if restored is not None:
            restored.commit()
    return restored is not None


def take_fields_back(path: Path, edit: Edit) -> None:
    """Undo field by field, as if the file had changed since."""
    with edit_tag(path, edit.before, drop_empty="bare" in edit.note) as restored:
        restored.commit()


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def check_round_trip(path: Path, *, upgrade: bool = False) -> None:
    """Tag, look, undo exactly; tag, undo by fields."""
    original, tags, digest = path.read_bytes(), read_tags(path), payload_hash(path)
    edit = put(path, "Jazz", upgrade=upgrade)
    now = read_tags(path)
    assert (now.genres, now.our_genres, now.our_confidence, now.our_encoder) == (("Jazz",), ("Jazz",), 0.87, "abc123")
    assert (now.artist, now.title, now.album) == (tags.artist, tags.title, tags.album)
    assert payload_hash(path) == digest
    written = path.read_bytes()
    assert take_back(path, edit) and path.read_bytes() == original
    path.write_bytes(written)
    take_fields_back(path, edit)
    assert read_tags(path) == tags and payload_hash(path) == digest
    assert not leftovers(path.parent)


# -------------------------------------------------------------------------------- every format


@pytest.mark.parametrize("suffix", WRITABLE)
@pytest.mark.parametrize("words", [{}, {"title": "T"}, {"title": "T", "artist": "A", "genre": "Rock"}])
def test_tag_and_undo(tmp_path: Path, suffix: str, words: dict[str, str]) -> None:
    check_round_trip(sounds.write_music(tmp_path / f"a.{suffix}", 1.0, **words))


@pytest.mark.parametrize("suffix", WRITABLE)
def test_a_guess_behind_the_listeners_words(tmp_path: Path, suffix: str) -> None:
    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0, genre="Größe")
    put(path, "Jazz", keep=True)
    tags = read_tags(path)
    assert (tags.genres, tags.our_genres, tags.listener_genres) == (("Größe", "Jazz"), ("Jazz",), ("Größe",))


@pytest.mark.parametrize("suffix", WRITABLE)
def test_words_beyond_ascii(tmp_path: Path, suffix: str) -> None:
    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0)
    put(path, "ロック", "Música 🎺")
    assert read_tags(path).genres == read_tags(path).our_genres == ("ロック", "Música 🎺")


@pytest.mark.parametrize("suffix", WRITABLE)
def test_another_program_reads_it(tmp_path: Path, suffix: str) -> None:
    av = pytest.importorskip("av")
    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0, title="T")
    put(path, "Größe")
    with av.open(str(path)) as file:
        told = {key.upper(): value for key, value in {**file.metadata, **file.streams[0].metadata}.items()}
        samples = sum(frame.samples for frame in file.decode(audio=0))
    assert told["GENRE"] == told["MUSICEMB_GENRE"] == "Größe"
    assert told["TITLE"] == "T" and told["MUSICEMB_CONFIDENCE"] == "0.87" and samples >= 44_100


@pytest.mark.parametrize(("suffix", "reason"), [("wav", ".wav files"), ("aiff", ".aiff files"), ("aac", ".aac files")])
def test_formats_that_are_not_written(tmp_path: Path, suffix: str, reason: str) -> None:
    path = sounds.write(tmp_path / f"a.{suffix}", sounds.music(1.0))
    with pytest.raises(TagError, match=f"genre is not written to {reason}") as caught:
        hold(path)
    assert not caught.value.transient


def test_a_misnamed_file_is_told_by_its_content(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.wav", sounds.music(1.0)).rename(tmp_path / "a.mp3")
    with pytest.raises(TagError, match=r"not written to \.wav files"):
        hold(path)
    path = sounds.write_music(tmp_path / "b.flac", 1.0).rename(tmp_path / "b.mp3")
    check_round_trip(path)
    assert path.read_bytes()[:4] == b"fLaC"


def test_every_file_of_the_real_library(shared: Path, tmp_path: Path) -> None:
    for number, source in enumerate(sorted((shared / "library").rglob("*.mp3"))):
        path = tmp_path / f"{number:02d}.mp3"
        path.write_bytes(source.read_bytes())
        old = source.read_bytes()[:4] == b"ID3\2"
        if old:
            with pytest.raises(TagError, match=r"ID3v2\.2"):
                put(path, "Jazz")
            assert path.read_bytes() == source.read_bytes()
        check_round_trip(path, upgrade=old)


# ---------------------------------------------------------------------------------------- MP3


@pytest.mark.parametrize("major", [3, 4])
@pytest.mark.parametrize("padding", [0, 500])
def test_other_frames_keep_bytes_and_order(mp3: Callable[..., Path], major: int, padding: int) -> None:
    head = made.full_tag(major, padding=padding)
    path = mp3(head)
    put(path, "Jazz", "Größe")
    frames = id3.parse(path.read_bytes()[: id3v2_size(path)]).frames
    assert [each.raw for each in frames if each.key not in all_names("id3")] == [
        each.raw for each in id3.parse(head).frames
    ]
    assert path.read_bytes()[3] == major
    assert padding == 0 or id3v2_size(path) == len(head), "the padding gives way"


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


def test_a_new_tag_says_what_id3v1_said(mp3: Callable[..., Path]) -> None:
    path = mp3(tail=made.version_1())
    put(path, "Jazz")
    from mutagen.id3 import ID3

    tag = ID3(path, load_v1=False)
    assert str(tag["TIT2"]) == "Old title" and str(tag["TPE1"]) == "Old artist" and tag.version == (2, 3, 0)
    check_round_trip(mp3(tail=made.version_1(), name="again.mp3"))


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


def test_id3v2_2_is_upgraded_on_request_only(mp3: Callable[..., Path]) -> None:
    head = made.old_tag(
        (b"TT2", b"\0T"), (b"TYE", b"\x001999"), (b"TP1", b"\x01\xff\xfeA\0"), (b"PIC", b"\0PNG\3\0" + b"p" * 5000)
    )
    path = mp3(head)
    with pytest.raises(TagError, match="upgrade-tags"):
        put(path, "Jazz")
    put(path, "Jazz", upgrade=True)
    from mutagen.id3 import ID3

    tag = ID3(path, load_v1=False, translate=False)
    assert tag.version == (2, 3, 0) and str(tag["TYER"]) == "1999" and tag["APIC:"].data == b"p" * 5000
    check_round_trip(mp3(head), upgrade=True)


@pytest.mark.parametrize(
    ("head", "tail", "reason"),
    [
        (made.full_tag(), made.ape(Genre="Dub"), "APEv2 tag with a genre"),
        (b"", made.ape(Artist="A"), "APEv2, which is not written"),
        (made.tag(made.frame(b"TIT2", b"\0T"), flags=0x40), b"", "extended header"),
        (made.tag(b"TIT2\0\0\xff\xff\0\0\0T"), b"", "damaged"),
        (made.tag(made.frame(b"TIT2", b"\0T") + b"junk, no padding"), b"", "damaged"),
        (made.tag(made.frame(b"TCON", b"x", flags=b"\0\x80")), b"", "compressed"),
        (made.old_tag((b"XYZ", b"unknown")), b"", "no place for"),
        (made.tag(b"", major=5), b"", r"ID3v2\.5"),
        (made.tag(made.frame(b"TIT2", b"\0T"), major=2), b"", "ID3v2"),
    ],
)
def test_what_is_left_alone(mp3: Callable[..., Path], head: bytes, tail: bytes, reason: str) -> None:
    path = mp3(head, tail)
    original = path.read_bytes()
    with pytest.raises(TagError, match=reason):
        put(path, "Jazz", upgrade=True)
    assert path.read_bytes() == original and not leftovers(path.parent)


def test_apev2_without_a_genre_stays(mp3: Callable[..., Path]) -> None:
    tail = made.ape(replaygain_track_gain="-3 dB")
    check_round_trip(mp3(made.full_tag(), tail))


# ------------------------------------------------------------------------- FLAC, OGG, Opus, M4A


def test_flac_blocks_keep_bytes_and_order(tmp_path: Path) -> None:
    from mutagen.flac import FLAC, Picture

    path = sounds.write_music(tmp_path / "a.flac", 1.0, title="T")
    file = FLAC(path)
    picture = Picture()
    picture.data = bytes(range(256)) * 30
    file.add_picture(picture)
    file.save(padding=lambda info: 0)
    # An unknown block and a comment that is not UTF-8, which mutagen would not write.
    content = path.read_bytes()
    head = read_head(path)
    comments = head.comments
    assert comments is not None
    odd = comments.__class__(comments.vendor, (*comments.entries, b"NAME=\xff\xfe", b"no equals sign"), b"")
    blocks = [(kind, odd.packed() if kind == 4 else data) for kind, data in head.blocks]
    blocks += [(77, b"unknown"), (1, bytes(9))]
    parts = [b"fLaC"]
    for number, (kind, data) in enumerate(blocks):
        parts += [bytes((kind | (0x80 if number == len(blocks) - 1 else 0),)), len(data).to_bytes(3, "big"), data]
    path.write_bytes(b"".join(parts) + content[head.size :])
    before = read_head(path)
    put(path, "Jazz")
    after = read_head(path)
    assert after.others == before.others and (77, b"unknown") in after.others
    assert after.comments and after.comments.entries[:3] == odd.entries
    check_round_trip(path)


def read_head(path: Path) -> Any:
    from musicemb.io.tags.vorbis import read_flac_head

    with path.open("rb") as file:
        return read_flac_head(file, b"")


def test_flac_padding_gives_way(tmp_path: Path) -> None:
    from mutagen.flac import FLAC

    path = sounds.write_music(tmp_path / "a.flac", 1.0, title="T")
    FLAC(path).save(padding=lambda info: 400)
    size = path.stat().st_size
    put(path, "Jazz")
    assert path.stat().st_size == size
    check_round_trip(path)


@pytest.mark.parametrize("suffix", ["ogg", "opus"])
@pytest.mark.parametrize("length", [200, 60_000, 64_000, 64_790, 65_000, 131_000, 200_000])
def test_ogg_comments_over_page_borders(tmp_path: Path, suffix: str, length: int) -> None:
    import soundfile
    from mutagen import File

    path = sounds.write_music(tmp_path / f"a.{suffix}", 1.0, title="T")
    file: Any = File(path)
    file["METADATA_BLOCK_PICTURE"] = "x" * length
    file.save(padding=lambda info: 0)
    samples = soundfile.read(path)[0]
    check_round_trip(path)
    put(path, "Jazz")
    assert (soundfile.read(path)[0] == samples).all()
    assert File(path)["METADATA_BLOCK_PICTURE"] == ["x" * length]


@pytest.mark.parametrize("faststart", [False, True])
def test_m4a_pictures_and_tables(tmp_path: Path, faststart: bool) -> None:
    av = pytest.importorskip("av")
    from mutagen.mp4 import MP4, MP4Cover

    path = sounds.write_music(tmp_path / "a.m4a", 3.0, title="T", genre="Rock")
    if faststart:  # the tables before the audio: they must follow when it moves
        with (
            av.open(str(path)) as source,
            av.open(str(tmp_path / "b.m4a"), "w", options={"movflags": "faststart"}) as to,
        ):
            stream = to.add_stream_from_template(source.streams[0])
            for packet in source.demux(source.streams[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    to.mux(packet)
        path = tmp_path / "b.m4a"
    file = MP4(path)
    file["covr"] = [MP4Cover(b"\x89PNG" + bytes(5000), MP4Cover.FORMAT_PNG)]
    file["trkn"], file["cpil"], file["tmpo"] = [(3, 9)], True, [120]
    file["----:com.apple.iTunes:MOOD"] = [b"calm", b"blue"]
    file.save(padding=lambda info: 0)
    content = path.read_bytes()
    assert (content.index(b"moov") < content.index(b"mdat")) == faststart

    def decoded() -> Any:
        with av.open(str(path)) as opened:
            return [frame.to_ndarray().tobytes() for frame in opened.decode(audio=0)]

    others, sound = dict(MP4(path).tags), decoded()
    check_round_trip(path)
    put(path, "Jazz")
    now = dict(MP4(path).tags)
    assert {key: now[key] for key in others if key != "\xa9gen"} == {k: v for k, v in others.items() if k != "\xa9gen"}
    assert decoded() == sound


def test_a_fragmented_mp4_is_left_alone(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    source = sounds.write_music(tmp_path / "a.m4a", 2.0)
    path = tmp_path / "b.m4a"
    flags = {"movflags": "frag_keyframe+empty_moov"}
    with av.open(str(source)) as opened, av.open(str(path), "w", format="mp4", options=flags) as to:
        stream = to.add_stream_from_template(opened.streams[0])
        for packet in opened.demux(opened.streams[0]):
            if packet.dts is not None:
                packet.stream = stream
                to.mux(packet)
    with pytest.raises(TagError, match="fragmented"):
        put(path, "Jazz")


# ------------------------------------------------------------------------------ the file itself


def test_mode_owner_and_attributes_stay_and_time_moves(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    path.chmod(0o640)
    os.utime(path, ns=(1_000_000_000, 2_000_000_000))
    attribute = False
    if hasattr(os, "setxattr"):
        try:
            os.setxattr(path, "user.note", b"mine")
            attribute = True
        except OSError:
            pass
    before = path.stat()
    put(path, "Jazz")
    after = path.stat()
    assert stat.S_IMODE(after.st_mode) == (0o640 if os.name != "nt" else stat.S_IMODE(before.st_mode))
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert after.st_mtime_ns > before.st_mtime_ns
    if attribute:
        assert os.getxattr(path, "user.note") == b"mine"


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    path = sounds.write_music(tmp_path / "real" / "a.mp3", 1.0)
    link = tmp_path / "link.mp3"
    link.symlink_to(path)
    put(link, "Jazz")
    assert link.is_symlink() and read_tags(path).genres == ("Jazz",)
    assert not leftovers(tmp_path) and not leftovers(path.parent)


def test_hard_links_are_not_parted(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    os.link(path, tmp_path / "b.mp3")
    with pytest.raises(TagError, match="2 hard links") as caught:
        put(path, "Jazz")
    assert not caught.value.transient


def test_read_only_file_and_folder(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "music" / "a.mp3", 1.0)
    original = path.read_bytes()
    path.chmod(0o444)
    with pytest.raises(TagError, match="is read-only") as caught:
        put(path, "Jazz")
    assert caught.value.transient
    path.chmod(0o644)
    path.parent.chmod(0o555)
    try:
        with pytest.raises(TagError, match="read-only folder"):
            put(path, "Jazz")
    finally:
        path.parent.chmod(0o755)
    assert path.read_bytes() == original and not leftovers(path.parent)


def test_a_file_that_changes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    with edit_tag(path, {"TCON": ["Jazz"]}) as edit:
        path.write_bytes(path.read_bytes() + b"more")
        changed = path.read_bytes()
        with pytest.raises(TagError, match="changed by another program"):
            edit.commit()
    assert path.read_bytes() == changed and not leftovers(tmp_path)


def test_an_edit_that_is_not_committed_leaves_nothing(tmp_path: Path) -> None:
    path = sounds.write_music(tmp_path / "a.flac", 1.0)
    original = path.read_bytes()
    with edit_tag(path, {"GENRE": ["Jazz"]}) as edit:
        assert edit.tags.genres == ("Jazz",) and len(leftovers(tmp_path)) == 1
    assert path.read_bytes() == original and not leftovers(tmp_path)


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


def test_sweep_takes_only_what_a_kill_left(tmp_path: Path) -> None:
    left = tmp_path / ".musicemb-0123456789abcdef.partial"
    others = [".musicemb-0123456789abcdef.partial.txt", ".musicemb-xyz.partial", "musicemb.partial", ".hidden"]
    for name in (left.name, *others):
        (tmp_path / name).write_bytes(b"x")
    path = sounds.write_music(tmp_path / "a.mp3", 1.0)
    with edit_tag(path, {"TCON": ["Jazz"]}):
        living = set(leftovers(tmp_path)) - {left.name, *others}
        assert len(living) == 1
        assert sweep(tmp_path) == [left]
        assert living < set(leftovers(tmp_path)), "a write in progress is not disturbed"
    assert {name for name in others if (tmp_path / name).exists()} == set(others)


@pytest.mark.parametrize("kind", ["id3", "flac", "ogg", "mp4"])
def test_field_names(kind: Any) -> None:
    assert all_names(kind) == (GENRE[kind], *own_names(kind))
    assert all("MUSICEMB_" in name for name in own_names(kind))
