"""Guess the genres of a library's tracks: by the listener's own tagged tracks, the genre head and the clusters."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from musicemb.core.genres.choice import choose_genres
from musicemb.core.genres.ensemble import HEAD, GenreEnsemble, Predictions, fit_ensemble, leading_predictor
from musicemb.core.genres.families import GenreTree, ancestors_of
from musicemb.core.genres.family_table import JOINT
from musicemb.core.genres.names import apply_head, fold_artist, fold_genre, fold_genres, own_spellings, spell_genre
from musicemb.core.genres.voters import GenreEvidence, Votes, find_votes
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import NOISE, Encoder, Floats64, GenreAliases, GenreHead, Guess, Integers, Track
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.vocabulary import GuessPreferences, read_preferences

_BLOCK = 4096
"""Recordings guessed at once: three predictors' shares of some hundred genres then fill 40 MB."""


@dataclass(frozen=True)
class GuessInputs:
    """What the guesses of a library are made from."""

    recordings: tuple[tuple[Track, ...], ...]
    """Tracks of equal audio together; a row of `evidence` each."""
    evidence: GenreEvidence
    spellings: dict[str, str]
    """Folded genre -> how the listener writes it."""
    head_threshold: float
    """Confidence that it takes where only the head is available."""
    rows: dict[int, int]
    """Track id -> row."""
    aliases: GenreAliases
    """The listener's own, that genres were folded by."""


@dataclass(frozen=True)
class Decision:
    """What is guessed of one recording, and from which probabilities."""

    guess: Guess | None
    probabilities: dict[str, float]
    """Of the likeliest genres, by all predictors together; the best first."""
    families: dict[str, float]
    """Of the likeliest families, with all that belongs to them; those that are no candidates themselves, or have
    others below them."""
    threshold: float


def guess_genres(
    catalogue: Catalogue,
    encoder_id: str,
    genre_head: GenreHead | None,
    settings: GuessSettings | None = None,
    *,
    votes: Votes | None = None,
) -> dict[int, Guess]:
    """Guess genres for all tracks of a library and store them.

    Tracks that have a genre are guessed too (`tag --policy replace` needs it); their own word has no
    vote, nor has that of a copy (a file of equal audio). What we wrote to tags ourselves never votes,
    and neither do mixes, unless asked for.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    genre_head : GenreHead or None
        The encoder's.
    settings : GuessSettings, optional
    votes : Votes, optional
        From `neighbour_votes`: not looked for again.

    Returns
    -------
    dict of track id to Guess
        Tracks that the predictors are not sure about are left out.

    Raises
    ------
    CatalogueError
    """
    settings = settings or GuessSettings()
    inputs = load_guess_inputs(catalogue, encoder_id, genre_head)
    guesses = guess_all(inputs, settings, read_preferences(catalogue), votes=votes)
    catalogue.put_guesses(encoder_id, guesses)
    return guesses


def neighbour_votes(catalogue: Catalogue, encoder_id: str, settings: GuessSettings | None = None) -> Votes:
    """The nearest tagged tracks of all tracks, which is what takes long in a large library.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    settings : GuessSettings, optional

    Returns
    -------
    Votes
        They hold as long as no track, vector or tag changes.
    """
    evidence = load_guess_inputs(catalogue, encoder_id, None).evidence
    return find_votes(evidence, np.arange(len(evidence.genres)), settings or GuessSettings())


def load_guess_inputs(
    catalogue: Catalogue,
    encoder_id: str,
    genre_head: GenreHead | None,
    *,
    hidden: Callable[[Track], bool] | None = None,
) -> GuessInputs:
    """Gather what guesses are made from.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    genre_head : GenreHead or None
    hidden : callable, optional
        Tracks whose genres are hidden from the predictors.

    Returns
    -------
    GuessInputs
    """
    ids, vectors = catalogue.vectors(encoder_id)
    by_id = {track.id: track for track in catalogue.tracks(encoder_id=encoder_id)}
    with_mixes = catalogue.with_mixes
    groups: dict[str, list[int]] = {}
    for row, track_id in enumerate(ids.tolist()):
        groups.setdefault(by_id[track_id].payload_hash or f"track {track_id}", []).append(row)
    recordings = tuple(tuple(by_id[int(ids[row])] for row in rows) for rows in groups.values())
    vectors = vectors[[rows[0] for rows in groups.values()]]

    def words(track: Track) -> tuple[str, ...]:
        silent = (track.is_mix and not with_mixes) or (hidden is not None and hidden(track))
        return () if silent else track.tags.listener_genres

    said = [tuple(word for track in same for word in words(track)) for same in recordings]
    artists: dict[str, int] = {}
    head = genre_head if genre_head is not None and len(genre_head.labels) else None
    evidence = GenreEvidence(
        vectors,
        tuple(fold_genres(each, catalogue.aliases) for each in said),
        np.array(
            [artists.setdefault(fold_artist(same[0].tags.artist), len(artists)) for same in recordings], dtype=np.int64
        ),
        np.array([NOISE if same[0].cluster is None else same[0].cluster for same in recordings], dtype=np.int64),
        None if head is None or not recordings else apply_head(vectors, head),
        () if head is None else tuple(_fold_label(label, catalogue.aliases) for label in head.labels),
    )
    return GuessInputs(
        recordings,
        evidence,
        own_spellings((word for each in said for word in each), catalogue.aliases),
        1.0 if head is None else head.threshold,
        {track.id: row for row, same in enumerate(recordings) for track in same},
        catalogue.aliases,
    )


