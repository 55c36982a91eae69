"""Finds files with the same recording: equal audio, then tracks whose segments match one by one. Nothing is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from musicemb.core.similarity.folding import fold_text
from musicemb.core.similarity.recordings import Alignment, line_up, tempo_apart
from musicemb.core.similarity.versions import song_of
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.core.vectors.pooling import dequantise
from musicemb.records import Copy, DuplicateGroup, Duplicates, Floats, Floats64, MeasureStage, Track
from musicemb.settings import DuplicateSettings

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import SegmentVectors

_BLOCK = 512
"""Tracks compared at a time with all of about their duration."""
_LOSSLESS = frozenset(
    {"FLAC", "WAV", "AIF", "AIFF", "AIFC", "WV", "APE", "TTA", "TAK", "CAF", "AU", "W64", "DSF", "DFF"}
)
_EXACT = Alignment(1.0, 1.0, 0.0, 0.0, 0, 0.0)
_KEPT = 4096
"""Tracks whose segments lie in memory, 30 kB each."""


def find_duplicates(
    catalogue: Catalogue, *, exact_only: bool = False, settings: DuplicateSettings | None = None
) -> Iterator[MeasureStage | Duplicates]:
    """Find the files of a library that hold the same recording.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    exact_only : bool
        Only files whose audio is equal, byte for byte.
    settings : DuplicateSettings, optional

    Yields
    ------
    MeasureStage or Duplicates
        The last is the result.
    """
    settings = settings or DuplicateSettings()
    yield MeasureStage("reading the library")
    tracks = catalogue.tracks()
    by_payload: dict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        by_payload[track.payload_hash or f"track {track.id}"].append(track)
    first = [members[0] for members in by_payload.values()]
    joined = _Groups(track.id for track in tracks)
    found: dict[tuple[int, int], Alignment] = {}
    for members in by_payload.values():
        for other in members[1:]:
            joined.join(members[0].id, other.id)
            found[members[0].id, other.id] = _EXACT
    versions = unheard = 0
    encoder_id = catalogue.active_encoder
    if not exact_only and encoder_id is not None:
        known = catalogue.homogeneities(encoder_id)
        pairs = _candidates(catalogue, [track for track in first if track.id in known], encoder_id, settings)

        @lru_cache(maxsize=_KEPT)
        def segments(track_id: int) -> tuple[Floats, Floats] | None:
            stored: SegmentVectors | None = catalogue.segments(track_id, encoder_id)
            return None if stored is None else (dequantise(stored), stored.starts)

        deaf: set[int] = set()
        text = f"comparing {len(pairs):,} pairs of like tracks"
        for one, two in pairs:
            yield MeasureStage(text, total=len(pairs))
            here, there = segments(one.id), segments(two.id)
            if here is None or there is None:
                deaf.update(track.id for track, heard in ((one, here), (two, there)) if heard is None)
                continue
            step = line_up(here[0], there[0], here[1], there[1])
            if not _goes_along(step, settings) or tempo_apart(one.values, two.values) > settings.tempo:
                continue
            if _named_apart(one, two):
                versions += 1
                continue
            joined.join(one.id, two.id)
            found[one.id, two.id] = step
        unheard = len(deaf)
    sizes = {row.id: row.size for row in catalogue.known_files(encoder_id or "")}
    known_tracks = {track.id: track for track in tracks}
    groups = [_describe([known_tracks[row] for row in rows], sizes, found) for rows in joined.several()]
    groups.sort(key=lambda group: (-sum(copy.size for copy in group.copies[1:]), group.copies[0].track.id))
    yield Duplicates(tuple(groups), versions, unheard)


class _Groups:
    """Sets of ids that grow together."""

    def __init__(self, ids: Iterator[int]) -> None:
        self._above = {row: row for row in ids}

    def _top(self, row: int) -> int:
        while self._above[row] != row:
            self._above[row] = self._above[self._above[row]]
            row = self._above[row]
        return row

    def join(self, one: int, two: int) -> None:
        """Put two into one set; the lower id stands for it."""
        low, high = sorted((self._top(one), self._top(two)))
        self._above[high] = low

    def several(self) -> list[list[int]]:
        """Sets of more than one, in the order of their lowest ids."""
        sets: dict[int, list[int]] = defaultdict(list)
        for row in sorted(self._above):
            sets[self._top(row)].append(row)
        return [rows for rows in sets.values() if len(rows) > 1]


def _candidates(
    catalogue: Catalogue, tracks: Sequence[Track], encoder_id: str, settings: DuplicateSettings
) -> list[tuple[Track, Track]]:
    """Pairs whose vectors are alike and that sound for about as long, silences before and after left out."""
    ids, vectors = catalogue.vectors(encoder_id)
    rows = {int(row): place for place, row in enumerate(ids.tolist())}
    spans = catalogue.heard_spans(encoder_id)
    heard = {row: last - first for row, (first, last) in spans.items()}
    ordered = sorted(tracks, key=lambda track: (heard.get(track.id, track.duration), track.id))
    if len(ordered) < 2:
        return []
    unit = unit_rows(vectors[[rows[track.id] for track in ordered]])[0]
    durations: Floats64 = np.array([heard.get(track.id, track.duration) for track in ordered])
    longest = durations + np.maximum(settings.seconds, durations * settings.part / (1 - settings.part))
    ends = np.searchsorted(durations, longest, side="right")
    found = []
    for start in range(0, len(ordered), _BLOCK):
        stop = min(start + _BLOCK, len(ordered))
        end = int(ends[stop - 1])
        alike = unit[start:stop] @ unit[start:end].T >= settings.cosine
        for row, column in np.argwhere(alike).tolist():
            one, two = start + row, start + column
            if one < two < ends[one]:
                found.append((ordered[one], ordered[two]))
    return found


def _goes_along(step: Alignment, settings: DuplicateSettings) -> bool:
    if step.lead > settings.lead:
        return False
    enough = step.met >= settings.fewest and step.similarity >= settings.similarity
    return enough and step.share >= settings.share and step.drift <= settings.drift


def _named_apart(one: Track, two: Track) -> bool:
    """Whether titles say that these are two versions of a song: one is "(Live)", or they are remixes by two people."""
    titles = fold_text(one.tags.title), fold_text(two.tags.title)
    marks = [set(title.split()) - set(song_of(track.tags.title).split()) - _SAME_RECORDING
             for title, track in zip(titles, (one, two), strict=True)]  # fmt: skip
    return song_of(one.tags.title) == song_of(two.tags.title) != "" and marks[0] != marks[1]


_SAME_RECORDING = frozenset({"remaster", "remastered", "album", "single", "version", "original", "deluxe", "bonus"})
"""Marks of a title behind which the same recording may stand."""


def _describe(
    tracks: Sequence[Track], sizes: dict[int, int], found: dict[tuple[int, int], Alignment]
) -> DuplicateGroup:
    def form(track: Track) -> str:
        return track.path.suffix.lstrip(".").upper()

    def rate(track: Track) -> float:
        return sizes.get(track.id, 0) / max(track.duration, 1e-9)

    ordered = sorted(tracks, key=lambda track: (form(track) not in _LOSSLESS, -round(rate(track)), track.id))
    head = ordered[0]
    copies = []
    for track in ordered:
        step = _EXACT if track is head or track.payload_hash == head.payload_hash else _between(head, track, found)
        copies.append(Copy(track, form(track), sizes.get(track.id, 0), round(step.share, 4), round(step.offset, 2)))
    same = len({track.payload_hash for track in tracks}) == 1
    values: dict[str, set[Any]] = {
        "artist": {track.tags.artist for track in tracks},
        "title": {track.tags.title for track in tracks},
        "album": {track.tags.album for track in tracks},
        "genres": {track.tags.genres for track in tracks},
        "duration": {round(track.duration) for track in tracks},
        "format": {copy.format for copy in copies},
        "bitrate": {copy.bitrate for copy in copies},
    }
    differs = tuple(name for name, different in values.items() if len(different) > 1)
    return DuplicateGroup("same audio" if same else "same recording", tuple(copies), differs)


def _between(head: Track, track: Track, found: dict[tuple[int, int], Alignment]) -> Alignment:
    """What was found of a pair, in whichever order; of one that others join, the surest of its own pairs."""
    direct = found.get((head.id, track.id))
    if direct is not None:
        return direct
    turned = found.get((track.id, head.id))
    if turned is not None:
        return replace(turned, offset=-turned.offset)
    own = [step for pair, step in found.items() if track.id in pair]
    best = max(own, key=lambda step: step.share, default=_EXACT)
    return replace(best, offset=0.0)
