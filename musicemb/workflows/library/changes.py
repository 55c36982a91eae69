"""Compares the files on disk with what the catalogue knows: what is new, changed, retagged, moved, gone?

Nothing here writes; `workflows.library.scan` acts upon the answers.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from musicemb.errors import FileError, TagError
from musicemb.records import FoundFile, KnownFile, Problem, TrackTags
from musicemb.workflows.library.roots import Places

_READERS = 4
"""Threads that hash candidates: reading and hashing release Python's lock, and disks have queues."""


class TrackIndex:
    """The catalogue's tracks by path, payload and id, kept up to date during a scan.

    Parameters
    ----------
    known : iterable of KnownFile
    """

    def __init__(self, known: Iterable[KnownFile]) -> None:
        self._by_id: dict[int, KnownFile] = {}
        self._by_path: dict[Path, KnownFile] = {}
        self._by_hash: defaultdict[str, dict[int, KnownFile]] = defaultdict(dict)
        for row in known:
            self.put(row)

    def __iter__(self) -> Iterator[KnownFile]:
        return iter(self._by_id.values())

    def at(self, path: Path) -> KnownFile | None:
        """The track at a path, gone or not.

        Parameters
        ----------
        path : Path

        Returns
        -------
        KnownFile or None
        """
        return self._by_path.get(path)

    def holding(self, payload_hash: str) -> list[KnownFile]:
        """The tracks of a payload, gone or not.

        Parameters
        ----------
        payload_hash : str

        Returns
        -------
        list of KnownFile
            Ordered by id.
        """
        rows = self._by_hash.get(payload_hash, {})
        return [rows[track_id] for track_id in sorted(rows)]

    def put(self, row: KnownFile) -> None:
        """Note what is now stored of a track; whatever else stood at its path is no more.

        Parameters
        ----------
        row : KnownFile
        """
        for old in (self._by_id.get(row.id), self._by_path.get(row.path)):
            if old is not None:
                self._by_id.pop(old.id, None)
                self._by_hash[old.payload_hash].pop(old.id, None)
                if self._by_path.get(old.path) is old:
                    del self._by_path[old.path]
        self._by_id[row.id] = row
        self._by_path[row.path] = row
        self._by_hash[row.payload_hash][row.id] = row


@dataclass
class Comparison:
    """The result of comparing paths, sizes and times."""

    unchanged: int = 0
    """Tracks whose file is as it was."""
    returned: list[KnownFile] = field(default_factory=list)
    """Gone tracks whose file is there again, as it was."""
    candidates: list[FoundFile] = field(default_factory=list)
    """Files that may hold known audio: their payload decides."""
    to_embed: list[FoundFile] = field(default_factory=list)
    """Files to hand to the workers."""
    missing: dict[int, KnownFile] = field(default_factory=dict)
    """Tracks whose file is not where it was, those gone before among them: they may have moved."""
    remembered: int = 0
    """Files that failed before, have not changed and are not tried again."""
    forgotten: list[Path] = field(default_factory=list)
    """Paths of problems that are no more."""


def compare_files(
    found: Sequence[FoundFile],
    index: TrackIndex,
    *,
    scanned: Places,
    unreadable: Places,
    problems: Sequence[Problem] = (),
    retry_failed: bool = False,
) -> Comparison:
    """Sort found files by what the catalogue knows of them, without opening any.

    Parameters
    ----------
    found : sequence of FoundFile
    index : TrackIndex
    scanned : Places
        Where was looked: only tracks in here can be missing.
    unreadable : Places
        What could not be looked into: nothing in here is missing.
    problems : sequence of Problem
        The remembered ones.
    retry_failed : bool
        Try files again that are remembered as failed for good.

    Returns
    -------
    Comparison
    """
    answer = Comparison()
    remembered = {problem.path: problem for problem in problems}
    seen = {file.path for file in found}
    answer.forgotten = [
        path for path in remembered if path not in seen and scanned.hold(path) and not unreadable.hold(path)
    ]
    fresh: list[FoundFile] = []
    for file in found:
        row, problem = index.at(file.path), remembered.get(file.path)
        same = row is not None and (row.size, row.mtime_ns) == (file.size, file.mtime_ns)
        if row is not None and same and row.embedded:
            if problem is not None:
                answer.forgotten.append(file.path)  # the file is again what it was before the trouble
            if row.gone:
                answer.returned.append(row)
            else:
                answer.unchanged += 1
        elif _stays_a_problem(problem, file) and not retry_failed:
            answer.remembered += 1
            if row is not None and row.gone:
                answer.missing[row.id] = row  # its audio may be elsewhere by now
        elif same:
            answer.to_embed.append(file)
        elif row is not None:
            answer.candidates.append(file)
            answer.missing[row.id] = row  # unless its payload says that it is still the same
        else:
            fresh.append(file)
    for row in index:
        if row.path not in seen and (row.gone or (scanned.hold(row.path) and not unreadable.hold(row.path))):
            answer.missing[row.id] = row
    sizes = {row.size for row in answer.missing.values()}
    for file in fresh:
        # A move seldom changes the size; where it did, the workers find out before they decode.
        (answer.candidates if file.size in sizes else answer.to_embed).append(file)
    return answer


