"""Embeds files: one file in a worker process, or many files in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from musicemb.errors import AudioError, FileError, MusicembError, SkippedAudio, TagError
from musicemb.records import EmbeddedTrack, Encoder, FoundFile, Problem, TrackTags
from musicemb.settings import ScanSettings
from musicemb.workflows.parallel.executor import Executor, WorkerFailure, open_results
from musicemb.workflows.parallel.process_pool import make_executor

_LONGEST_REASON = 160
"""Characters of a reason; libraries can be talkative."""


@dataclass(frozen=True)
class KnownAudio:
    """A file whose audio needs no work: a vector of the same payload is at hand."""

    file: FoundFile
    payload_hash: str
    tags: TrackTags


Embedded = EmbeddedTrack | KnownAudio | Problem
"""What comes of a file."""


def embed_file(
    found: FoundFile,
    encoder: Encoder,
    *,
    known: AbstractSet[str] = frozenset(),
    settings: ScanSettings | None = None,
) -> Embedded:
    """Decode, cut, embed and pool one file; read its tags.

    Parameters
    ----------
    found : FoundFile
    encoder : Encoder
    known : set of str
        Payload hashes of which a vector is at hand: such audio is not decoded.
    settings : ScanSettings or None
        None: the defaults.

    Returns
    -------
    EmbeddedTrack, KnownAudio or Problem
        Never raises for what a file may hold: that is a `Problem` with a short reason.

    Raises
    ------
    MusicembError
        That is not about this file, as where the encoder cannot be opened.
    """
    try:
        return _embed(found, encoder, known, settings or ScanSettings())
    except SkippedAudio as error:
        return _problem(found, error.reason, kind="skipped", transient=error.transient)
    except FileError as error:
        return _problem(found, error.reason, transient=error.transient)
    except MemoryError:
        return _problem(found, "does not fit in memory", transient=True)
    except OSError as error:
        return _problem(found, f"cannot be read: {error.strerror or error}", transient=True)
    except MusicembError:  # an encoder that cannot run: no other file would fare better
        raise
    except Exception as error:  # a decoder met what its makers did not think of
        return _problem(found, f"cannot be read ({type(error).__name__}: {error})")


def embed_path(path: str | Path, encoder: Encoder | None = None) -> EmbeddedTrack:
    """Embed one file that no library needs to know.

    Parameters
    ----------
    path : str or Path
        "~" is the home folder.
    encoder : Encoder, optional
        None: the one that came with the program.

    Returns
    -------
    EmbeddedTrack

    Raises
    ------
    AudioError, SkippedAudio
        Where the file cannot be embedded.
    MissingExtra
        Where nothing here can run the encoder.
    """
    from musicemb.encoder.runtime.litert import load_encoder, require_runtime
    from musicemb.io.audio.native_stderr import silence_native_stderr

    path = Path(path).expanduser()
    try:
        status = path.stat()
    except OSError as error:
        raise AudioError(path, f"cannot be read: {error.strerror or error}", transient=True) from None
    encoder = encoder or load_encoder()
    require_runtime(encoder)
    with silence_native_stderr():  # what runs the network has much to say when it is opened
        outcome = embed_file(FoundFile.from_status(path, status), encoder)
    if isinstance(outcome, Problem):
        kind = SkippedAudio if outcome.kind == "skipped" else AudioError
        raise kind(path, outcome.reason, transient=outcome.transient)
    assert isinstance(outcome, EmbeddedTrack)  # no audio was said to be known
    return outcome


def embed_files(
    files: Sequence[FoundFile],
    encoder: Encoder,
    workers: int | None = None,
    *,
    known: AbstractSet[str] = frozenset(),
    settings: ScanSettings | None = None,
    executor: Executor | None = None,
) -> Iterator[Embedded]:
    """Embed files in worker processes, one file each at a time.

    Closing the iterator ends the processes at once. A file that kills or hangs its process becomes
    a `Problem`; the others do not notice.

    Parameters
    ----------
    files : sequence of FoundFile
        Begun in this order.
    encoder : Encoder
        Pickled once into each process.
    workers : int or None
        Processes; None: as many as CPUs and memory allow; 0 works in this process.
    known : set of str
        As for `embed_file`; what is embedded on the way is added to it, so that a second copy
        among `files` costs no work either.
    settings : ScanSettings or None
        None: the defaults.
    executor : Executor or None
        Runs the work in place of the `workers`.

    Returns
    -------
    iterator of EmbeddedTrack, KnownAudio or Problem
        One for each file, as they are done.

    Raises
    ------
    SettingsError
        For a negative number of workers.
    MissingExtra
        Where nothing here can run the encoder.
    MusicembError
        Where processes cannot be started.
    """
    from musicemb.encoder.runtime.litert import require_runtime

    require_runtime(encoder)
    settings = settings or ScanSettings()
    executor = executor or make_executor(workers, timeout=settings.file_timeout)
    with open_results(executor, _Work(encoder, settings, set(known)), files) as results:
        for found, outcome in results:
            if isinstance(outcome, WorkerFailure):
                yield _problem(found, outcome.reason, transient=outcome.transient)
            else:
                yield outcome


@dataclass
class _Work:
    """`embed_file` with all but the file."""

    encoder: Encoder
    settings: ScanSettings
    known: set[str] = field(default_factory=set)

    def __call__(self, found: FoundFile, /) -> Embedded:
        return embed_file(found, self.encoder, known=self.known, settings=self.settings)

    def on_broadcast(self, fact: str, /) -> None:
        self.known.add(fact)

    def broadcast(self, result: Embedded, /) -> str | None:
        return result.payload_hash if isinstance(result, EmbeddedTrack) else None


def _embed(found: FoundFile, encoder: Encoder, known: AbstractSet[str], settings: ScanSettings) -> Embedded:
    from musicemb.io.audio.payload_hash import payload_hash
    from musicemb.workflows.embedding.segment_vectors import embed_segments

    path = found.path
    if found.size == 0:
        return _problem(found, "is empty")
    digest = payload_hash(path)
    tags, notes = _tags(path)
    if digest in known:
        _check_unchanged(found)
        return KnownAudio(found, digest, tags)
    heard = embed_segments(path, encoder, settings)
    if heard is None:
        return _problem(found, "is silent", kind="skipped")
    if heard.vector is None:
        return _problem(found, "gives no usable vector")
    _check_unchanged(found)
    return EmbeddedTrack(
        file=found,
        payload_hash=digest,
        tags=tags,
        duration=heard.duration,
        decoder=heard.decoder,
        vector=heard.vector,
        homogeneity=heard.homogeneity,
        segments=heard.segments,
        note="; ".join(note for note in (heard.note, *notes) if note),
        descriptors=heard.descriptors,
        values=heard.values,
    )


def _tags(path: Path) -> tuple[TrackTags, tuple[str, ...]]:
    """Tags, and a note where they are damaged: music with a broken tag is still music."""
    from musicemb.io.tags.reader import read_tags

    try:
        return read_tags(path), ()
    except TagError as error:
        return TrackTags(), (f"tags cannot be read: {error.reason}",)


def _check_unchanged(found: FoundFile) -> None:
    """A file that is still being written must not be remembered as if it were whole."""
    status = found.path.stat()
    if FoundFile.from_status(found.path, status) != found:
        raise FileError(found.path, "was changed while it was read", transient=True)


def _problem(
    found: FoundFile, reason: str, *, kind: Literal["failed", "skipped"] = "failed", transient: bool = False
) -> Problem:
    reason = " ".join(reason.split())  # one line
    if len(reason) > _LONGEST_REASON:
        reason = reason[: _LONGEST_REASON - 1] + "…"
    return Problem(found.path, reason, kind, transient, size=found.size, mtime_ns=found.mtime_ns)
