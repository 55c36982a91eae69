"""How well each track of a library answers to words: moods, instruments, voices and decades that the encoder hears,
and genres."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.genres.families import parent_of
from musicemb.core.genres.family_table import JOINT, PARENTS
from musicemb.core.genres.names import fold_genre
from musicemb.core.sound_tags.heads import apply_tag_head
from musicemb.core.sound_tags.query import MOST_WORDS, combine_values, parse_query
from musicemb.core.sound_tags.ranks import LEAST_GENRE, heard_as, order_by_sound, sound_ranks
from musicemb.errors import MusicembError, SettingsError, TrackNotFound
from musicemb.records import Floats64, GenreAliases, SearchTerm, WordChoice
from musicemb.workflows.index.genre_shares import GenreShares, open_shares
from musicemb.workflows.similarity.library_vectors import Space

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Encoder, TagHeads

_CLEAR_SIDES = 0.1
"""What "rock" and "pop" must be worth together so that they tell what a track of "pop/rock" is; else it is half and
half."""

ANSWERING = 1 / 3
"""Share of the tracks that is left where words choose by sound: those that answer to them best."""

TELL_REEMBED = (
    "the encoder of this library knows genres only, no moods, instruments or voices; "
    'run "musicemb scan --reembed" to move the library to one that does'
)

_FAMILIES = frozenset(PARENTS.values())


@dataclass(frozen=True)
class WordScores:
    """The meanings of words in a library, and how well each track matches them."""

    used: tuple[SearchTerm, ...]
    unheard: tuple[SearchTerm, ...]
    """Understood, but nothing in this library can answer to them."""
    unknown: tuple[str, ...]
    without_heads: bool
    values: tuple[Floats64, ...]
    """Per word in `used`, one per track of the space, above 0 and at most 1."""
    score: Floats64
    """Of all words together: their geometric mean, where guessed genres are ordered by their sound too."""


def judge_words(catalogue: Catalogue, space: Space, text: str, encoder: Callable[[], Encoder]) -> WordScores:
    """Find out how well each track answers to words.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    space : Space
        Of `open_space`.
    text : str
        Words, such as "calm piano, no vocals".
    encoder : callable
        Gives the library's encoder; called where the words ask for what it hears, or for a genre that it hears too.

    Returns
    -------
    WordScores

    Raises
    ------
    SettingsError
        For a text of more than `core.sound_tags.query.MOST_WORDS` words.
    TrackNotFound
        Where no word can be used.
    """
    if len(text.split(maxsplit=MOST_WORDS)) > MOST_WORDS:
        raise SettingsError(f"a search takes at most {MOST_WORDS} words")
    shares = open_shares(catalogue, space.ids)
    present = frozenset(shares.genres)
    parsed, unknown = parse_query(text, genre_finder(present, catalogue.aliases))
    heard = any(term.tag and (term.kind != "genre" or term.genre not in present) for term in parsed)
    orders = any(term.tag and not term.negated for term in parsed)
    heads = _open_heads(space, encoder, needed=heard) if heard or orders else None
    probabilities = tag_probabilities(space, heads)
    terms = [called_or_heard(term, present, probabilities) for term in parsed]
    used, unheard, values, ordering = [], [], [], []
    for term, asked in zip(terms, parsed, strict=True):
        value = answer_term(term, probabilities, shares)
        if value is None:
            unheard.append(term)
        else:
            used.append(term)
            values.append(1 - value if term.negated else value)
            guessed = not (term.negated or term.tag)  # terms that the tag heads answer already need no second score
            ordering.append(order_by_sound(value, asked.tag, probabilities) if guessed else values[-1])
    without_heads = heads is None and any(term.tag and term.kind != "genre" for term in terms)
    if not used:
        raise TrackNotFound(_nothing(text, unheard, without_heads=without_heads))
    return WordScores(tuple(used), tuple(unheard), unknown, without_heads, tuple(values), combine_values(ordering))


def _open_heads(space: Space, encoder: Callable[[], Encoder], *, needed: bool) -> TagHeads | None:
    """The tag heads of the library's encoder; they are not needed to order tracks that have a genre."""
    try:
        opened = encoder()
    except MusicembError:
        if needed:
            raise
        return None
    return opened.tag_heads if opened.id == space.encoder_id else None


def called_or_heard(term: SearchTerm, present: frozenset[str], probabilities: Mapping[str, Floats64]) -> SearchTerm:
    """A genre that tracks have or probably have is looked up; for any other one the tag head is used, if there is one.

    Parameters
    ----------
    term : SearchTerm
    present : frozenset of str
        Genres that tracks are known or likely to be of.
    probabilities : mapping of str to ndarray [shape=(n_tracks,)]
        Of the words that are heard.

    Returns
    -------
    SearchTerm
        Without a tag, or without a genre.
    """
    if term.kind != "genre":
        return term
    if term.genre in present or not heard_as(term.tag, probabilities):
        return replace(term, tag="")
    return replace(term, name=term.tag, genre="")


