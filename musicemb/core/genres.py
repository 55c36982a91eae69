"""Genre words and genre guesses: what words mean, who may vote, and how sure the result is."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from musicemb.core.genre_words import ALIASES, ID3_NAMES, NO_GENRE, WHOLE, squeeze
from musicemb.records import Floats, GenreHead, Guess
from musicemb.settings import SPELLINGS, GuessSettings

_LONGEST = 60
"""Characters of a word; what is longer is a sentence, not a genre."""
_MOST = 8
"""Genres taken from one value; a tag of 10 kB is a mistake, not a wish."""
_HARD = re.compile(r"[;|\\\x00\n\r\t；、]")
_COMMA = re.compile(r"[,，]")
_CONJUNCTION = re.compile(r"^((&|\+|and\s|and$)\s*)+", re.IGNORECASE)
_ID3 = re.compile(r"\((\d{1,3})\)")
_BRACKETS = "()[]{}<>\"'"
_NOTHING = re.compile(r"(genre|genero|track|disc|cd|tag)?\d*")
_KNOWN = ALIASES.keys() | NO_GENRE
_UNWRITABLE = re.compile(r"[/;\x00]")


@dataclass(frozen=True)
class Vote:
    """What one tagged track near another says about it."""

    genres: tuple[str, ...]
    """Folded; not empty."""
    artist: str
    """Folded by `fold_artist`; "" where unknown, which counts as one artist."""
    similarity: float
    """Cosine to the track that is voted on."""


def fold_genre(word: str) -> tuple[str, ...]:
    """The genres that a word from a tag names, free of spelling.

    Parameters
    ----------
    word : str
        One value as written in a file. It may hold several genres ("Rock; Pop", "Rock, Pop",
        "Rock/Pop") and references to numbered ones ("(17)", "(4)Eurodisco").

    Returns
    -------
    tuple of str
        Lower case, each once, in the order of the word; () where it names none ("Other",
        "genre2", "Audiobook", a number, nothing). See `core.genre_words` for the table.
    """
    return tuple(dict.fromkeys(fold for fold, _ in _read(word)))


def fold_genres(words: Iterable[str]) -> tuple[str, ...]:
    """The genres that several words name together, each once.

    Parameters
    ----------
    words : iterable of str

    Returns
    -------
    tuple of str
    """
    return tuple(dict.fromkeys(fold for word in words for fold in fold_genre(word)))


def fold_artist(name: str) -> str:
    """An artist's name without what spelling changes ("The Beatles" and "beatles" are one).

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    key = squeeze(re.sub(r"^the\s+|,\s*the$", "", name.strip(), flags=re.IGNORECASE))
    return key or name.strip().casefold()


def own_spellings(words: Iterable[str]) -> dict[str, str]:
    """How the listener writes each genre: their commonest spelling of it.

    Parameters
    ----------
    words : iterable of str
        All the listener's genre values, repeated as often as they occur.

    Returns
    -------
    dict of str to str
        Folded genre -> spelling; of equally common ones the first in the alphabet. A spelling
        that no tag may hold ('/', ';', NUL) is left out.
    """
    counts: dict[str, Counter[str]] = {}
    for word in words:
        for fold, spelling in _read(word):
            if not _UNWRITABLE.search(spelling):
                counts.setdefault(fold, Counter())[spelling] += 1
    return {fold: min(found, key=lambda text: (-found[text], text)) for fold, found in counts.items()}


def spell_genre(fold: str, own: Mapping[str, str] | None = None) -> str:
    """A folded genre as people write it.

    Parameters
    ----------
    fold : str
    own : mapping of str to str, optional
        The listener's spellings (`own_spellings`): they come first.

    Returns
    -------
    str
        Fit for a tag: without '/', ';' and NUL.
    """
    if own and fold in own:
        return own[fold]
    if fold in SPELLINGS:
        return SPELLINGS[fold]
    capitals = re.sub(r"(?<![^\s-])\w", lambda first: first[0].upper(), fold)
    return _UNWRITABLE.sub(" ", capitals).replace(" And ", " and ")


def apply_head(vectors: Floats, head: GenreHead) -> Floats:
    """Probabilities of the genre head's labels.

    Parameters
    ----------
    vectors : ndarray [shape=(n, n_dimensions)], float32
        Track vectors of the head's own encoder.
    head : GenreHead

    Returns
    -------
    ndarray [shape=(n, n_labels)], float32
        Rows sum to 1; a row that is not finite stays so.
    """
    rows = np.atleast_2d(np.asarray(vectors, dtype=np.float64))
    scale = np.where(head.scale > 0, head.scale, 1.0)
    scores = ((rows - head.mean) / scale) @ head.weights + head.bias
    scores = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(scores / scores.sum(axis=1, keepdims=True), dtype=np.float32)


