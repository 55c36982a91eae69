"""Explains why a track's genre is guessed, or is not: the output of each predictor, and their combination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.genres.families import GenreTree
from musicemb.core.genres.family_table import JOINT
from musicemb.core.genres.names import fold_genre, spell_genre
from musicemb.core.genres.predictions import HEAD
from musicemb.core.sound_tags.passages import find_passages
from musicemb.core.sound_tags.track_sounds import sounds_of
from musicemb.core.sound_tags.values import sum_up
from musicemb.core.vectors.pooling import dequantise
from musicemb.errors import TrackNotFound
from musicemb.records import NOISE, Floats64, Reasons, Track, Voter
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.decide import choose_guess, nearest_word
from musicemb.workflows.genres.guess import odds_of
from musicemb.workflows.genres.nearby import gather_evidence
from musicemb.workflows.genres.vocabulary import GuessPreferences, read_preferences

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import GenreHead, Passage, TagHeads

SHOWN = 5
"""Number of genres whose probability is given."""


def explain_guess(
    catalogue: Catalogue,
    track: Track,
    genre_head: GenreHead | None,
    settings: GuessSettings | None = None,
    *,
    preferences: GuessPreferences | None = None,
    tag_heads: TagHeads | None = None,
) -> Reasons:
    """Explain the guess of a track's genre. Nothing is stored.

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
    everyone = ensemble.with_company(row)
    place = int(np.searchsorted(everyone, row[0]))
    predictions = ensemble.predict(everyone)
    preferences = preferences or read_preferences(catalogue)
    told = ensemble.tell(everyone, predictions)
    tree, wording = ensemble.tree, inputs.wording
    worth_of_all = tree.roll_up(told)
    combined, worth = told[place], worth_of_all[place]
    odds = odds_of(inputs, ensemble, predictions, worth_of_all, np.array([place]))[0]
    guess = None if odds is None else choose_guess(odds, wording, preferences)
    free = None if odds is None else choose_guess(odds, wording, replace(preferences, vocabulary=()))
    threshold = odds.threshold if odds else ensemble.settings.threshold
    spelled = {fold: word for word in preferences.vocabulary for fold in fold_genre(word, inputs.aliases)[:1]}
    names = [spelled.get(genre) or spell_genre(genre, wording.spellings) for genre in tree.nodes]
    voted = len(tree.members.T)
    wide = [
        node
        for node in np.argsort(-worth, kind="stable").tolist()
        if tree.members[node].sum() > 1 and (node < voted or tree.nodes[node] not in JOINT)
    ]
    wide = [node for node in wide if not _above(node, tree) & set(wide)][:SHOWN]
    available = ensemble.available(predictions, place)
    likeliest = {}
    for name in available:
        likeliest[name] = _likeliest(predictions.shares[name][place], names)
    company, says = ensemble.ask_company(everyone, predictions, place)
    evidence, votes = inputs.evidence, predictions.votes
    heard = [inputs.recordings[voter][0] for voter in votes.rows[place].tolist() if voter >= 0]
    known = catalogue.tracks_of([inputs.recordings[row[0]][0], *heard])
    voters = [
        Voter(
            known[inputs.recordings[voter][0]],
            tuple(spell_genre(genre, wording.spellings) for genre in evidence.genres[voter]),
            float(similarity),
            float(weight),
        )
        for voter, similarity, weight in zip(
            votes.rows[place].tolist(), votes.similarities[place], votes.weights[place], strict=True
        )
        if voter >= 0
    ]
    of_head: dict[str, float] = {}
    if evidence.head is not None and predictions.available[HEAD][place]:
        head = evidence.head[row[0]]
        order = np.argsort(-head, kind="stable")[:SHOWN].tolist()
        of_head = {evidence.labels[label]: float(head[label]) for label in order}
    sounds = () if tag_heads is None else sounds_of(evidence.vectors[row[0]], tag_heads)
    cluster = known[inputs.recordings[row[0]][0]].cluster
    names_of = {one.id: one.name for one in catalogue.clusters(encoder_id)}
    return Reasons(
        track=track,
        guess=guess,
        threshold=threshold if preferences.min_confidence is None else preferences.min_confidence,
        likely=_likeliest(combined, names),
        company=company,
        company_says=_likeliest(says, names),
        families={names[node]: float(worth[node]) for node in wide if worth[node] > 0},
        shares=likeliest,
        weights=ensemble.member_weights(predictions, place) if available else {},
        voters=tuple(voters),
        head=of_head,
        cluster=cluster,
        nearest_name="" if track.nearest is None else names_of.get(track.nearest, ""),
        cluster_name="" if cluster in (None, NOISE) else names_of.get(cluster or 0, ""),
        tried=ensemble.fitted_on,
        outside=() if free is None or guess is not None else free.genres,
        sounds=sounds,
        values=None if tag_heads is None else sum_up(sounds),
        passages=None if tag_heads is None else _passages(catalogue, track, tag_heads),
        closest=("", 0.0) if odds is None else nearest_word(odds, wording, preferences),
    )


def _above(node: int, tree: GenreTree) -> set[int]:
    found = set()
    while (node := tree.parents[node]) >= 0:
        found.add(node)
    return found


def _likeliest(shares: Floats64, names: Sequence[str]) -> dict[str, float]:
    order = np.argsort(-shares[:-1], kind="stable")[:SHOWN].tolist()
    return {names[node]: float(shares[node]) for node in order if shares[node] > 0}


def _passages(catalogue: Catalogue, track: Track, heads: TagHeads) -> tuple[Passage, ...] | None:
    """When there is a voice, speech or noise, where segments are stored."""
    segments = catalogue.segments(track.id, catalogue.active_encoder or "")
    if segments is None or segments.codes.shape[1] != len(heads.mean):
        return None
    return find_passages(dequantise(segments), segments.starts, heads, track.duration)
