"""The last step of a scan: what makes the next question quick."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from musicemb.records import ScanStage

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Encoder


def prepare_queries(catalogue: Catalogue, encoder: Encoder) -> Iterator[ScanStage]:
    """Leave a large library an index that fits, so that the next question is answered at once.

    Parameters
    ----------
    catalogue : Catalogue
    encoder : Encoder

    Yields
    ------
    ScanStage
        Where that takes a moment.
    """
    from musicemb.workflows.genres.nearby import evidence_extension
    from musicemb.workflows.index.genre_shares import shares_extension
    from musicemb.workflows.index.library_index import extend_index, refresh_index
    from musicemb.workflows.similarity.sound_values import values_extension

    for text in refresh_index(catalogue):
        yield ScanStage(text)
    if catalogue.active_encoder == encoder.id:
        made = [evidence_extension(catalogue, encoder.genre_head), shares_extension(catalogue)]
        if encoder.tag_heads is not None:
            made.append(values_extension(catalogue, encoder.tag_heads))
        extend_index(catalogue, *(one for one in made if one is not None))
