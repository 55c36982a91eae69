"""Why a track's genre is guessed, or is not: what each predictor gives, and all of them together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.genres.ensemble import HEAD
from musicemb.core.genres.family_table import JOINT
from musicemb.core.genres.names import fold_genre, spell_genre
from musicemb.core.sound_tags.hearing import hear_sounds
from musicemb.core.sound_tags.values import sum_up
from musicemb.errors import TrackNotFound
from musicemb.records import NOISE, Reasons, Track, Voter
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.decide import say
from musicemb.workflows.genres.guess import odds_of
from musicemb.workflows.genres.nearby import gather_evidence
from musicemb.workflows.genres.vocabulary import GuessPreferences, read_preferences

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import GenreHead, TagHeads

SHOWN = 5
"""Genres of which a probability is told."""


def explain_guess(
    catalogue: Catalogue,
    track: Track,
    genre_head: GenreHead | None,
    settings: GuessSettings | None = None,
    *,
    preferences: GuessPreferences | None = None,
    tag_heads: TagHeads | None = None,
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
    preferences : GuessPreferences, optional
        Default: what the listener asked for at the last scan that said so.
    tag_heads : TagHeads, optional
        The active encoder's, for what it hears besides genres.

    Returns
    -------
    Reasons

    Raises
    ------
    TrackNotFound
        If the active encoder has no vector of it.
    """
    encoder_id = catalogue.active_encoder or ""
    inputs, ensemble = gather_evidence(catalogue, track, genre_head, settings or GuessSettings())
    if track.id not in inputs.rows:
        raise TrackNotFound(f"{track.path} is gone or was not embedded yet: run musicemb scan")
    row = np.array([inputs.rows[track.id]])
    predictions = ensemble.predict(row)
    preferences = preferences or read_preferences(catalogue)
    combined = ensemble.combine(predictions)
    tree, wording = ensemble.tree, inputs.wording
    worth = tree.roll_up(combined)[0]
    odds = odds_of(inputs, ensemble, predictions, worth, 0)
    guess = None if odds is None else say(odds, wording, preferences)
    free = None if odds is None else say(odds, wording, replace(preferences, vocabulary=()))
    threshold = odds.threshold if odds else ensemble.settings.threshold
    spelled = {fold: word for word in preferences.vocabulary for fold in fold_genre(word, inputs.aliases)[:1]}
    names = [spelled.get(genre) or spell_genre(genre, wording.spellings) for genre in tree.nodes]
    best = np.argsort(-combined[0, :-1], kind="stable")[:SHOWN].tolist()
    voted = len(tree.members.T)
    wide = [
        node
        for node in np.argsort(-worth, kind="stable").tolist()
        if tree.members[node].sum() > 1 and (node < voted or tree.nodes[node] not in JOINT)
    ][:SHOWN]
    available = ensemble.available(predictions, 0)
    likeliest = {}
    for name in available:
        shares = predictions.shares[name][0]
        order = np.argsort(-shares[:-1], kind="stable")[:SHOWN].tolist()
        likeliest[name] = {names[place]: float(shares[place]) for place in order if shares[place] > 0}
    evidence, votes = inputs.evidence, predictions.votes
    voters = [
        Voter(
            inputs.recordings[voter][0],
            tuple(spell_genre(genre, wording.spellings) for genre in evidence.genres[voter]),
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
    sounds = () if tag_heads is None else hear_sounds(evidence.vectors[row[0]], tag_heads)
    cluster = inputs.recordings[row[0]][0].cluster
    known = {one.id: one.name for one in catalogue.clusters(encoder_id)}
    return Reasons(
        track=track,
        guess=guess,
        threshold=threshold if preferences.min_confidence is None else preferences.min_confidence,
        likely={names[node]: float(combined[0, node]) for node in best},
        families={names[node]: float(worth[node]) for node in wide if worth[node] > 0},
        shares=likeliest,
        weights=ensemble.member_weights(predictions, 0) if available else {},
        voters=tuple(voters),
        head=of_head,
        cluster=cluster,
        nearest_name="" if track.nearest is None else known.get(track.nearest, ""),
        cluster_name="" if cluster in (None, NOISE) else known.get(cluster or 0, ""),
        tried=ensemble.fitted_on,
        outside=() if free is None or guess is not None else free.genres,
        sounds=sounds,
        values=None if tag_heads is None else sum_up(sounds),
    )
