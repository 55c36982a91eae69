"""Writes guessed genres to files: first a plan that can be shown, then, file by file, the writing."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from musicemb.core.genres.names import fold_genre, fold_genres, own_spellings, spell_genre
from musicemb.errors import SettingsError, TagError
from musicemb.io.silent_drives import ask_each, in_time
from musicemb.io.tags import reader
from musicemb.io.tags.writer import edit_tag, genre_fields, hold
from musicemb.records import Applied, Change, GenreAliases, GenreOdds, Guess, TrackTags
from musicemb.settings import TagPolicy
from musicemb.workflows.genres.vocabulary import read_preferences
from musicemb.workflows.index.summaries import genre_counts, tracks_with_words
from musicemb.workflows.tagging.journalled import TagRun, Written, write_each
from musicemb.workflows.tagging.leftovers import remove_leftovers
from musicemb.workflows.tagging.results import fenced

if TYPE_CHECKING:
    from pathlib import Path

    from musicemb.io.catalogue.catalogue import Catalogue

read_tags = in_time(reader.read_tags)


@in_time
def _is_away(path: Path) -> bool:
    """Whether there is no such file: of a drive that is not there it is told in a quarter of the time of reading."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False  # it is not away, and who reads it says what is wrong
    return False


_UNWRITABLE = re.compile(r"[/;\0]")


def plan_tags(
    catalogue: Catalogue,
    *,
    policy: TagPolicy = "missing",
    min_confidence: float | None = None,
    upgrade_tags: bool = False,
    guesses: Mapping[int, Guess] | None = None,
    reviewed: bool = True,
) -> list[Change]:
    """Plan what tagging would change. Nothing is written, but what a killed run left beside the music is removed.

    Parameters
    ----------
    catalogue : Catalogue
        Whose guesses, of the active encoder, are written; of tracks with imported genres those, as sure as can be.
    policy : {"missing", "add", "replace"}
        missing: fill empty genres only (what an earlier tagging wrote counts as empty); add: put the
        guess behind the listener's genres; replace: put it in their place.
    min_confidence : float, optional
        Leave out guesses less sure than this, 0 to 1. None: every guess that was made counts.
    upgrade_tags : bool
        Write ID3v2.2 tags too, as ID3v2.3.
    guesses : mapping of track id to Guess, optional
        To write in place of those in the catalogue.
    reviewed : bool
        Keep to what the listener decided in a review (`workflows.tagging.review`): their words are written, however
        sure the guess was, and what they skipped is left out.

    Returns
    -------
    list of Change
        By path. Files that hold the result already are left out. A file that cannot be written, or
        is not there, is in the plan with its `obstacle`; `failed` where that is no rule but trouble.

    Raises
    ------
    SettingsError
        For an unknown policy.

    Examples
    --------
    >>> changes = plan_tags(catalogue, min_confidence=0.9)  # doctest: +SKIP
    >>> results = list(apply_tags(catalogue, changes))  # doctest: +SKIP
    """
    if policy not in typing.get_args(TagPolicy):
        raise SettingsError(f"policy cannot be {policy!r}; it is one of {', '.join(typing.get_args(TagPolicy))}")
    if not catalogue.read_only:
        catalogue.require_free()
    encoder_id = catalogue.active_encoder or ""
    if not catalogue.read_only:
        remove_leftovers(catalogue, (track.path for track in catalogue.tracks()))
    counted = ((tags.listener_genres, number) for tags, _, number in genre_counts(catalogue))
    own = own_spellings((word for words, number in counted for word in words * number), catalogue.aliases)
    # Words of a vocabulary file are written as they stand there, also in small letters.
    given = () if guesses is None else (word for guess in guesses.values() for word in guess.genres)
    as_written = {*read_preferences(catalogue).vocabulary, *given}

    def spell(word: str) -> str:
        return spell_genre(word, own) if word == word.lower() else word

    decisions = catalogue.decisions() if reviewed else {}
    odds: Mapping[int, GenreOdds] | None = None

    def likely(track_id: int, words: Iterable[str]) -> float:
        """Of a track accepted with its group, in a review that asked for less than is sure enough by now."""
        nonlocal odds
        odds = catalogue.odds(encoder_id) if odds is None else odds
        worth = odds[track_id].worth if track_id in odds else {}
        return min(sum(worth.get(fold, 0.0) for fold in fold_genres(words, catalogue.aliases)), 1.0)

    def asked(tags: TrackTags, found: Guess | None) -> bool:
        return bool(tags.imported) or ((found is not None or guesses is not None) and not _left(policy, tags))

    chosen = sorted({*tracks_with_words(catalogue, asked), *decisions})
    tracks = catalogue.tracks_of(chosen)
    meant = list[tuple[Change, tuple[str, ...]]]()
    for track in (tracks[one] for one in chosen if one in tracks):
        guess = track.guess if guesses is None else guesses.get(track.id)
        if track.tags.imported:  # what the listener says goes before any guess
            guess = Guess(track.tags.imported, 1.0, "neighbours")
            as_written.update(track.tags.imported)
        decision = decisions.get(track.id)
        decided = decision is not None and decision.holds(track, guess)
        unsure = guess is None or (min_confidence is not None and guess.confidence < min_confidence)
        if track.gone or _left(policy, track.tags):
            continue
        if decision is not None and decided:
            words = decision.genres
            change = Change(track, (), (), 1.0, encoder_id, upgrade=upgrade_tags, verdict=decision.verdict)
            if not change.own:
                sure = likely(track.id, words) if guess is None else guess.confidence
                change = dataclasses.replace(change, confidence=sure)
        elif guess is not None and not unsure:
            words = tuple(_UNWRITABLE.sub(" ", word if word in as_written else spell(word)) for word in guess.genres)
            change = Change(track, (), (), guess.confidence, encoder_id, upgrade=upgrade_tags)
        else:
            continue
        if words:
            meant.append((change, words))
    aliases = catalogue.aliases
    planned = ask_each(meant, lambda one: one[0].track.path, lambda one: _plan_one(*one, policy, aliases))
    changes = [change for change in planned if change is not None]
    # As paths compare, but each is taken apart once.
    return sorted(changes, key=lambda change: change.track.path.parts)