def count_votes(votes: Sequence[Vote], settings: GuessSettings) -> dict[str, float]:
    """How sure the neighbours are of each genre.

    A vote weighs `exp((similarity - best similarity) / temperature)`; the n tracks of one artist
    weigh sqrt(n) together, since they are rarely of different opinion; a track with several genres
    splits its vote. `vote_doubt` is added to the sum, so that few votes never make a certainty.

    Parameters
    ----------
    votes : sequence of Vote
    settings : GuessSettings

    Returns
    -------
    dict of str to float
        Folded genre -> confidence, 0 to 1, summing to less than 1; the strongest first, equals in
        alphabetical order.
    """
    if not votes:
        return {}
    best = max(vote.similarity for vote in votes)
    artists = Counter(vote.artist for vote in votes)
    sums: dict[str, float] = {}
    for vote in votes:
        weight = float(np.exp((vote.similarity - best) / settings.vote_temperature)) / artists[vote.artist] ** 0.5
        for genre in vote.genres:
            sums[genre] = sums.get(genre, 0.0) + weight / len(vote.genres)
    total = sum(sums.values()) + settings.vote_doubt
    ranked = sorted(sums, key=lambda genre: (-sums[genre], genre))
    return {genre: sums[genre] / total for genre in ranked}


def guess_genre(
    votes: Sequence[Vote],
    head_row: Floats | None = None,
    head: GenreHead | None = None,
    settings: GuessSettings | None = None,
    own: Mapping[str, str] | None = None,
) -> Guess | None:
    """The genre of one track: its tagged neighbours speak, else the bundle's genre head.

    Parameters
    ----------
    votes : sequence of Vote
        Of the tagged tracks among its nearest ones; never of the track itself or a copy of it.
    head_row : ndarray [shape=(n_labels,)], optional
        The track's row of `apply_head`.
    head : GenreHead, optional
    settings : GuessSettings, optional
    own : mapping of str to str, optional
        The listener's spellings (`own_spellings`): a guess is made in their words.

    Returns
    -------
    Guess or None
        None where no witness is sure enough, or nobody may speak.
    """
    settings = settings or GuessSettings()
    artists = {vote.artist for vote in votes}
    if len(votes) >= settings.minimum_votes and len(artists) >= settings.minimum_artists:
        genre, confidence = next(iter(count_votes(votes, settings).items()))
        if confidence >= settings.vote_threshold:
            return Guess(spell_genre(genre, own), round(confidence, 4), "neighbours")
    if head is None or head_row is None or not len(head.labels) or not np.isfinite(head_row).all():
        return None
    place = int(np.argmax(head_row))
    confidence = float(head_row[place])
    if confidence < head.threshold:
        return None
    folds = fold_genre(head.labels[place])
    label = folds[0] if len(folds) == 1 else head.labels[place]
    return Guess(spell_genre(label, own), round(confidence, 4), "genre head")


def _read(word: str) -> Iterator[tuple[str, str]]:
    """Folded genre and spelling of each genre in a value."""
    count = 0
    for part in _parts(word):
        fold = _fold(part)
        if fold:
            yield fold, part
            count += 1
            if count == _MOST:
                return


def _parts(word: str) -> Iterator[str]:
    """A value cut into single genres; a known genre that holds a slash ("Hip-Hop/Rap") stays whole."""
    for outer in _HARD.split(_name_numbers(unicodedata.normalize("NFKC", word))):
        for inner in [outer] if squeeze(outer) in WHOLE else _COMMA.split(outer):
            # "Rock, Pop & Folk" and "Rock, and Pop" leave a conjunction behind the last comma.
            text = _CONJUNCTION.sub("", inner.strip())
            for part in [text] if squeeze(text) in _KNOWN else text.split("/"):
                yield _CONJUNCTION.sub("", part.strip())


def _name_numbers(word: str) -> str:
    """ID3's "(17)" and "(4)Eurodisco" by their names."""
    if not word.startswith("(") or word.startswith("(("):  # "((" is its escape for a parenthesis
        return word
    return _ID3.sub(lambda found: "".join(ID3_NAMES[int(found[1]) :][:1]) + ";", word)


def _fold(part: str) -> str:
    if len(part) > _LONGEST:
        return ""
    text = _plain(part)
    while text != part:  # what is stripped of one thing may begin with another
        part, text = text, _plain(text)
    key = squeeze(text)
    if not key or key in NO_GENRE or _NOTHING.fullmatch(key):
        return ""
    return ALIASES.get(key, text)


def _plain(part: str) -> str:
    """Small letters, one space between words, no brackets around and no conjunction in front."""
    text = unicodedata.normalize("NFKC", part.casefold()).replace("’", "'").replace("&", " and ")
    words = re.split(r"[\s_]+|(?<=\w)[-.](?=\w)", text)
    text = _CONJUNCTION.sub("", " ".join(words).strip())
    return text.strip(_BRACKETS).strip() if text[:1] in _BRACKETS else text
