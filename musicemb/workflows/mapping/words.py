"""What the search of the map's page understands, and how each track answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from musicemb.core.genres.aliases import ALIASES, NO_GENRE, squeeze
from musicemb.core.genres.family_table import PARENTS
from musicemb.core.genres.family_table import WORDS as GENRE_WORDS
from musicemb.core.genres.names import own_spellings, spell_genre
from musicemb.core.sound_tags.query import describe_language, genre_with_head
from musicemb.core.sound_tags.ranks import LEAST_GENRE, heard_as, sound_ranks
from musicemb.core.sound_tags.synonyms import WORDS
from musicemb.core.sound_tags.vocabulary import HEARD_GENRES
from musicemb.records import GenreAliases, MapWords, TagHeads
from musicemb.workflows.index.genre_shares import open_shares
from musicemb.workflows.index.summaries import genre_counts
from musicemb.workflows.similarity.library_vectors import Space
from musicemb.workflows.similarity.word_scores import genre_finder, tag_probabilities

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

MOST_GENRES = 200
"""Genres of the library that the page can find; of more, those that most tracks are sure of."""


def gather_words(catalogue: Catalogue, space: Space, tag_heads: TagHeads | None) -> MapWords:
    """Gather what the page needs to read words as `musicemb find` does.

    Parameters
    ----------
    catalogue : Catalogue
    space : Space
    tag_heads : TagHeads or None
        None: genres are all that can be found.

    Returns
    -------
    MapWords
    """
    aliases = catalogue.aliases
    probabilities = tag_probabilities(space, tag_heads)
    shares = open_shares(catalogue, space.ids)
    worth = {genre: shares.share(genre) for genre in shares.genres}
    present = frozenset(worth)
    kept = sorted(worth, key=lambda genre: (-worth[genre].sum(), genre))[:MOST_GENRES]
    orders = {genre: tag for genre in sorted(kept) if heard_as(tag := genre_with_head(genre), probabilities)}
    words = dict.fromkeys([*WORDS.values(), *sorted((HEARD_GENRES - present).union(orders.values()))])
    heard = [tag for tag in words if heard_as(tag, probabilities)]
    counted = ((tags.listener_genres, number) for tags, _, number in genre_counts(catalogue))
    own = own_spellings((word for words, number in counted for word in words * number), aliases)
    genres = {word: _told(genre, present, heard) for word, genre in _genre_words(present, aliases).items()}
    return MapWords(
        language=describe_language(),
        genres=genres,
        spellings={genre: spell_genre(genre, own) for genre in sorted(set(genres.values()) & set(kept))},
        sounds={tag: sound_ranks(tag, probabilities) for tag in heard},
        shares={genre: worth[genre] for genre in sorted(kept)},
        orders=orders,
        least_share=LEAST_GENRE,
    )


def _told(genre: str, present: frozenset[str], heard: Sequence[str]) -> str:
    """The genre itself, or the one whose tag head is used for a genre that no track has."""
    return genre if genre in present or genre_with_head(genre) not in heard else genre_with_head(genre)


def _genre_words(present: frozenset[str], aliases: GenreAliases) -> dict[str, str]:
    """Every squeezed word that names a genre which is known here."""
    known = genre_finder(present, aliases)
    words = [*PARENTS, *PARENTS.values(), *GENRE_WORDS, *ALIASES, *present]
    words += [*aliases.parents, *aliases.folds, *aliases.spellings.values()]
    found = {squeeze(word): known(word) for word in words}
    return {word: found[word] for word in sorted(found) if word and found[word] and word not in NO_GENRE}
