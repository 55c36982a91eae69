"""The last step of a scan: prepares the index, so that the next query is quick."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from musicemb.io.system_resources import collection_paused
from musicemb.records import ScanStage

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Encoder, Integers
    from musicemb.workflows.genres.inputs import Guesser
    from musicemb.workflows.index.library_index import Extension


@dataclass(frozen=True)
class EditionInputs:
    """The inputs of the guesses of one edition of the catalogue, for its index."""

    edition: int
    evidence: Extension


def keep_guesser(catalogue: Catalogue, encoder: Encoder, guesser: Guesser, ids: Integers) -> Extension | None:
    """Keep the inputs of the guesses, so that they need not be gathered again.

    Parameters
    ----------
    catalogue : Catalogue
    encoder : Encoder
    guesser : Guesser
    ids : ndarray [shape=(n,)], int64
        All tracks that have a vector, ascending.

    Returns
    -------
    Extension or None
        None for a library without an index.
    """
    from musicemb.workflows.genres.nearby import keep_evidence
    from musicemb.workflows.index.library_index import FEWEST_INDEXED

    if len(ids) < FEWEST_INDEXED or catalogue.active_encoder != encoder.id:
        return None
    return keep_evidence(catalogue, encoder.genre_head, guesser, ids)


def prepare_queries(catalogue: Catalogue, encoder: Encoder, kept: EditionInputs | None = None) -> Iterator[ScanStage]:
    """Write an up-to-date index for a large library, so that the next query is quick.

    Where nothing has changed since the last one but that tracks came, it is made from that one.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    encoder : Encoder
    kept : EditionInputs, optional
        Not gathered again where it is of this edition.

    Yields
    ------
    ScanStage
        Where that takes a moment.
    """
    with collection_paused():
        yield from _prepare(catalogue, encoder, kept)


def _prepare(catalogue: Catalogue, encoder: Encoder, kept: EditionInputs | None) -> Iterator[ScanStage]:
    from musicemb.workflows.genres.nearby import evidence_extension, grown_evidence
    from musicemb.workflows.index.genre_shares import grown_shares, shares_extension
    from musicemb.workflows.index.known_cells import cells_extension, grown_cells
    from musicemb.workflows.index.library_index import (
        extend_index,
        grow_index,
        open_index,
        open_outgrown,
        refresh_index,
        stored_vectors,
    )
    from musicemb.workflows.similarity.sound_values import grown_values, values_extension

    edition, head, heads = catalogue.edition(), encoder.genre_head, encoder.tag_heads
    evidence = kept.evidence if kept is not None and kept.edition == edition else None
    outgrown = open_outgrown(catalogue) if catalogue.active_encoder == encoder.id else None
    if outgrown is not None and outgrown[0].file.facts["edition"] != edition:
        yield ScanStage("preparing quick answers")
        grown = [evidence or grown_evidence(catalogue, head, *outgrown), grown_shares(catalogue, *outgrown)]
        grown.append(grown_cells(encoder.projection, outgrown[0], stored_vectors(catalogue, *outgrown)))
        grown += [] if heads is None else [grown_values(catalogue, heads, *outgrown)]
        grow_index(catalogue, *outgrown, *(one for one in grown if one is not None))
    for text in refresh_index(catalogue):
        yield ScanStage(text)
    if catalogue.active_encoder == encoder.id:
        made = [evidence_extension(catalogue, head, evidence), shares_extension(catalogue)]
        made.append(cells_extension(catalogue, encoder.projection))
        if heads is not None:
            made.append(values_extension(catalogue, heads))
        extend_index(catalogue, *(one for one in made if one is not None))
    if open_index(catalogue, make=False) is not None:
        catalogue.note_index(edition)
