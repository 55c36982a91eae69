"""Guess the genres of a library's tracks: by the listener's own tagged tracks, the genre head and the clusters."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.genres.aliases import NOBODY, squeeze
from musicemb.core.genres.ensemble import GenreEnsemble, fit_ensemble
from musicemb.core.genres.family_table import JOINT
from musicemb.core.genres.names import apply_head, fold_artist, fold_genre, fold_genres
from musicemb.core.genres.predictions import HEAD, NEIGHBOURS, Predictions, leading_predictors
from musicemb.core.genres.voters import GenreEvidence, Votes, find_votes
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import NOISE, Floats64, GenreAliases, GenreOdds, Guess, Integers, Track
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.decide import Wording, say_all, wording_of
from musicemb.workflows.genres.vocabulary import GuessPreferences, note_used, read_preferences

if TYPE_CHECKING:
    from musicemb.records import GenreHead

_BLOCK = 4096
"""Recordings guessed at once: three predictors' shares of some hundred genres then fill 40 MB."""
_LIKELY = 16
"""Words kept of each track."""
_UNLIKELY = 0.005
"""Words below this are not kept."""


@dataclass(frozen=True)
class GuessInputs:
    """What the guesses of a library are made from."""

    recordings: tuple[tuple[Track, ...], ...]
    """Tracks of equal audio together; a row of `evidence` each."""
    evidence: GenreEvidence
    wording: Wording
    """How the listener speaks of genres."""
    head_threshold: float
    """Confidence that it takes where only the head is available."""
    rows: dict[int, int]
    """Track id -> row."""
    aliases: GenreAliases
    """The listener's own, that genres were folded by."""


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
    odds = find_odds(inputs, settings, votes=votes)
    preferences = read_preferences(catalogue)
    guesses = say_all(odds, inputs.wording, preferences)
    with catalogue.transaction():
        catalogue.put_guesses(encoder_id, guesses)
        catalogue.put_odds(encoder_id, odds)
        note_used(catalogue, preferences)
    return guesses


def guess_newcomers(
    catalogue: Catalogue, encoder_id: str, genre_head: GenreHead | None, tracks: Collection[int]
) -> dict[int, Guess]:
    """Guess genres for some tracks, in whatever groups they are by now; of all others what was guessed stays.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    genre_head : GenreHead or None
        The encoder's.
    tracks : collection of track ids

    Returns
    -------
    dict of track id to Guess
        Of these; those that the predictors are not sure about are left out.

    Raises
    ------
    CatalogueError
    """
    inputs = load_guess_inputs(catalogue, encoder_id, genre_head)
    rows = np.array(sorted({inputs.rows[track] for track in tracks if track in inputs.rows}), dtype=np.int64)
    odds = find_odds(inputs, GuessSettings(), only=rows)
    guesses = say_all(odds, inputs.wording, read_preferences(catalogue))
    asked = [track.id for row in rows.tolist() for track in inputs.recordings[row]]
    catalogue.add_guesses(encoder_id, asked, guesses, odds)
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
    albums: dict[tuple[str, str], int] = {}
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
        np.array([_album_of(same[0], albums) for same in recordings], dtype=np.int64),
    )
    return GuessInputs(
        recordings,
        evidence,
        wording_of((word for each in said for word in each), catalogue.aliases),
        1.0 if head is None else max(head.threshold, GuessSettings().head_threshold),
        {track.id: row for row, same in enumerate(recordings) for track in same},
        catalogue.aliases,
    )


def guess_all(inputs: GuessInputs, settings: GuessSettings, preferences: GuessPreferences) -> dict[int, Guess]:
    """Guess all tracks; nothing is stored.

    Parameters
    ----------
    inputs : GuessInputs
    settings : GuessSettings
    preferences : GuessPreferences

    Returns
    -------
    dict of track id to Guess
    """
    return say_all(find_odds(inputs, settings), inputs.wording, preferences)


