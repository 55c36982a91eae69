"""Why a track's genre is guessed, or is not: what each predictor gives, and all of them together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.genres.ensemble import HEAD, fit_ensemble
from musicemb.core.genres.names import spell_genre
from musicemb.errors import TrackNotFound
from musicemb.records import NOISE, GenreHead, Reasons, Track, Voter
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.guess import decide, load_guess_inputs
from musicemb.workflows.genres.vocabulary import read_preferences

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

SHOWN = 5
"""Genres of which a probability is told."""


def explain_guess(
    catalogue: Catalogue, track: Track, genre_head: GenreHead | None, settings: GuessSettings | None = None
) -> Reasons:
    """Tell why a track's genre is guessed as it is. Nothing is stored.

    Parameters
    ----------
    catalogue : Catalogue
    track : Track
        In the catalogue.
    genre_head : GenreHead or None
        The active encoder's.
    settings : GuessSettings, optional

    Returns
    -------
    Reasons

    Raises
    ------
    TrackNotFound
        If the active encoder has no vector of it.
    """
    encoder_id = catalogue.active_encoder or ""
    inputs = load_guess_inputs(catalogue, encoder_id, genre_head)
    if track.id not in inputs.rows:
        raise TrackNotFound(f"{track.path} is gone or was not embedded yet: run musicemb scan")
    row = np.array([inputs.rows[track.id]])
    ensemble = fit_ensemble(inputs.evidence, settings or GuessSettings(), inputs.aliases)
    predictions = ensemble.predict(row)
    preferences = read_preferences(catalogue)
    (decision,) = decide(inputs, ensemble, predictions, row, preferences, shown=SHOWN)
    (free,) = decide(inputs, ensemble, predictions, row, replace(preferences, vocabulary=()))
    names = [spell_genre(genre, inputs.spellings) for genre in ensemble.candidates]
    available = ensemble.available(predictions, 0)
    likeliest = {}
    for name in available:
        shares = predictions.shares[name][0]
        best = np.argsort(-shares[:-1], kind="stable")[:SHOWN].tolist()
        likeliest[name] = {names[place]: float(shares[place]) for place in best if shares[place] > 0}
    evidence, votes = inputs.evidence, predictions.votes
    voters = [
        Voter(
            inputs.recordings[voter][0],
            tuple(spell_genre(genre, inputs.spellings) for genre in evidence.genres[voter]),
            float(similarity),
            float(weight),
        )
        for voter, similarity, weight in zip(
            votes.rows[0].tolist(), votes.similarities[0], votes.weights[0], strict=True
        )
        if voter >= 0
    ]
    of_head: dict[str, float] = {}
    if evidence.head is not None and predictions.available[HEAD][0]:
        head = evidence.head[row[0]]
        order = np.argsort(-head, kind="stable")[:SHOWN].tolist()
        of_head = {evidence.labels[place]: float(head[place]) for place in order}
    cluster = inputs.recordings[row[0]][0].cluster
    known = {one.id: one.name for one in catalogue.clusters(encoder_id)}
    return Reasons(
        track=track,
        guess=decision.guess,
        threshold=decision.threshold,
        likely=decision.probabilities,
        families=decision.families,
        shares=likeliest,
        weights=ensemble.member_weights(predictions, 0) if available else {},
        voters=tuple(voters),
        head=of_head,
        cluster=cluster,
        nearest_name="" if track.nearest is None else known.get(track.nearest, ""),
        cluster_name="" if cluster in (None, NOISE) else known.get(cluster or 0, ""),
        tried=ensemble.fitted_on,
        outside=() if free.guess is None or decision.guess is not None else free.guess.genres,
    )