def _stays_a_problem(problem: Problem | None, file: FoundFile) -> bool:
    return (
        problem is not None and not problem.transient and (problem.size, problem.mtime_ns) == (file.size, file.mtime_ns)
    )


@dataclass
class Recognition:
    """The result of reading the payloads of the candidates."""

    stayed: list[tuple[KnownFile, FoundFile, TrackTags]] = field(default_factory=list)
    """Tracks with the same audio at the same path: retagged, or only touched."""
    moved: list[tuple[KnownFile, FoundFile, TrackTags]] = field(default_factory=list)
    """Tracks with the same audio at another path."""
    unrecognised: list[FoundFile] = field(default_factory=list)
    """No known track: for the workers."""


def recognise_files(candidates: Sequence[FoundFile], index: TrackIndex, missing: dict[int, KnownFile]) -> Recognition:
    """Read the payload of candidates and find the tracks that they are.

    Parameters
    ----------
    candidates : sequence of FoundFile
    index : TrackIndex
    missing : dict of track id to KnownFile
        Tracks that may have moved; those that are found are taken out.

    Returns
    -------
    Recognition
    """
    from concurrent.futures import ThreadPoolExecutor

    answer = Recognition()
    with ThreadPoolExecutor(_READERS) as readers:
        try:
            read = list(readers.map(_read_payload, candidates))
        except BaseException:
            readers.shutdown(wait=False, cancel_futures=True)  # Ctrl-C must not wait for all of them
            raise
    others = []
    for file, payload in zip(candidates, read, strict=True):
        row = index.at(file.path)
        if payload is None:
            answer.unrecognised.append(file)  # the workers find the reason
        elif row is not None and row.payload_hash == payload[0]:
            answer.stayed.append((row, file, payload[1]))
            missing.pop(row.id, None)
        else:
            others.append((file, *payload))
    claimed: set[int] = set()
    for file, digest, tags in others:
        origin = find_origin(file, digest, index, missing, claimed)
        if origin is None:
            answer.unrecognised.append(file)
        else:
            answer.moved.append((origin, file, tags))
            claimed.add(origin.id)
            missing.pop(origin.id, None)
    return answer


def find_origin(
    file: FoundFile,
    payload_hash: str,
    index: TrackIndex,
    missing: Mapping[int, KnownFile],
    claimed: AbstractSet[int] = frozenset(),
) -> KnownFile | None:
    """The track that a file with known audio is, at a new place.

    Parameters
    ----------
    file : FoundFile
    payload_hash : str
    index : TrackIndex
    missing : dict of track id to KnownFile
        Tracks whose file is not where it was.
    claimed : set of int
        Ids of tracks that other files have turned out to be.

    Returns
    -------
    KnownFile or None
        None where all tracks of that payload still have their own file: it is a duplicate.
    """
    rows = [row for row in index.holding(payload_hash) if row.path != file.path and row.id not in claimed]
    possible = [row for row in rows if row.id in missing] or [row for row in rows if _is_away(row, file)]
    same_name = [row for row in possible if row.path.name == file.path.name]
    return next(iter(same_name or possible), None)


def _is_away(row: KnownFile, file: FoundFile) -> bool:
    """A track of another scanned path whose file is not there now, or is this very file by another path."""
    from musicemb.io.silent_drives import ask

    def look() -> bool:
        return not os.path.lexists(row.path) or os.path.realpath(row.path) == os.path.realpath(file.path)

    try:
        return ask(row.path, look)
    except OSError:  # no answer: nothing is known of it
        return False


def _read_payload(file: FoundFile) -> tuple[str, TrackTags] | None:
    from musicemb.io.audio.payload_hash import payload_hash
    from musicemb.io.silent_drives import ask
    from musicemb.io.tags.reader import read_tags

    try:
        digest = ask(file.path, lambda: payload_hash(file.path))
    except (FileError, OSError):
        return None
    try:
        return digest, ask(file.path, lambda: read_tags(file.path))
    except (TagError, OSError):
        return digest, TrackTags()
