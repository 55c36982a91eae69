"""Collects the vectors of an evaluation: those of the encoder and of each baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from musicemb.errors import MusicembError
from musicemb.extras import require_keras
from musicemb.io.audio.bliss import has_bliss
from musicemb.io.user_folders import user_cache_folder
from musicemb.records import Encoder, MeasureStage, Problem
from musicemb.workflows.embedding.dataset_vectors import (
    DescribedFile,
    EncoderVector,
    MfccVector,
    describe_files,
    describe_with_bliss,
)
from musicemb.workflows.evaluation.systems import Plan
from musicemb.workflows.parallel.executor import Executor

ENCODER, MFCC, BLISS, RANDOM, COMMONEST = (
    "encoder",
    "MFCC statistics",
    "bliss-audio",
    "random network",
    "commonest genre",
)
"""Names of the systems, as reports have them."""


@dataclass
class CollectedVectors:
    """The data that one evaluation collects."""

    cache: Path
    workers: int
    executor: Executor | None
    """What listens in place of the workers."""
    vectors: dict[str, dict[Path, NDArray[Any]]] = field(default_factory=dict)
    copies: dict[str, dict[Path, NDArray[Any]]] = field(default_factory=dict)
    problems: dict[Path, Problem] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def default_cache() -> Path:
    """Where vectors are kept between evaluations: the user's cache folder."""
    return user_cache_folder() / "vectors"


def collect_vectors(
    run: CollectedVectors,
    encoder: Encoder,
    plan: Plan,
    *,
    damage: bool,
    baselines: Sequence[str],
    beside: Sequence[Encoder] = (),
) -> Iterator[MeasureStage | Problem]:
    """Describe all tracks of a plan by the encoder and the baselines, and degraded copies of the held ones.

    Parameters
    ----------
    run : CollectedVectors
        Filled on the way.
    encoder : Encoder
    plan : Plan
    damage : bool
        Damaged copies too.
    baselines : sequence of str
        Which baselines.
    beside : sequence of Encoder
        Others to compare with, by their names.

    Yields
    ------
    MeasureStage or Problem
        A problem for a file that the encoder could not describe.
    """
    extractors: dict[str, EncoderVector | MfccVector] = {ENCODER: EncoderVector(encoder)}
    if MFCC in baselines:
        extractors[MFCC] = MfccVector()
    if RANDOM in baselines:
        twin = random_twin(encoder, run.notes)
        if twin is not None:
            extractors[RANDOM] = EncoderVector(twin)
    frozen = {other.name: EncoderVector(other) for other in beside}
    extractors |= frozen
    paths = [example.path for example in plan.examples]
    damaged = [plan.examples[row].path for row in plan.held]
    for name, extractor in extractors.items():
        # Keras starts once for what runs in it, not once per process.
        alone = name == RANDOM or name in frozen
        workers, executor = (0, None) if alone else (run.workers, run.executor)
        for copies, wanted in ((False, paths), (True, damaged if damage else [])):
            # What the encoder could not describe may have killed its process: it is not tried in this one.
            asked = [path for path in wanted if path not in run.problems]
            target = (run.copies if copies else run.vectors).setdefault(name, {})
            text = f"{name}: damaged copies" if copies else name
            found = describe_files(
                asked, extractor, degraded=copies, cache=run.cache, workers=workers, executor=executor
            )
            for done, item in enumerate(found, start=1):
                yield from _collect(run, item, target, name)
                yield MeasureStage(text, done, len(asked))
    if BLISS in baselines and has_bliss():
        target = run.vectors.setdefault(BLISS, {})
        asked = [path for path in paths if path not in run.problems]
        for done, item in enumerate(describe_with_bliss(asked, cache=run.cache, workers=run.workers), start=1):
            yield from _collect(run, item, target, BLISS)
            yield MeasureStage(BLISS, done, len(asked))
    elif BLISS in baselines:
        run.notes.append("bliss-audio is not installed (pip install bliss-audio): that baseline is missing")


def _collect(
    run: CollectedVectors, item: DescribedFile | Problem, target: dict[Path, NDArray[Any]], name: str
) -> Iterator[Problem]:
    if isinstance(item, DescribedFile):
        target[item.path] = item.vectors
    elif name == ENCODER and item.path not in run.problems:
        run.problems[item.path] = item
        yield item


def random_twin(encoder: Encoder, notes: list[str]) -> Encoder | None:
    """The same network with random weights.

    Parameters
    ----------
    encoder : Encoder
    notes : list of str
        Why there is none is added.

    Returns
    -------
    Encoder or None
        None where the encoder does not say how it is built, or Keras is not installed.
    """
    if encoder.bundle_info is None:
        notes.append("there is no random-network baseline: the encoder does not state its settings")
        return None
    try:
        require_keras("the random-network baseline")
    except MusicembError as missing:
        notes.append(f"there is no random-network baseline here; {missing}")
        return None
    from musicemb.encoder.runtime.random_encoder import UntrainedEncoder

    return UntrainedEncoder(encoder.bundle_info.settings, encoder.front_end)


def open_tagger(file: Path) -> Encoder:
    """A published tagger's frozen embedding, for comparison with an encoder.

    Parameters
    ----------
    file : Path
        Its LiteRT file.

    Returns
    -------
    Encoder

    Raises
    ------
    BundleError
        Where the file cannot be read, or holds something else.
    """
    from musicemb.core.signal.features import make_front_end
    from musicemb.encoder.runtime.tagger_encoder import TaggerEncoder, tagger_settings
    from musicemb.encoder.runtime.tagger_file import read_trunk

    trunk = read_trunk(file)
    settings = tagger_settings(trunk)
    return TaggerEncoder(file, make_front_end(settings.front_end, settings.segments), trunk)
