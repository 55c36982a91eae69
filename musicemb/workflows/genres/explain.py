"""Why a track's genre is guessed, or is not: what each witness says, and what they come to together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from musicemb.core.genres.ensemble import HEAD, seat_panel
from musicemb.core.genres.names import spell_genre
from musicemb.errors import TrackNotFound
from musicemb.records import NOISE, GenreHead, Reasons, Track, Voter
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.guess import judge, open_hearing
from musicemb.workflows.genres.vocabulary import read_wishes

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
    hearing = open_hearing(catalogue, encoder_id, genre_head)
    if track.id not in hearing.rows:
        raise TrackNotFound(f"{track.path} is gone or was not embedded yet: run musicemb scan")
    row = np.array([hearing.rows[track.id]])
    panel = seat_panel(hearing.witnessed, settings or GuessSettings())
    testimony = panel.hear(row)
    wishes = read_wishes(catalogue)
    (verdict,) = judge(hearing, panel, testimony, row, wishes, shown=SHOWN)
    (free,) = judge(hearing, panel, testimony, row, replace(wishes, vocabulary=()))
    names = [spell_genre(genre, hearing.spellings) for genre in panel.candidates]
    speaking = panel.speakers(testimony, 0)
    told = {}
    for name in speaking:
        shares = testimony.shares[name][0]
        best = np.argsort(-shares[:-1], kind="stable")[:SHOWN].tolist()
        told[name] = {names[place]: float(shares[place]) for place in best if shares[place] > 0}
    witnessed = hearing.witnessed
    voters = [
        Voter(
            hearing.recordings[voter][0],
            tuple(spell_genre(genre, hearing.spellings) for genre in witnessed.genres[voter]),
            float(similarity),
            float(weight),
        )
        for voter, similarity, weight in zip(
            testimony.votes.rows[0].tolist(), testimony.votes.similarities[0], testimony.votes.weights[0], strict=True
        )
        if voter >= 0
    ]
    said: dict[str, float] = {}
    if witnessed.head is not None and testimony.speaks[HEAD][0]:
        heard = witnessed.head[row[0]]
        order = np.argsort(-heard, kind="stable")[:SHOWN].tolist()
        said = {witnessed.labels[place]: float(heard[place]) for place in order}
    cluster = hearing.recordings[row[0]][0].cluster
    known = {one.id: one.name for one in catalogue.clusters(encoder_id)}
    return Reasons(
        track=track,
        guess=verdict.guess,
        threshold=verdict.threshold,
        likely=verdict.probabilities,
        shares=told,
        weights=panel.weigh(testimony, 0) if speaking else {},
        voters=tuple(voters),
        head=said,
        cluster=cluster,
        nearest_name="" if track.nearest is None else known.get(track.nearest, ""),
        cluster_name="" if cluster in (None, NOISE) else known.get(cluster or 0, ""),
        tried=panel.tried,
        outside=() if free.guess is None or verdict.guess is not None else free.guess.genres,
    )
