"""Writes genres to a file as `tag` does and takes them back as `undo` does, for the tests of tags."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.tags.reader import read_tags
from musicemb.io.tags.writer import Edit, edit_tag, genre_fields, hold, restore_file

IDENTIFIED = ("0f4b2c1e-90ab-4c0d-9d5e-0123456789ab", "USRC17607839")
"""MBID and ISRC of `identified_file`."""
GENRE_WORDS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffd"), min_size=1, max_size=20),
    max_size=3,
)
"""Words that a tag of any format holds as they are."""


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


def identified_file(path: Path) -> Path:
    """Write a second of music whose tag names its recording, as Picard writes it."""
    import mutagen
    import sounds
    from mutagen.id3 import TSRC, UFID

    mbid, isrc = IDENTIFIED
    file = mutagen.File(sounds.write_music(path, 1.0))
    if file.tags is None:
        file.add_tags()
    if path.suffix in (".mp3", ".wav", ".aiff"):
        file.tags.add(UFID(owner="http://example.org", data=b"another"))
        file.tags.add(UFID(owner="http://musicbrainz.org", data=mbid.encode()))
        file.tags.add(TSRC(encoding=3, text=["US-RC1-76-07839"]))
    elif path.suffix == ".m4a":
        file.tags["----:com.apple.iTunes:MusicBrainz Track Id"] = [mbid.upper().encode()]
        file.tags["----:com.apple.iTunes:ISRC"] = [b"not one", isrc.encode()]
    else:
        file.tags["MUSICBRAINZ_TRACKID"], file.tags["ISRC"] = mbid, isrc.lower()
    file.save()
    return path