def guess_all(
    inputs: GuessInputs, settings: GuessSettings, preferences: GuessPreferences, *, votes: Votes | None = None
) -> dict[int, Guess]:
    """Guess all tracks; nothing is stored.

    Parameters
    ----------
    inputs : GuessInputs
    settings : GuessSettings
    preferences : GuessPreferences
    votes : Votes, optional

    Returns
    -------
    dict of track id to Guess
    """
    if not inputs.recordings:
        return {}
    ensemble = fit_ensemble(inputs.evidence, settings, inputs.aliases)
    guesses: dict[int, Guess] = {}
    for start in range(0, len(inputs.recordings), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(inputs.recordings)))
        found = None if votes is None else votes.select(rows)
        decisions = decide(inputs, ensemble, ensemble.predict(rows, found), rows, preferences)
        for row, decision in zip(rows.tolist(), decisions, strict=True):
            if decision.guess is not None:
                guesses.update({track.id: decision.guess for track in inputs.recordings[row]})
    return guesses


def guess_otherwise(
    catalogue: Catalogue,
    encoder: Callable[[], Encoder],
    *,
    vocabulary: Sequence[str] | None = None,
    max_genres: int | None = None,
) -> dict[int, Guess] | None:
    """Guesses under other preferences than those that the last scan was told; nothing is stored.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    encoder : callable
        Opens the library's encoder; called only where it is needed.
    vocabulary : sequence of str, optional
        Genres that may be guessed; empty: any. None: as the last scan was told.
    max_genres : int, optional
        Genres that a guess may name. None: as the last scan was told.

    Returns
    -------
    dict of track id to Guess, or None
        None where the preferences are the same: the guesses in the catalogue hold.
    """
    kept = read_preferences(catalogue)
    words = kept.vocabulary if vocabulary is None else tuple(vocabulary)
    preferences = GuessPreferences(words, max_genres or kept.max_genres)
    if preferences == kept or catalogue.active_encoder is None:
        return None
    opened = encoder()
    return guess_all(load_guess_inputs(catalogue, opened.id, opened.genre_head), GuessSettings(), preferences)


def decide(
    inputs: GuessInputs,
    ensemble: GenreEnsemble,
    predictions: Predictions,
    rows: Integers,
    preferences: GuessPreferences,
    *,
    shown: int = 0,
) -> list[Decision]:
    """Decide what is guessed.

    Parameters
    ----------
    inputs : GuessInputs
    ensemble : GenreEnsemble
    predictions : Predictions
        About these rows.
    rows : ndarray [shape=(m,)], int64
    preferences : GuessPreferences
    shown : int
        Likeliest genres to name with their probability.

    Returns
    -------
    list of Decision
    """
    # A word may have become no genre since, by an alias that came later.
    spelled = {fold: word for word in preferences.vocabulary for fold in fold_genre(word, inputs.aliases)[:1]}
    tree = ensemble.tree
    names = [spelled.get(genre) or spell_genre(genre, inputs.spellings) for genre in tree.nodes]
    sayable = _find_sayable(inputs, tree, spelled if preferences.vocabulary else None)
    above = {
        genre: tree.nodes[parent] if parent >= 0 else "" for genre, parent in zip(tree.nodes, tree.parents, strict=True)
    }
    combined: Floats64 = ensemble.combine(predictions)
    worth = tree.roll_up(combined)
    inner = [place for place in range(len(tree.nodes)) if tree.members[place].sum() > 1]
    decisions = []
    for place in range(len(rows)):
        alone = ensemble.available(predictions, place) == (HEAD,)
        threshold = inputs.head_threshold if alone else ensemble.settings.threshold
        mine = {tree.nodes[node]: float(worth[place, node]) for node in sayable}
        chosen, confidence = choose_genres(
            mine, above, threshold, most=preferences.max_genres, second_share=ensemble.settings.second_share
        )
        guess = None
        if chosen:
            said = [tree.nodes.index(genre) for genre in chosen]
            predictor = leading_predictor(ensemble, predictions, place, said[0])
            guess = Guess(tuple(names[node] for node in said), round(confidence, 4), predictor)
        best = np.argsort(-combined[place, :-1], kind="stable")[:shown]
        likely = {names[genre]: float(combined[place, genre]) for genre in best.tolist()}
        widest = sorted(inner, key=lambda node: -worth[place, node])[:shown]
        families = {names[node]: float(worth[place, node]) for node in widest if worth[place, node] > 0}
        decisions.append(Decision(guess, likely, families, threshold))
    return decisions


def _find_sayable(inputs: GuessInputs, tree: GenreTree, vocabulary: Container[str] | None) -> list[int]:
    """Words that may be said: those of the vocabulary; else any but families that most people keep apart, where the
    listener does so too."""
    if vocabulary is not None:
        return [place for place, genre in enumerate(tree.nodes) if genre in vocabulary]
    parts: dict[str, set[str]] = {genre: set() for genre in JOINT}
    words = {genre for genres in inputs.evidence.genres for genre in genres}
    for own in words:
        path = [own, *ancestors_of(own, inputs.aliases)]
        for below, above in pairwise(path):
            if above in parts:
                parts[above].add(below)
    apart = {genre for genre, below in parts.items() if len(below) > 1} - words
    return [place for place, genre in enumerate(tree.nodes) if genre not in apart]


def _fold_label(label: str, aliases: GenreAliases) -> str:
    folds = fold_genre(label, aliases)
    return folds[0] if len(folds) == 1 else label
