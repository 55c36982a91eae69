"""Find tracks by words: moods, instruments, voices and decades that the encoder hears, and genres."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.genres.families import ancestors_of
from musicemb.core.genres.family_table import PARENTS
from musicemb.core.genres.names import fold_genre, fold_genres
from musicemb.core.sound_tags.heads import apply_tag_heads
from musicemb.core.sound_tags.query import MOST_WORDS, OPPOSITE, combine_values, library_ranks, parse_query
from musicemb.core.vectors.neighbours import unit_rows
from musicemb.errors import SettingsError, TrackNotFound
from musicemb.records import Floats64, FoundTrack, GenreAliases, Search, SearchTerm, TagHeads
from musicemb.workflows.similarity.library_vectors import Space, open_space
from musicemb.workflows.similarity.ranking import ResultFilters, shortlist

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Encoder

LEAST_GENRE = 0.02
"""What a track is worth that has not the genre asked for at all: it comes after those that have it, whatever else
speaks for it, unless it is among the best fiftieth in another word where they are among the last."""

TELL_REEMBED = (
    "the encoder of this library hears genres only, no moods, instruments or voices; "
    'run "musicemb scan --reembed" to move the library to one that does'
)

_FAMILIES = frozenset(PARENTS.values())


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
        Such as "calm piano, no vocals".
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
    if len(text.split(maxsplit=MOST_WORDS)) > MOST_WORDS:
        raise SettingsError(f"a search takes at most {MOST_WORDS} words")
    space = space or open_space(catalogue)
    aliases = catalogue.aliases
    shares = _genre_shares(catalogue, space)
    present = frozenset(genre for one in shares for genre in one)

    def known_genre(phrase: str) -> str:
        folds = fold_genre(phrase, aliases)
        if len(folds) != 1:
            return ""
        known = folds[0] in PARENTS or folds[0] in _FAMILIES or folds[0] in present or folds[0] in aliases.parents
        return folds[0] if known else ""

    terms, unknown = parse_query(text, known_genre)
    heads = None
    if any(term.tag for term in terms):
        opened = encoder()
        heads = opened.tag_heads if opened.id == space.encoder_id else None
    probabilities = _probabilities(space, heads)
    used, unheard, values = [], [], []
    for term in terms:
        value = _value(term, probabilities, shares, present)
        if value is None:
            unheard.append(term)
        else:
            used.append(term)
            values.append(1 - value if term.negated else value)
    without_heads = heads is None and any(term.tag for term in terms)
    if not used:
        raise TrackNotFound(_nothing(text, unheard, without_heads=without_heads))
    score = combine_values(values)
    # Of equal ones (all that are tagged "Jazz") the most typical comes first.
    middle, _ = unit_rows(space.vectors[score >= score.max() - 1e-9].mean(axis=0, keepdims=True))
    typical = np.round((space.vectors @ middle[0]).astype(np.float64), 6)
    matches = shortlist(catalogue, space, [], typical, score, n=n, filters=filters or ResultFilters())
    rows = {int(one): row for row, one in enumerate(space.ids.tolist())}
    found = []
    for match in matches:
        row = rows[match.track.id]
        answers = tuple(float(value[row]) for value in values)
        found.append(FoundTrack(match.track, match.scaled_similarity, answers, match.versions))
    return Search(tuple(used), tuple(unheard), unknown, without_heads, tuple(found))


def _genre_shares(catalogue: Catalogue, space: Space) -> list[Mapping[str, float]]:
    """Of each track, in the space's order, how sure its genres are: 1 for the listener's own, else what is likely."""
    aliases, odds = catalogue.aliases, catalogue.odds(space.encoder_id)
    tracks = {track.id: track for track in catalogue.tracks()}
    found: list[Mapping[str, float]] = []
    for identity in space.ids.tolist():
        track = tracks[identity]
        own = _with_families(fold_genres(track.tags.listener_genres, aliases), 1.0, aliases)
        if own or identity in odds:
            found.append(own or odds[identity].worth)
        else:
            guess = track.guess
            words = fold_genres(guess.genres, aliases) if guess else ()
            found.append(_with_families(words, guess.confidence if guess else 0.0, aliases))
    return found


def _with_families(genres: Sequence[str], share: float, aliases: GenreAliases) -> dict[str, float]:
    return {one: share for genre in genres for one in (genre, *ancestors_of(genre, aliases))}


def _probabilities(space: Space, heads: TagHeads | None) -> dict[str, Floats64]:
    if heads is None:
        return {}
    found = apply_tag_heads(space.vectors, heads).astype(np.float64)
    return {name: found[:, column] for column, name in enumerate(heads.names)}


def _value(
    term: SearchTerm,
    probabilities: Mapping[str, Floats64],
    shares: Sequence[Mapping[str, float]],
    present: frozenset[str],
) -> Floats64 | None:
    """How well each track answers to a word, as if it were not excluded; None where nothing can tell."""
    heard = [_log_odds(probabilities[term.tag])] if term.tag in probabilities else []
    heard += [
        -_log_odds(probabilities[name])
        for name, opposite in OPPOSITE.items()
        if opposite == term.tag and name in probabilities
    ]
    said = [library_ranks(np.mean(heard, axis=0))] if heard else []
    if term.genre in present:
        share = np.array([one.get(term.genre, 0.0) for one in shares], dtype=np.float64)
        said.append(np.clip(share, LEAST_GENRE, 1 - LEAST_GENRE))
    return np.max(said, axis=0).astype(np.float64) if said else None


def _log_odds(probabilities: Floats64) -> Floats64:
    certain = np.clip(probabilities, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(certain / (1 - certain)), dtype=np.float64)


def _nothing(text: str, unheard: Sequence[SearchTerm], *, without_heads: bool) -> str:
    if without_heads and any(term.tag for term in unheard):
        return TELL_REEMBED
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 60 else f"{shown[:60]}..."
    if unheard:
        names = ", ".join(term.name for term in unheard[:5])
        return f"nothing in this library can answer to {shown!r}: no track has, and the encoder cannot hear: {names}"
    return (
        f"no word of {shown!r} is known; ask for moods, instruments, voices, decades or genres, "
        'such as "calm piano, no vocals"'
    )
