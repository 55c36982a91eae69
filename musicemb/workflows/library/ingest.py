"""Stores the result of each file of a scan, and counts results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from musicemb.records import (
    PARTLY,
    AcousticDescriptors,
    EmbeddedTrack,
    Floats,
    FoundFile,
    KnownFile,
    Problem,
    ScanProgress,
    TrackTags,
)
from musicemb.workflows.embedding.embed import Embedded, KnownAudio
from musicemb.workflows.library.changes import TrackIndex, find_origin

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

Status = Literal["new", "changed", "moved", "skipped", "failed"]


class Ingest:
    """Writes to the catalogue file by file, and keeps the index in step with it.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    index : TrackIndex
    missing : dict of track id to KnownFile
        Tracks whose file is not where it was; those that turn up are taken out.
    keep_segments : bool

    Attributes
    ----------
    counts : Counter
        "new", "changed", "moved", "retagged", "touched", "copied", "reembedded", "damaged" files.
    problems : list of Problem
        Of this scan.
    altered : bool
        Whether groups and guesses may be out of date by what was stored.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        encoder_id: str,
        index: TrackIndex,
        missing: dict[int, KnownFile],
        *,
        keep_segments: bool,
    ) -> None:
        self.index = index
        self.missing = missing
        self.counts: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self.altered = False
        self._catalogue = catalogue
        self._encoder_id = encoder_id
        self._keep_segments = keep_segments
        self._partly = catalogue.partly_heard()
        self._retagged: list[int] = []
        self._sources = _Sources(catalogue, encoder_id)

    def apply_moves(self, files: Sequence[tuple[KnownFile, FoundFile, TrackTags]]) -> None:
        """Store the new paths and tags of moved files, all in one transaction.

        Parameters
        ----------
        files : sequence of (KnownFile, FoundFile, TrackTags)
            Track, its file now, and the tags in it; the audio is the same.
        """
        catalogue = self._catalogue
        retagged = []
        with catalogue.transaction():
            catalogue.move_tracks({row.id: file for row, file, _ in files if row.path != file.path})
            for row, file, tags in files:
                if (row.size, row.mtime_ns) != (file.size, file.mtime_ns):
                    if tags != replace(catalogue.track(row.id).tags, imported=()):
                        retagged.append(row.id)
                    catalogue.retag_track(row.id, file, tags)
            catalogue.clear_problems(file.path for _, file, _ in files)
        for row, file, _ in files:
            here = replace(row, path=file.path, size=file.size, mtime_ns=file.mtime_ns, gone=False)
            self.index.put(here)
            self.missing.pop(row.id, None)
            self.altered |= row.gone
            if row.path != file.path:
                self.counts["moved"] += 1
            elif row.id in retagged or row.size != file.size:
                self.counts["retagged"] += 1
            else:
                self.counts["touched"] += 1
        self._retagged += retagged
        self.altered |= bool(retagged)

    @property
    def only_new(self) -> bool:
        """Whether nothing that was stored changes what is known of other tracks."""
        return not any(self.counts[what] for what in ("changed", "retagged", "reembedded"))

    def store(self, outcome: Embedded) -> ScanProgress | None:
        """Store one outcome.

        Parameters
        ----------
        outcome : EmbeddedTrack, KnownAudio or Problem

        Returns
        -------
        ScanProgress or None
            None where the audio was known, but by now nothing in the catalogue holds it.
        """
        if isinstance(outcome, Problem):
            return self._store_problem(outcome)
        if isinstance(outcome, KnownAudio):
            return self._store_known(outcome)
        return self._store_track(outcome)

    def mark_stale(self) -> None:
        """Leave a mark that new tags have not been seen by groups and guesses yet.

        For a scan that ends early: the next one finds a track without a group, and does it all again.
        """
        catalogue = self._catalogue
        if not self._retagged or catalogue.read_only:
            return
        near = catalogue.nearest_clusters(self._encoder_id)
        labels = {
            track.id: (track.cluster, track.strength, near[track.id])
            for track in catalogue.tracks(include_gone=True, encoder_id=self._encoder_id)
            if track.cluster is not None and track.id != self._retagged[0]
        }
        catalogue.put_clusters(self._encoder_id, catalogue.clusters(self._encoder_id), labels)

    def _store_track(self, track: EmbeddedTrack, reason: str = "") -> ScanProgress:
        file = track.file
        row = self.index.at(file.path)
        status: Status = "new" if row is None or row.gone else "changed"
        # As a gone track its row stays where it is, but its audio is now another.
        same = row is not None and row.payload_hash == track.payload_hash
        track_id = self._catalogue.put_track(track, self._encoder_id, keep_segments=self._keep_segments)
        self._sources.add(track_id, track)
        (self._partly.add if track.decoder.endswith(PARTLY) else self._partly.discard)(track_id)
        self.index.put(KnownFile(track_id, file.path, file.size, file.mtime_ns, track.payload_hash, False, True))
        self.missing.pop(track_id, None)
        self.altered = True
        self.counts["reembedded" if same and status == "changed" else status] += 1
        self.counts["damaged"] += bool(track.note)
        return ScanProgress(file.path, status, track.duration, reason or track.note)

    def _store_problem(self, problem: Problem) -> ScanProgress:
        self._catalogue.put_problem(problem)
        self.problems.append(problem)
        row = self.index.at(problem.path)
        replaced = row is not None and (row.size, row.mtime_ns) != (problem.size, problem.mtime_ns)
        if row is not None and replaced and not row.gone and not problem.transient:
            # What was known of this path is no more, and what is there now cannot be heard.
            self._catalogue.mark_gone([row.id])
            self.index.put(replace(row, gone=True))
            self.altered = True
        return ScanProgress(problem.path, problem.kind, 0.0, problem.reason)

    def _store_known(self, known: KnownAudio) -> ScanProgress | None:
        file, digest = known.file, known.payload_hash
        row = self.index.at(file.path)
        if row is not None and row.payload_hash == digest and row.embedded:
            self.apply_moves([(row, file, known.tags)])
            return ScanProgress(file.path, "changed", self._duration(row.id), "only its tags")
        origin = find_origin(file, digest, self.index, self.missing)
        if row is None and origin is not None and origin.embedded:
            self.apply_moves([(origin, file, known.tags)])
            return ScanProgress(file.path, "moved", self._duration(origin.id), f"from {origin.path}")
        for source in self.index.holding(digest):
            found = self._sources.get(source.id) if source.embedded and not source.gone else None
            if found is not None:
                self.counts["copied"] += 1
                return self._store_track(self._copy(known, source, *found), f"same audio as {source.path}")
        return None

    def _copy(self, known: KnownAudio, source: KnownFile, vector: Floats, homogeneity: float) -> EmbeddedTrack:
        return EmbeddedTrack(
            file=known.file,
            payload_hash=known.payload_hash,
            tags=known.tags,
            duration=self._duration(source.id),
            decoder="copy" + PARTLY * (source.id in self._partly),
            vector=vector,
            homogeneity=homogeneity,
            segments=self._catalogue.segments(source.id, self._encoder_id),
            descriptors=self._sources.descriptors(source.id),
        )

    def _duration(self, track_id: int) -> float:
        return self._catalogue.track(track_id).duration


class _Sources:
    """Vectors for duplicates, read when the first one turns up."""

    def __init__(self, catalogue: Catalogue, encoder_id: str) -> None:
        self._catalogue = catalogue
        self._encoder_id = encoder_id
        self._vectors: dict[int, tuple[Floats, float]] | None = None
        self._descriptors: dict[int, AcousticDescriptors | None] = {}

    def add(self, track_id: int, track: EmbeddedTrack) -> None:
        if self._vectors is not None:
            self._vectors[track_id] = (track.vector, track.homogeneity)
            self._descriptors[track_id] = track.descriptors

    def descriptors(self, track_id: int) -> AcousticDescriptors | None:
        """Descriptors of a track that `get` has returned."""
        return self._descriptors.get(track_id)

    def get(self, track_id: int) -> tuple[Floats, float] | None:
        if self._vectors is None:
            ids, vectors = self._catalogue.vectors(self._encoder_id)
            homogeneities = self._catalogue.homogeneities(self._encoder_id)
            self._descriptors = dict(self._catalogue.descriptors())
            self._vectors = {
                int(row): (np.asarray(vector, dtype=np.float32), homogeneities[int(row)])
                for row, vector in zip(ids, vectors, strict=True)
            }
        return self._vectors.get(track_id)
