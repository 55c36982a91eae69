"""Finds tracks by words: moods, instruments, voices, decades and genres."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.vectors.neighbours import unit_rows
from musicemb.records import FoundTrack, Search
from musicemb.workflows.similarity.library_vectors import Space, open_space
from musicemb.workflows.similarity.ranking import ResultFilters, shortlist
from musicemb.workflows.similarity.word_scores import judge_words

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Encoder


def search_words(
    catalogue: Catalogue,
    text: str,
    *,
    n: int = 10,
    encoder: Callable[[], Encoder],
    filters: ResultFilters | None = None,
    space: Space | None = None,
) -> Search:
    """Rank the library by words.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    text : str
        Words, such as "calm piano, no vocals".
    n : int
        Number of tracks.
    encoder : callable
        Gives the library's encoder; called where the words ask for what it hears.
    filters : ResultFilters, optional
    space : Space, optional
        Of `open_space`, where it is open already.

    Returns
    -------
    Search

    Raises
    ------
    SettingsError
        For a text of more than `core.sound_tags.query.MOST_WORDS` words.
    TrackNotFound
        Where no word can be used.
    """
    space = space or open_space(catalogue)
    judged = judge_words(catalogue, space, text, encoder)
    score = judged.score
    # Of equal ones (all that are tagged "Jazz") the most typical comes first.
    middle, _ = unit_rows(space.vectors[score >= score.max() - 1e-9].mean(axis=0, keepdims=True))
    typical = np.round((space.vectors @ middle[0]).astype(np.float64), 6)
    matches = shortlist(catalogue, space, [], typical, score, n=n, filters=filters or ResultFilters())
    found = []
    for match in matches:
        row = int(np.searchsorted(space.ids, match.track.id))
        answers = tuple(float(value[row]) for value in judged.values)
        found.append(FoundTrack(match.track, match.scaled_similarity, answers, match.versions))
    return Search(judged.used, judged.unheard, judged.unknown, judged.without_heads, tuple(found))
