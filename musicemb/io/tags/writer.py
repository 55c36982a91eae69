"""Sets the genre of one file: a verified copy takes the file's place, and nothing else in it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from musicemb.errors import FileError, TagError
from musicemb.io.audio.payload_hash import payload_hash
from musicemb.io.silent_drives import begun_in_time, in_time
from musicemb.io.tags.fields import Damaged, EditOptions, NotWritable, TagContents
from musicemb.io.tags.formats import examine
from musicemb.io.tags.reader import genre_words, read_tags
from musicemb.io.tags.replacing.atomic_replace import Replacement, check_replaceable, replacement
from musicemb.io.tags.replacing.binary_delta import apply_delta, apply_deltas, file_hash, make_delta
from musicemb.records import FoundFile, TrackTags

_Words = Sequence[str]


@dataclass(frozen=True)
class Edit:
    """A verified new version of a file, ready to take its place."""

    before: dict[str, list[str]]
    """The fields that change, as they stand in the file."""
    after: dict[str, list[str]]
    """The same fields in the new version."""
    note: dict[str, str]
    """What undoing exactly needs besides; for the journal."""
    payload_hash: str
    tags: TrackTags
    """Of the new version."""
    replacement: Replacement

    def commit(self) -> FoundFile:
        """Put the new version in place.

        Returns
        -------
        FoundFile
            The file as it is now.

        Raises
        ------
        TagError
            It could not be done; the file is as it was.
        """
        try:
            return self.replacement.commit()
        except OSError as error:
            raise _trouble(self.replacement.asked, error) from error


@in_time
def hold(path: Path, *, upgrade: bool = False, taking_back: bool = False, genre: bool = True) -> TagContents:
    """Read the file's tag, and determine whether it may be written.

    Parameters
    ----------
    path : Path
    upgrade : bool
        Take ID3v2.2 tags too; they are written as ID3v2.3.
    taking_back : bool
        Nothing new is to be written: an APEv2 tag is no obstacle.
    genre : bool
        False where no genre is written: one in an APEv2 tag is no obstacle.

    Returns
    -------
    TagContents

    Raises
    ------
    TagError
        The genre is not written to this file; the reason says why.
    """
    check_replaceable(path)
    try:
        with path.open("rb") as file:
            return examine(file, path, EditOptions(upgrade, taking_back, genre))[0]
    except NotWritable as error:
        raise TagError(path, str(error), transient=isinstance(error, Damaged)) from error
    except OSError as error:
        raise _trouble(path, error) from error


def genre_fields(
    held: TagContents, before: _Words, after: _Words, written: _Words, confidence: float, encoder_id: str
) -> dict[str, list[str]]:
    """The fields that give a file its new genre words.

    Parameters
    ----------
    held : TagContents
        What the file holds.
    before, after : sequence of str
        Its genre words, as `read_tags` tells them, before and after.
    written : sequence of str
        Those of `after` that are ours; where none is, nothing marks the file as written by us.
    confidence : float
    encoder_id : str

    Returns
    -------
    dict of str to list of str
        Words that stay are left as they stand ("(17)"). What says nothing goes: some readers show it only.
    """
    raw = [value for value in held.fields.get(held.format.genre_field, []) if genre_words([value], held.format.kind)]
    words = list(after)
    stay = [word for word in before if word in after]
    values = [value for value in raw if value in after or value not in before]
    if list(after[: len(stay)]) == stay and genre_words(values, held.format.kind) == tuple(stay):
        words = [*values, *after[len(stay) :]]
    marks = ([*written], [f"{confidence:.2f}"] if written else [], [encoder_id] if encoder_id and written else [])
    own = zip(held.format.own_names, marks, strict=True)
    return {held.format.genre_field: words, **dict(own)}


@begun_in_time
@contextmanager
def edit_tag(
    path: Path,
    fields: Mapping[str, Sequence[str]],
    *,
    upgrade: bool = False,
    taking_back: bool = False,
    drop_empty: bool = False,
    genre: bool = True,
) -> Iterator[Edit]:
    """Make and verify a version of a file with some fields set; `commit` puts it in place.

    Parameters
    ----------
    path : Path
    fields : mapping
        Field (see `io.tags.fields`) to values; no values take the field away.
    upgrade : bool
        Write ID3v2.2 as ID3v2.3.
    taking_back : bool
        Nothing new is written: an APEv2 tag is no obstacle.
    drop_empty : bool
        Leave no tag where no field is left.
    genre : bool
        False where no genre is written, as for `hold`.

    Yields
    ------
    Edit

    Raises
    ------
    TagError
        It cannot be done, or something else than these fields would change; the file is as it was.
    """
    wanted = {name: list(values) for name, values in fields.items()}
    if any("\ufffd" in "".join(values) for values in wanted.values()):
        raise TagError(path, "has a genre that is not valid text")
    with _next_version(path) as new:
        digest = _payload(new.path, path)
        with new.path.open("rb") as source:
            held, write = examine(source, path, EditOptions(upgrade, taking_back, genre))
            write(new.file, wanted, drop_empty)
            new.file.flush()
        tags = read_tags(new.temporary)
        _verify(new, held, wanted, digest)
        _compare(path, read_tags(new.path), tags)
        note = _difference(new.path, new.temporary)
        if held.made and "delta" not in note:
            raise TagError(path, "has a tag that is too large to be restored")
        if held.bare:
            note["bare"] = "yes"
        before = {name: held.fields.get(name, []) for name in wanted}
        yield Edit(before, wanted, note, digest, tags, new)


@begun_in_time
@contextmanager
def restore_file(path: Path, note: Mapping[str, str], fields: Mapping[str, Sequence[str]]) -> Iterator[Edit | None]:
    """Make the version of a file that stood there before an edit, byte for byte.

    Parameters
    ----------
    path : Path
    note : mapping
        Of the edit, from the journal.
    fields : mapping
        As they were before the edit.

    Yields
    ------
    Edit or None
        None where that cannot be: the file changed since, too much was to be remembered, or the entry is damaged.

    Raises
    ------
    TagError
        It could not be done; the file is as it was.
    """
    if "delta" not in note or _hash(path) != note.get("new"):
        yield None
        return
    with _next_version(path) as new:
        digest, held = _payload(new.path, path), hold(path, taking_back=True)
        if not _rebuild(new, note):
            yield None
            return
        now = {name: held.fields.get(name, []) for name in fields}
        after = {name: list(values) for name, values in fields.items()}
        yield Edit(now, after, _difference(new.path, new.temporary), digest, read_tags(new.temporary), new)


@begun_in_time
@contextmanager
def restore_bytes(path: Path, version: str, deltas: Sequence[str], *, same: bool) -> Iterator[Edit | None]:
    """Make an older version of a file that edits lead back to.

    Parameters
    ----------
    path : Path
    version : str
        Its hash.
    deltas : sequence of str
        The way; at least one.
    same : bool
        Only where that says the same in other bytes (padding).

    Yields
    ------
    Edit or None
        None where a delta is damaged, or the old version says something else than it should.

    Raises
    ------
    TagError
        It could not be done; the file is as it was.
    """
    with _next_version(path) as new:
        digest, held = _payload(new.path, path), hold(path, taking_back=True)
        try:
            with new.path.open("rb") as source:
                apply_deltas(source, deltas, new.file)
        except ValueError:
            yield None
            return
        new.file.flush()
        then = _held_by(new) if file_hash(new.temporary) == version else None
        if then is None or then.rest != held.rest or (same and then.fields != held.fields):
            yield None
            return
        yield Edit({}, {}, _difference(new.path, new.temporary), digest, read_tags(new.temporary), new)


def _rebuild(new: Replacement, note: Mapping[str, str]) -> bool:
    """Write the old file anew; False where the journal's entry is damaged."""
    with suppress(ValueError), new.path.open("rb") as source:
        apply_delta(source, note["delta"], new.file)
        new.file.flush()
        return file_hash(new.temporary) == note.get("old")
    return False