def _left(policy: TagPolicy, tags: TrackTags) -> bool:
    """Whether a track stays as it is because it has genres of the listener's own."""
    return policy == "missing" and bool(tags.listener_genres) and not tags.imported


def _plan_one(change: Change, words: tuple[str, ...], policy: TagPolicy, aliases: GenreAliases) -> Change | None:
    """The change that a guess means for one file; None where it means none."""
    path = change.track.path
    try:
        with fenced(path):
            missing = _is_away(path)
            tags = TrackTags() if missing else read_tags(path)
    except TagError as error:
        missing = isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError))  # since it was looked for
        if not missing:
            return dataclasses.replace(change, after=words, obstacle=error.reason, failed=True)
    if missing:
        return dataclasses.replace(change, after=words, obstacle="does not exist; is its drive mounted?")
    after = _genres_after(tags, words, policy, aliases)
    if after == tags.genres and not (change.own and set(after) & set(tags.our_genres)):
        return None
    change = dataclasses.replace(change, before=tags.genres, after=after)
    try:
        with fenced(path):
            hold(path, upgrade=change.upgrade)
    except TagError as error:
        return dataclasses.replace(change, obstacle=error.reason, failed=error.transient)
    return change


def _genres_after(tags: TrackTags, words: tuple[str, ...], policy: TagPolicy, aliases: GenreAliases) -> tuple[str, ...]:
    """The genre words that a file should have."""
    theirs = tags.listener_genres
    if policy == "missing" and theirs:
        return tags.genres
    if policy == "add" and theirs:
        known = {*theirs, *fold_genres(theirs, aliases)}
        return theirs + tuple(word for word in words if not (set(fold_genre(word, aliases)) or {word}) <= known)
    return words


def apply_tags(catalogue: Catalogue, changes: Iterable[Change]) -> Iterator[Applied]:
    """Write planned changes to the files, and to the catalogue's journal before that.

    Each file is written as a verified copy that takes its place: a kill at any moment leaves the old
    file or the new one. A file that was changed since the plan is left alone.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    changes : iterable of Change
        As `plan_tags` made them.

    Yields
    ------
    Applied
        One per change, in their order: "written"; "unchanged" where the file holds the result
        already; "skipped" with the reason where the file is not meant to be written; "failed" with
        the reason where the file is damaged or another try may succeed.

    Raises
    ------
    OSError
        The disk is full: what was written so far stays.
    CatalogueError
        The catalogue cannot be written.
    """
    return write_each(catalogue, changes, _write)


def _write(run: TagRun, change: Change) -> Written:
    """Write one file, its journal entry first."""
    track = change.track
    tags = read_tags(track.path)
    if _holds(tags, change):
        return "unchanged"
    if tags.genres != change.before:
        raise TagError(track.path, "has other genres than when this was planned")
    written = () if change.own else tuple(word for word in change.after if word not in tags.listener_genres)
    held = hold(track.path, upgrade=change.upgrade)
    fields = genre_fields(held, tags.genres, change.after, written, change.confidence, change.encoder_id)
    with edit_tag(track.path, fields, upgrade=change.upgrade) as edit:
        if edit.payload_hash != track.payload_hash:
            raise TagError(track.path, "has other audio than when it was scanned; scan it again first")
        if edit.tags.genres != change.after:
            raise TagError(track.path, "has genres that cannot be written together with the new one")
        found = run.commit(track, edit, change.encoder_id)
    with run.catalogue.transaction():
        run.catalogue.retag_track(track.id, found, edit.tags)
        if change.verdict is not None:
            run.catalogue.forget_decisions([track.id])
    return "written"


def _holds(tags: TrackTags, change: Change) -> bool:
    return tags.genres == change.after and change.after != change.before