def choose_by_words(catalogue: Catalogue, space: Space, text: str, encoder: Callable[[], Encoder]) -> WordChoice:
    """The part of a library that answers to words best, to be looked through for something else.

    What a track is called is yes or no: only what is more likely than not of a genre that is asked for, or not of one
    that is excluded. What it sounds like, also a genre that no track is called, is more or less: of these, the third
    that answers best (`ANSWERING`).

    Parameters
    ----------
    catalogue, space, text, encoder
        As for `judge_words`.

    Returns
    -------
    WordChoice

    Raises
    ------
    SettingsError, TrackNotFound
        As `judge_words` does; also where no track is of the genre.
    """
    judged = judge_words(catalogue, space, text, encoder)
    allowed = np.ones(len(space.ids), dtype=bool)
    for term, value in zip(judged.used, judged.values, strict=True):
        if not term.tag:
            allowed &= value > 0.5
    if not allowed.any():
        genres = ", ".join(f"{'no ' if term.negated else ''}{term.name}" for term in judged.used if not term.tag)
        raise TrackNotFound(f"no track is likely enough to be: {genres}; musicemb find ranks those that come nearest")
    if sounds := [value for term, value in zip(judged.used, judged.values, strict=True) if term.tag]:
        answer = combine_values(sounds)
        allowed &= answer >= np.quantile(answer[allowed], 1 - ANSWERING)
    scores = {int(one): float(judged.score[row]) for row, one in enumerate(space.ids) if allowed[row]}
    return WordChoice(judged.used, judged.unheard, judged.unknown, judged.without_heads, scores)


def genre_finder(present: frozenset[str], aliases: GenreAliases) -> Callable[[str], str]:
    """A function that finds the folded genre that a phrase names.

    Parameters
    ----------
    present : frozenset of str
        Genres of the library.
    aliases : GenreAliases
        The listener's own.

    Returns
    -------
    callable
        "" for a phrase that names none that is known here. Where no track is known to be "rock" but some are
        "pop/rock", the word means these.
    """

    def known_genre(phrase: str) -> str:
        folds = fold_genre(phrase, aliases)
        if len(folds) != 1:
            return ""
        if folds[0] not in present and (joint := parent_of(folds[0], aliases)) in JOINT and joint in present:
            return joint
        known = folds[0] in PARENTS or folds[0] in _FAMILIES or folds[0] in present or folds[0] in aliases.parents
        return folds[0] if known else ""

    return known_genre


class _HeardWords(Mapping[str, Floats64]):
    """Probabilities of the tag heads' words, computed on demand: a search needs a few of 120."""

    def __init__(self, space: Space, heads: TagHeads) -> None:
        self._space, self._heads = space, heads
        self._columns = {name: column for column, name in enumerate(heads.names)}
        self._found: dict[str, Floats64] = {}

    def __getitem__(self, name: str) -> Floats64:
        if name not in self._found:
            self._found[name] = apply_tag_head(self._space.vectors, self._heads, self._columns[name])
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def tag_probabilities(space: Space, heads: TagHeads | None) -> Mapping[str, Floats64]:
    """Probability of each word of the tag heads, for all tracks; each is found when it is first asked for.

    Parameters
    ----------
    space : Space
    heads : TagHeads or None

    Returns
    -------
    mapping of str to ndarray [shape=(n_tracks,)]
        Empty without heads.
    """
    return {} if heads is None else _HeardWords(space, heads)


def answer_term(
    term: SearchTerm,
    probabilities: Mapping[str, Floats64],
    shares: GenreShares,
) -> Floats64 | None:
    """How well each track answers to a word, as if it were not excluded.

    Parameters
    ----------
    term : SearchTerm
    probabilities : mapping of str to ndarray [shape=(n_tracks,)]
        Of the words that are heard.
    shares : GenreShares
        How sure the genres of the tracks are.

    Returns
    -------
    ndarray [shape=(n_tracks,)] or None
        None where nothing can tell.
    """
    said = [sound_ranks(term.tag, probabilities)] if heard_as(term.tag, probabilities) else []
    if term.genre in shares.genres:
        said.append(np.clip(_share_of(term.genre, shares), LEAST_GENRE, 1 - LEAST_GENRE))
    return np.max(said, axis=0).astype(np.float64) if said else None


def _share_of(genre: str, shares: GenreShares) -> Floats64:
    """How sure a genre is of each track; of what is only known to be "pop/rock", "rock" has its part.

    Without that, a library with all three words would be searched for "rock" in what is called so by somebody who
    tells pop from rock, which is rarely what is most clearly rock.
    """
    share = shares.share(genre)
    joint = parent_of(genre)
    if joint not in JOINT or joint not in shares.genres:
        return share
    sides = np.sum([shares.share(one) for one in shares.genres if parent_of(one) == joint], axis=0)
    part = np.where(sides > _CLEAR_SIDES, share / np.maximum(sides, _CLEAR_SIDES), 0.5)
    return np.asarray(share + np.clip(shares.share(joint) - sides, 0, 1) * part, dtype=np.float64)


def _nothing(text: str, unheard: Sequence[SearchTerm], *, without_heads: bool) -> str:
    if without_heads and any(term.tag for term in unheard):
        return TELL_REEMBED
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 60 else f"{shown[:60]}..."
    if unheard:
        names = ", ".join(term.name for term in unheard[:5])
        return f"this library has no data on {shown!r}: neither its tags nor its encoder know: {names}"
    return (
        f"no word of {shown!r} is known; ask for moods, instruments, voices, decades or genres, "
        'such as "calm piano, no vocals"'
    )