def find_odds(
    inputs: GuessInputs, settings: GuessSettings, *, votes: Votes | None = None, only: Integers | None = None
) -> dict[int, GenreOdds]:
    """What is likely of each track; nothing is stored.

    Parameters
    ----------
    inputs : GuessInputs
    settings : GuessSettings
    votes : Votes, optional
        Of all recordings.
    only : ndarray of int64, optional
        The rows to look at.

    Returns
    -------
    dict of track id to GenreOdds
        Tracks of which no predictor knows anything are left out.
    """
    if not inputs.recordings:
        return {}
    ensemble = fit_ensemble(inputs.evidence, settings, inputs.aliases)
    found: dict[int, GenreOdds] = {}
    # An artist's tracks are asked about together, as each speaks for the others.
    order = np.argsort(inputs.evidence.artists, kind="stable")
    order = order if only is None else order[np.isin(order, only)]
    for start in range(0, len(order), _BLOCK):
        asked = np.sort(order[start : start + _BLOCK])
        rows = ensemble.with_company(asked)
        chosen = None if votes is None else votes.select(rows)
        predictions = ensemble.predict(rows, chosen)
        worth = ensemble.tree.roll_up(ensemble.tell(rows, predictions))
        places = np.searchsorted(rows, asked)
        for row, odds in zip(asked.tolist(), odds_of(inputs, ensemble, predictions, worth, places), strict=True):
            if odds is not None:
                found.update({track.id: odds for track in inputs.recordings[row]})
    return found


def odds_of(
    inputs: GuessInputs, ensemble: GenreEnsemble, predictions: Predictions, worth: Floats64, places: Integers
) -> list[GenreOdds | None]:
    """What is likely of some recordings.

    Parameters
    ----------
    inputs : GuessInputs
    ensemble : GenreEnsemble
    predictions : Predictions
    worth : ndarray [shape=(m, n_nodes)], float64
        Of the tree's nodes, for all that were asked about.
    places : ndarray [shape=(p,)], int64
        Of the recordings among those.

    Returns
    -------
    list of GenreOdds or None
        One for each; None where no predictor knows anything.
    """
    tree, voted = ensemble.tree, len(ensemble.candidates)
    known = np.array([node for node, genre in enumerate(tree.nodes) if node < voted or genre not in JOINT])
    near, head = (predictions.available[name][places] for name in (NEIGHBOURS, HEAD))
    told = np.flatnonzero(near | head)
    found: list[GenreOdds | None] = [None] * len(places)
    if not len(told) or not len(known):
        return found
    order = known[np.argsort(-worth[places[told]][:, known], axis=1, kind="stable")[:, :_LIKELY]]
    sure = np.take_along_axis(worth[places[told]], order, axis=1)
    inside = (tree.members[order[:, 0]] > 0).astype(np.float64)
    settings = ensemble.settings
    leading = leading_predictors(predictions, places[told], inside, ensemble.weights, settings.floor)
    kept = (sure >= _UNLIKELY).sum(axis=1).tolist()
    thresholds = np.where(near[told], settings.threshold, inputs.head_threshold).tolist()
    for place, nodes, values, count, threshold, predictor in zip(
        told.tolist(), order.tolist(), sure.tolist(), kept, thresholds, leading, strict=True
    ):
        likely = {tree.nodes[nodes[at]]: round(values[at], 4) for at in range(count)}
        found[place] = GenreOdds(likely, threshold, predictor)
    return found


def _album_of(track: Track, numbers: dict[tuple[str, str], int]) -> int:
    """A number for the album that a track is on, by its artist; -1 where nobody knows whose it is."""
    artist = fold_artist(track.tags.artist)
    if not artist or squeeze(artist) in NOBODY:
        return -1
    return numbers.setdefault((artist, " ".join(track.tags.album.casefold().split())), len(numbers))


def _fold_label(label: str, aliases: GenreAliases) -> str:
    folds = fold_genre(label, aliases)
    return folds[0] if len(folds) == 1 else label
