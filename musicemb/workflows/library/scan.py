"""Brings the catalogue up to date with the files on disk: find, compare, embed, group, guess."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.errors import CatalogueError
from musicemb.records import (
    Encoder,
    FoundFile,
    KnownFile,
    Problem,
    ScanPlanned,
    ScanProgress,
    ScanStage,
    ScanSummary,
)
from musicemb.settings import ScanSettings
from musicemb.workflows.clustering.custom_names import transfer_names
from musicemb.workflows.embedding.embed import KnownAudio, embed_files
from musicemb.workflows.library.changes import Comparison, TrackIndex, compare_files, recognise_files
from musicemb.workflows.library.finding import Ready, find_files
from musicemb.workflows.library.indexing import prepare_queries
from musicemb.workflows.library.ingest import Ingest
from musicemb.workflows.library.roots import (
    Places,
    check_roots,
    choose_remembered,
    choose_roots,
    count_of,
    describe_passed_over,
)
from musicemb.workflows.library.summary import GroupsOfScan, summarise_library, take_notes

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.workflows.parallel.executor import Executor
from musicemb.workflows.tagging.leftovers import remove_leftovers

ScanEvent = ScanPlanned | ScanProgress | ScanStage | ScanSummary


def scan_library(
    paths: Sequence[str | Path] = (),
    *,
    catalogue: Catalogue,
    encoder: Encoder,
    workers: int | None = None,
    exclude: Sequence[str] = (),
    reembed: bool = False,
    retry_failed: bool = False,
    keep_segments: bool = True,
    newer_encoder: str = "",
    guess_again: bool = False,
    regroup: bool = False,
    settings: ScanSettings | None = None,
    executor: Executor | None = None,
    ready: Ready | None = None,
) -> Iterator[ScanEvent]:
    """Scan folders and files.

    Every track is stored as it is done: a scan that is interrupted, or whose iterator is closed,
    leaves no process behind and goes on from there the next time.

    Parameters
    ----------
    paths : sequence of str or Path
        Folders and files; none: what was scanned before.
    catalogue : Catalogue
        Open for writing.
    encoder : Encoder
        Picklable. The one that the library was made with, unless `reembed`.
    workers : int or None
        Processes; None: as many as CPUs and memory allow; 0 works in this one, where a crash takes all with it.
    exclude : sequence of str
        Globs of what to leave out; tracks in there count as gone.
    reembed : bool
        Move the library to `encoder`: what lacks a vector of it, or values of its sound, is embedded. Results go on
        with the old vectors until the last track has moved; then those are deleted.
    retry_failed : bool
        Try files again that failed for good.
    keep_segments : bool
        Keep segment vectors besides the track's.
    newer_encoder : str
        Id of a newer encoder that the caller knows of, for the summary.
    guess_again : bool
        Guess anew even if nothing changed on disk: what may be guessed did.
    regroup : bool
        Group all tracks anew, however little has changed.
    settings : ScanSettings, optional
    executor : Executor or None
        Runs the work on files in place of the `workers`.
    ready : callable, optional
        Whether a new or changed file may be heard yet; the others are skipped this time.

    Yields
    ------
    ScanPlanned, ScanProgress, ScanStage or ScanSummary
        `ScanPlanned` once, `ScanProgress` per file, the summary last.

    Raises
    ------
    LibraryRootError
        Where a path is missing, holds no audio, or held tracks and is suddenly empty; nothing was changed.
    CatalogueError
        Where the catalogue cannot be written (no space left: what was done so far is kept), or was
        made with another encoder and `reembed` is not set.
    """
    began = time.monotonic()
    with catalogue.holding():
        scan = _Scan(catalogue, encoder, settings or ScanSettings(), keep_segments=keep_segments, reembed=reembed)
        scan.guess_again, scan.regroup = guess_again, regroup
        scan.check()
        if reembed and catalogue.active_encoder is not None:
            catalogue.keep_copy()
        found, comparison = scan.compare(paths, exclude, retry_failed=retry_failed, ready=ready)
        try:
            if comparison.candidates:
                many = count_of(len(comparison.candidates), "file")
                yield ScanStage(f"checking {many} that may have moved or been retagged")
                scan.recognise(comparison, found)
            yield scan.plan(comparison)
            yield from scan.embed(comparison.to_embed, workers, executor)
            yield from scan.finish()
            yield from prepare_queries(catalogue, encoder, scan.groups.kept)
        except (GeneratorExit, KeyboardInterrupt):
            scan.ingest.mark_stale()
            raise
        yield scan.summarise(comparison, newer_encoder, time.monotonic() - began)


class _Scan:
    """One scan, step by step."""

    def __init__(
        self, catalogue: Catalogue, encoder: Encoder, settings: ScanSettings, *, keep_segments: bool, reembed: bool
    ) -> None:
        self._catalogue = catalogue
        self._encoder = encoder
        self._settings = settings
        self._reembed = reembed
        self._keep_segments = keep_segments
        known = catalogue.known_files(encoder.id)
        missing: set[int] = set() if settings.excerpts else catalogue.partly_heard()
        if reembed:  # tracks of older scans are listened to again
            missing |= catalogue.unmeasured() - (catalogue.partly_heard() if settings.excerpts else set())
            if encoder.front_end.settings.features != "waveform":
                missing |= {row.id for row in known if not row.gone} - catalogue.descriptors().keys()
        if missing:
            known = [replace(row, embedded=row.embedded and row.id not in missing) for row in known]
        self._index = TrackIndex(known)
        self._troubles, self._notes = list[Problem](), list[str]()
        self._went = 0
        self.guess_again = self.regroup = False
        self.ingest: Ingest

    def check(self) -> None:
        """Refuse what cannot end well, before anything is done."""
        active = self._catalogue.active_encoder
        if active not in (None, self._encoder.id) and not self._reembed:
            raise CatalogueError(
                f"the library was made with encoder {active}, and this is {self._encoder.id}: vectors of two "
                "encoders cannot be compared; scan with the library's own, or move the library with --reembed"
            )

    def compare(
        self, paths: Sequence[str | Path], exclude: Sequence[str], *, retry_failed: bool, ready: Ready | None
    ) -> tuple[list[FoundFile], Comparison]:
        """Find the files and compare them with the catalogue; write what needs no audio."""
        catalogue, encoder, index = self._catalogue, self._encoder, self._index
        roots = choose_roots(paths, catalogue.roots(), index, all_of_them=self._reembed)
        found, passed_over, self._troubles = find_files(roots, exclude, index, ready)
        remove_leftovers(catalogue, (file.path for file in found))
        known_problems = catalogue.problems()
        there = [file.path for file in found] + [problem.path for problem in self._troubles]
        self._troubles += check_roots(roots, there, index, passed_over)
        self._notes += describe_passed_over(passed_over)
        comparison = compare_files(
            found,
            index,
            scanned=Places(roots),
            unreadable=Places(problem.path for problem in self._troubles),
            problems=known_problems,
            retry_failed=retry_failed,
        )
        as_before: set[Problem] = {problem for problem in self._troubles if not problem.transient} & set(known_problems)
        comparison.remembered += len(as_before)
        self._troubles = [problem for problem in self._troubles if problem not in as_before]
        with catalogue.transaction():
            catalogue.add_encoder(encoder.id, encoder.name)
            if catalogue.active_encoder is None:
                catalogue.set_active_encoder(encoder.id, encoder.name)
            for root in choose_remembered(roots, catalogue.roots(), self._troubles):
                catalogue.add_root(root)
            catalogue.clear_problems(comparison.forgotten)
            for problem in self._troubles:
                catalogue.put_problem(problem)
            catalogue.mark_found(row.id for row in comparison.returned)
        for row in comparison.returned:
            index.put(replace(row, gone=False))
        self._returned = bool(comparison.returned)
        self._seen = {file.path for file in found}
        self.groups = GroupsOfScan(catalogue, encoder, self._settings)
        self.ingest = Ingest(catalogue, encoder.id, index, comparison.missing, keep_segments=self._keep_segments)
        return found, comparison

    def recognise(self, comparison: Comparison, found: Sequence[FoundFile]) -> None:
        """Find out which candidates are known tracks; the others join the files to embed."""
        ingest = self.ingest
        recognition = recognise_files(comparison.candidates, ingest.index, comparison.missing)
        ingest.apply_moves(recognition.stayed + recognition.moved)
        again = [file for row, file, _ in recognition.stayed + recognition.moved if not row.embedded]
        chosen = {file.path for file in (*comparison.to_embed, *recognition.unrecognised, *again)}
        comparison.to_embed = [file for file in found if file.path in chosen]

    def plan(self, comparison: Comparison) -> ScanPlanned:
        """What the scan will do, as far as it is known before decoding."""
        counts = self.ingest.counts
        return ScanPlanned(
            to_embed=len(comparison.to_embed),
            unchanged=comparison.unchanged + len(comparison.returned) + counts["touched"],
            retagged=counts["retagged"],
            moved=counts["moved"],
            gone=len(self._newly_gone()),
            remembered=comparison.remembered,
            known=sum(not row.gone for row in self._index),
        )

    def embed(self, files: Sequence[FoundFile], workers: int | None, executor: Executor | None) -> Iterator[ScanEvent]:
        """Embed files and store what comes of them."""
        ingest = self.ingest
        known = {row.payload_hash for row in ingest.index if row.embedded}
        for at_hand in (known, set[str]()):
            left: list[FoundFile] = []
            for outcome in embed_files(
                files, self._encoder, workers, known=at_hand, settings=self._settings, executor=executor
            ):
                progress = ingest.store(outcome)
                if progress is not None:
                    yield progress
                    self.groups.look(ingest.counts["new"])
                elif isinstance(outcome, KnownAudio):
                    left.append(outcome.file)  # the known vector has been replaced meanwhile: embed the file after all
            files = left

    def finish(self) -> Iterator[ScanStage]:
        """Mark what is gone, group and guess, all in one transaction: another program sees before or after."""
        catalogue, encoder = self._catalogue, self._encoder
        with catalogue.transaction():
            gone = self._newly_gone()
            self._went = len(gone)
            catalogue.mark_gone(row.id for row in gone)
            for row in gone:
                self.ingest.index.put(replace(row, gone=True))
            if catalogue.active_encoder != encoder.id and not self._is_complete():
                return
            altered = bool(gone) or self._returned or self.ingest.altered or self.guess_again
            only_new = not gone and not self._returned and not self.guess_again and self.ingest.only_new
            steps = self.groups.finish(altered=altered, again=self.regroup, only_new=only_new)
            yield from take_notes(steps, self._notes)
            if self._reembed:
                active = catalogue.active_encoder or encoder.id
                for name in transfer_names(catalogue, active, encoder.id) if active != encoder.id else ():
                    self._notes.append(f"no group has most of the tracks of the one that you named {name}")
                catalogue.set_active_encoder(encoder.id, encoder.name)
                for other, _, _ in catalogue.encoders():
                    if other != encoder.id:
                        catalogue.delete_vectors(other)

    def summarise(self, comparison: Comparison, newer_encoder: str, elapsed: float) -> ScanSummary:
        """The last event."""
        ingest = self.ingest
        counts = ingest.counts
        problems = self._troubles + ingest.problems
        notes = list(self._notes)
        if comparison.returned:
            notes.append(f"{count_of(len(comparison.returned), 'track')} came back")
        if counts["copied"]:
            notes.append(f"{count_of(counts['copied'], 'file')} with the same audio as another: not embedded again")
        if counts["reembedded"]:
            notes.append(f"{count_of(counts['reembedded'], 'track')} embedded again for encoder {self._encoder.id}")
        if counts["damaged"]:
            notes.append(f"{count_of(counts['damaged'], 'file')} damaged, but embedded in part")
        return summarise_library(
            self._catalogue,
            self._settings,
            new=counts["new"],
            changed=counts["changed"],
            moved=counts["moved"],
            retagged=counts["retagged"],
            gone=self._went,
            unchanged=comparison.unchanged + len(comparison.returned) + counts["touched"],
            skipped=tuple(problem for problem in problems if problem.kind == "skipped"),
            failed=tuple(problem for problem in problems if problem.kind == "failed"),
            remembered=comparison.remembered,
            newer_encoder=newer_encoder,
            elapsed=elapsed,
            notes=tuple(notes),
        )

    def _newly_gone(self) -> list[KnownFile]:
        return [row for row in self.ingest.missing.values() if not row.gone and row.path not in self._seen]

    def _is_complete(self) -> bool:
        """Whether every track that can be embedded has moved over; says so where not."""
        settled = {problem.path for problem in self._catalogue.problems() if not problem.transient}
        here = [row for row in self.ingest.index if not row.gone]
        waiting = [row for row in here if not row.embedded and row.path not in settled]
        if waiting:
            self._notes.append(
                f"{count_of(len(waiting), 'track')} of {len(here):,} could not be moved to encoder {self._encoder.id} "
                f"({waiting[0].path}{', ...' * (len(waiting) > 1)}); the old one is used until all have moved"
            )
        return not waiting
