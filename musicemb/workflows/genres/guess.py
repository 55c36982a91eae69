"""Guess the genres of a library's tracks: by the listener's own tagged tracks, the genre head and the clusters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.genres.ensemble import GenreEnsemble, fit_ensemble
from musicemb.core.genres.family_table import JOINT
from musicemb.core.genres.predictions import HEAD, NEIGHBOURS, Predictions, find_votes_needed, leading_predictors
from musicemb.core.genres.voters import Votes, find_votes
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import Floats, Floats64, GenreOdds, Guess, Integers
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.decide import choose_guesses
from musicemb.workflows.genres.inputs import Guesser, GuessInputs, fit_guesser, load_guess_inputs
from musicemb.workflows.genres.vocabulary import GuessPreferences, note_used, read_preferences

if TYPE_CHECKING:
    from musicemb.records import GenreHead

_BLOCK = 4096
"""Recordings guessed per block: three predictors' shares of some hundred genres then take 40 MB."""
_LIKELY = 16
"""Words kept of each track."""
_UNLIKELY = 0.005
"""Words below this are not kept."""


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
    inputs = load_guess_inputs(catalogue, encoder_id, genre_head)
    odds = find_odds(inputs, settings or GuessSettings(), votes=votes)
    return store_guesses(catalogue, encoder_id, inputs, odds)


def store_guesses(
    catalogue: Catalogue, encoder_id: str, inputs: GuessInputs, odds: Mapping[int, GenreOdds]
) -> dict[int, Guess]:
    """Store the guesses and probabilities of a library's tracks, replacing the old ones.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    inputs : GuessInputs
    odds : mapping of track id to GenreOdds
        Of `find_odds`.

    Returns
    -------
    dict of track id to Guess

    Raises
    ------
    CatalogueError
    """
    preferences = read_preferences(catalogue)
    guesses = choose_guesses(odds, inputs.wording, preferences)
    with catalogue.transaction():
        catalogue.put_guesses(encoder_id, guesses)
        catalogue.put_odds(encoder_id, odds)
        note_used(catalogue, preferences)
    return guesses


def guess_newcomers(
    catalogue: Catalogue,
    encoder_id: str,
    genre_head: GenreHead | None,
    tracks: Collection[int],
    *,
    stored: tuple[Integers, Floats] | None = None,
    kept: Guesser | None = None,
) -> Guesser:
    """Guess genres for some tracks, in whatever groups they are by now; of all others what was guessed stays.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    genre_head : GenreHead or None
        The encoder's.
    tracks : collection of track ids
    stored : tuple of ids and vectors, optional
        Of `Catalogue.vectors`: not read again.
    kept : Guesser, optional
        Of all tracks as they are now, these among them. Default: gathered, and fitted anew.

    Returns
    -------
    Guesser
        What they were guessed with.

    Raises
    ------
    CatalogueError
    """
    if kept is None:
        kept = fit_guesser(load_guess_inputs(catalogue, encoder_id, genre_head, stored=stored))
    inputs = kept.inputs
    rows = np.array(sorted({inputs.rows[track] for track in tracks if track in inputs.rows}), dtype=np.int64)
    kept.hear(catalogue, encoder_id, rows)
    odds = find_odds(inputs, GuessSettings(), only=rows, ensemble=kept.ensemble)
    guesses = choose_guesses(odds, inputs.wording, read_preferences(catalogue))
    asked = [track for row in rows.tolist() for track in inputs.recordings[row]]
    catalogue.add_guesses(encoder_id, asked, guesses, odds)
    return kept


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
    return votes_on_all(load_guess_inputs(catalogue, encoder_id, None), settings)


def votes_on_all(inputs: GuessInputs, settings: GuessSettings | None = None) -> Votes:
    """The nearest tagged tracks of all recordings, for inputs that are at hand.

    Parameters
    ----------
    inputs : GuessInputs
    settings : GuessSettings, optional

    Returns
    -------
    Votes
    """
    return find_votes(inputs.evidence, np.arange(len(inputs.evidence.genres)), settings or GuessSettings())


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
    return choose_guesses(find_odds(inputs, settings), inputs.wording, preferences)


def find_odds(
    inputs: GuessInputs,
    settings: GuessSettings,
    *,
    votes: Votes | None = None,
    only: Integers | None = None,
    ensemble: GenreEnsemble | None = None,
) -> dict[int, GenreOdds]:
    """The genre probabilities of each track; nothing is stored.

    Parameters
    ----------
    inputs : GuessInputs
    settings : GuessSettings
    votes : Votes, optional
        Of all recordings.
    only : ndarray of int64, optional
        The rows to look at.
    ensemble : GenreEnsemble, optional
        Fitted on these inputs. Default: fitted now.

    Returns
    -------
    dict of track id to GenreOdds
        Tracks of which no predictor knows anything are left out.
    """
    if not inputs.recordings:
        return {}
    ensemble = ensemble or fit_ensemble(inputs.evidence, settings, inputs.aliases)
    found: dict[int, GenreOdds] = {}
    # An artist's tracks are guessed together, since each is evidence for the others.
    order = np.argsort(inputs.evidence.artists, kind="stable")
    order = order if only is None else order[np.isin(order, only)]
    for start in range(0, len(order), _BLOCK):
        asked = np.sort(order[start : start + _BLOCK])
        rows = ensemble.with_company(asked)
        if votes is None:
            chosen = find_votes_needed(inputs.evidence, rows, asked, ensemble.label_shares, settings)
        else:
            chosen = votes.select(rows)
        predictions = ensemble.predict(rows, chosen)
        worth = ensemble.tree.roll_up(ensemble.tell(rows, predictions))
        places = np.searchsorted(rows, asked)
        for row, odds in zip(asked.tolist(), odds_of(inputs, ensemble, predictions, worth, places), strict=True):
            if odds is not None:
                found.update(dict.fromkeys(inputs.recordings[row], odds))
    return found


def odds_of(
    inputs: GuessInputs, ensemble: GenreEnsemble, predictions: Predictions, worth: Floats64, places: Integers
) -> list[GenreOdds | None]:
    """The genre probabilities of some recordings.

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
    name = tree.nodes.__getitem__
    for place, nodes, values, count, threshold, predictor in zip(
        told.tolist(), order.tolist(), np.round(sure, 4).tolist(), kept, thresholds, leading, strict=True
    ):
        likely = dict(zip(map(name, nodes[:count]), values[:count], strict=True))
        found[place] = GenreOdds(likely, threshold, predictor)
    return found