@contextmanager
def _next_version(path: Path) -> Iterator[Replacement]:
    try:
        with replacement(path) as new:
            yield new
    except NotWritable as error:
        raise TagError(path, str(error), transient=isinstance(error, Damaged)) from error
    except OSError as error:
        raise _trouble(path, error) from error


def _difference(old: Path, new: Path) -> dict[str, str]:
    """Hashes of both versions, and what makes the old one of the new one."""
    note, delta = {"old": file_hash(old), "new": file_hash(new)}, make_delta(old, new)
    return note if delta is None else {**note, "delta": delta}


def _held_by(new: Replacement) -> TagContents:
    """What the new version holds, under the name that it will have: a suffix may be all that tells its format."""
    with new.temporary.open("rb") as file:
        return examine(file, new.path, EditOptions(taking_back=True))[0]


def _verify(new: Replacement, old: TagContents, wanted: Mapping[str, list[str]], digest: str) -> None:
    """Verify the new version by reading it again."""
    now = _held_by(new)
    for name in old.format.all_names:
        if now.fields.get(name, []) != wanted.get(name, old.fields.get(name, [])):
            raise TagError(new.asked, f"holds {name} in a way that cannot be written")
    if now.rest != old.rest:
        raise TagError(new.asked, "holds tags that would not survive the write")
    if _payload(new.temporary, new.asked) != digest:
        raise TagError(new.asked, "holds audio that would not survive the write")


def _compare(path: Path, old: TrackTags, new: TrackTags) -> None:
    """Refuse a version whose artist, title or album is not what was shown before."""
    if changed := [name for name in ("artist", "title", "album") if getattr(old, name) != getattr(new, name)]:
        raise TagError(path, f"would not show its {changed[0]} as it does now")


def _payload(path: Path, asked: Path) -> str:
    try:
        return payload_hash(path)
    except FileError as error:
        raise TagError(asked, error.reason, transient=error.transient) from error


def _hash(path: Path) -> str | None:
    with suppress(OSError):
        return file_hash(path)
    return None


def _trouble(path: Path, error: OSError) -> TagError:
    return TagError(path, f"could not be written ({error.strerror or error})", transient=True)
