"""Reviews: which guesses to show to the listener before they are written, and the decisions.

Decisions are in the catalogue as soon as they are made, so a review can be left, or killed, at any time. `plan_tags`
keeps to them. A word that the listener confirmed or chose for a track is written as their own, without our mark: from
the next scan on it votes as their other genres do. What was accepted with its whole group stays marked as a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from musicemb.core.genres.names import fold_genre, own_spellings, spell_genre
from musicemb.errors import SettingsError
from musicemb.records import NOISE, Decision, GenreOdds, Guess, Review, ReviewGroup, ReviewItem, Verdict
from musicemb.settings import TagPolicy
from musicemb.workflows.genres.decide import Wording, wording_of, words_of
from musicemb.workflows.genres.vocabulary import read_preferences
from musicemb.workflows.tagging.tag import plan_tags

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

_OTHERS = 6
"""Other words that are offered."""
_UNLIKELY = 0.02
"""Words below this are not offered."""
_LONGEST = 60
"""Characters of a word; what is longer is a sentence, not a genre."""


def plan_review(
    catalogue: Catalogue,
    *,
    policy: TagPolicy = "missing",
    min_confidence: float | None = None,
    upgrade_tags: bool = False,
    guesses: Mapping[int, Guess] | None = None,
    vocabulary: Sequence[str] | None = None,
    again: bool = False,
) -> Review:
    """Collect the guesses for the listener to decide on. Nothing is written.

    Parameters
    ----------
    catalogue : Catalogue
    policy, min_confidence, upgrade_tags, guesses
        As for `workflows.tagging.tag.plan_tags`.
    vocabulary : sequence of str, optional
        Genres that may be offered; empty: any. None: as in the last scan.
    again : bool
        Ask also about tracks with a decision.

    Returns
    -------
    Review
    """
    changes = plan_tags(
        catalogue,
        policy=policy,
        min_confidence=min_confidence,
        upgrade_tags=upgrade_tags,
        guesses=guesses,
        reviewed=False,
    )
    tracks, decisions = catalogue.tracks(), catalogue.decisions()
    said = {track.id: track.guess if guesses is None else guesses.get(track.id) for track in tracks}
    kept = {
        track.id: decisions[track.id]
        for track in tracks
        if track.id in decisions and not track.gone and decisions[track.id].holds(track, said[track.id])
    }
    wording = wording_of(words_of(tracks), catalogue.aliases)
    allowed = read_preferences(catalogue).vocabulary if vocabulary is None else tuple(vocabulary)
    odds = catalogue.odds(catalogue.active_encoder or "")
    asked: dict[int, list[ReviewItem]] = {}
    for change in changes:
        track, guess = change.track, said[change.track.id]
        answered = bool(track.tags.imported) or (track.id in kept and not again)
        if change.obstacle or guess is None or answered:
            continue
        theirs = track.tags.listener_genres if policy == "add" else ()
        words = tuple(word for word in change.after if word not in theirs)
        item = ReviewItem(change, guess.genres, words, _others(odds.get(track.id), words, allowed, wording))
        asked.setdefault(NOISE if track.cluster is None else track.cluster, []).append(item)
    words_kept = [one for one in kept.values() if one.genres]
    blocked = tuple(change for change in changes if change.obstacle)
    return Review(_in_groups(catalogue, asked), len(words_kept), len(kept) - len(words_kept), blocked)


def decide(catalogue: Catalogue, items: Iterable[ReviewItem], verdict: Verdict, words: Sequence[str] = ()) -> None:
    """Store the listener's decisions on some tracks; they are on disk when this returns.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    items : iterable of ReviewItem
    verdict : {"accepted", "chosen", "accepted with its group", "skipped"}
    words : sequence of str
        What was chosen, as `read_typed` gives it; only where the verdict is that.
    """
    found = {}
    for item in items:
        track = item.change.track
        genres = {"chosen": tuple(words), "skipped": ()}.get(verdict, item.words)
        found[track.id] = Decision(verdict, genres, item.guessed, track.tags.genres, track.payload_hash)
    catalogue.decide(found)


def take_back(catalogue: Catalogue, items: Iterable[ReviewItem]) -> None:
    """Delete the decisions on some tracks, so that a review asks about them again.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    items : iterable of ReviewItem
    """
    catalogue.forget_decisions(item.change.track.id for item in items)


def read_typed(catalogue: Catalogue, text: str) -> tuple[str, ...]:
    """Genres that a listener types, as they will be written.

    Parameters
    ----------
    catalogue : Catalogue
    text : str
        One genre, or several with ";" between them. Words in small letters are spelled as in the listener's tags.

    Returns
    -------
    tuple of str
        Each once; () where nothing was typed.

    Raises
    ------
    SettingsError
        For a word that names no genre.
    """
    own = own_spellings(words_of(catalogue.tracks()), catalogue.aliases)
    found: dict[str, None] = {}
    for part in re.split(r"[;\n\r]", unicodedata.normalize("NFC", text)):
        whole = " ".join(part.split())
        several = len(fold_genre(whole, catalogue.aliases)) > 1
        for word in (piece.strip() for piece in (re.split("[,/]", whole) if several else [whole])):
            if not word:
                continue
            folds = fold_genre(word, catalogue.aliases)
            if not folds or len(word) > _LONGEST or not word.isprintable():
                raise SettingsError(f'"{word[:_LONGEST]}" is not a genre')
            spelled = spell_genre(folds[0], own) if word == word.lower() and len(folds) == 1 else word
            found[" ".join(spelled.replace("/", " ").split())] = None
    return tuple(found)


def _others(
    odds: GenreOdds | None, words: Sequence[str], allowed: Sequence[str], wording: Wording
) -> tuple[tuple[str, float], ...]:
    """Likely words other than some, as the listener writes them."""
    if odds is None:
        return ()
    mine = {fold for word in words for fold in fold_genre(word, wording.aliases)}
    spelled = {fold: word for word in allowed for fold in fold_genre(word, wording.aliases)[:1]}
    found: dict[str, float] = {}
    for genre, worth in sorted(odds.worth.items(), key=lambda one: (-one[1], one[0])):
        said = genre in spelled if allowed else genre not in wording.apart
        if said and genre not in mine and worth >= _UNLIKELY:
            found.setdefault((spelled.get(genre) or spell_genre(genre, wording.spellings)), worth)
    return tuple(list(found.items())[:_OTHERS])


def _in_groups(catalogue: Catalogue, asked: Mapping[int, Sequence[ReviewItem]]) -> tuple[ReviewGroup, ...]:
    clusters = sorted(
        catalogue.clusters(catalogue.active_encoder or ""), key=lambda cluster: (-cluster.size, cluster.id)
    )
    names = {cluster.id: cluster.name for cluster in clusters}
    order = [cluster.id for cluster in clusters if cluster.id in asked]
    left = [item for cluster, items in asked.items() if cluster not in names for item in items]
    groups = [(names[cluster], asked[cluster]) for cluster in order]
    if left:
        groups.append(("in no group" if clusters else "", left))
    return tuple(
        ReviewGroup(name, tuple(sorted(items, key=lambda item: (-item.change.confidence, item.change.track.path))))
        for name, items in groups
    )
