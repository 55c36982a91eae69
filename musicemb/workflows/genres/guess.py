"""Guess the genres of a library's tracks: by the listener's own tagged tracks, the genre head and the clusters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from musicemb.core.genres.ensemble import HEAD, Panel, Testimony, name_speaker, seat_panel
from musicemb.core.genres.names import apply_head, fold_artist, fold_genre, fold_genres, own_spellings, spell_genre
from musicemb.core.genres.opinion_pool import choose_genres
from musicemb.core.genres.voters import Doubles, Integers, Truths, Votes, Witnessed, find_votes
from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import NOISE, Encoder, GenreAliases, GenreHead, Guess, Track
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.vocabulary import Wishes, read_wishes

_BLOCK = 4096
"""Recordings judged at once: what three witnesses say of some hundred genres then fills 40 MB."""


@dataclass(frozen=True)
class Hearing:
    """A library, ready for its tracks to be guessed."""

    recordings: tuple[tuple[Track, ...], ...]
    """Tracks of equal audio together; a row of `witnessed` each."""
    witnessed: Witnessed
    spellings: dict[str, str]
    """Folded genre -> how the listener writes it."""
    head_threshold: float
    """Confidence from which the head speaks alone."""
    rows: dict[int, int]
    """Track id -> row."""
    aliases: GenreAliases
    """The listener's own, that genres were folded by."""


@dataclass(frozen=True)
class Verdict:
    """What the witnesses came to on one recording."""

    guess: Guess | None
    probabilities: dict[str, float]
    """Of the likeliest genres, by all witnesses together; the best first."""
    threshold: float


def guess_genres(
    catalogue: Catalogue,
    encoder_id: str,
    genre_head: GenreHead | None,
    settings: GuessSettings | None = None,
    *,
    heard: Votes | None = None,
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
    heard : Votes, optional
        From `hear_neighbours`: not looked for again.

    Returns
    -------
    dict of track id to Guess
        Tracks that the witnesses are not sure about are left out.

    Raises
    ------
    CatalogueError
    """
    settings = settings or GuessSettings()
    hearing = open_hearing(catalogue, encoder_id, genre_head)
    guesses = guess_all(hearing, settings, read_wishes(catalogue), heard=heard)
    catalogue.put_guesses(encoder_id, guesses)
    return guesses


def hear_neighbours(catalogue: Catalogue, encoder_id: str, settings: GuessSettings | None = None) -> Votes:
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
    witnessed = open_hearing(catalogue, encoder_id, None).witnessed
    return find_votes(witnessed, np.arange(len(witnessed.genres)), settings or GuessSettings())


def open_hearing(
    catalogue: Catalogue,
    encoder_id: str,
    genre_head: GenreHead | None,
    *,
    hidden: Callable[[Track], bool] | None = None,
) -> Hearing:
    """Gather what guesses are made from.

    Parameters
    ----------
    catalogue : Catalogue
    encoder_id : str
    genre_head : GenreHead or None
    hidden : callable, optional
        Tracks whose genre nobody may know of.

    Returns
    -------
    Hearing
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
    witnessed = Witnessed(
        vectors,
        tuple(fold_genres(each, catalogue.aliases) for each in said),
        np.array(
            [artists.setdefault(fold_artist(same[0].tags.artist), len(artists)) for same in recordings], dtype=np.int64
        ),
        np.array([NOISE if same[0].cluster is None else same[0].cluster for same in recordings], dtype=np.int64),
        None if head is None or not recordings else apply_head(vectors, head),
        () if head is None else tuple(_fold_label(label, catalogue.aliases) for label in head.labels),
    )
    return Hearing(
        recordings,
        witnessed,
        own_spellings((word for each in said for word in each), catalogue.aliases),
        1.0 if head is None else head.threshold,
        {track.id: row for row, same in enumerate(recordings) for track in same},
        catalogue.aliases,
    )


def guess_all(
    hearing: Hearing, settings: GuessSettings, wishes: Wishes, *, heard: Votes | None = None
) -> dict[int, Guess]:
    """Guess all tracks of a hearing; nothing is stored.

    Parameters
    ----------
    hearing : Hearing
    settings : GuessSettings
    wishes : Wishes
    heard : Votes, optional

    Returns
    -------
    dict of track id to Guess
    """
    if not hearing.recordings:
        return {}
    panel = seat_panel(hearing.witnessed, settings)
    guesses: dict[int, Guess] = {}
    for start in range(0, len(hearing.recordings), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(hearing.recordings)))
        votes = None if heard is None else heard.some(rows)
        verdicts = judge(hearing, panel, panel.hear(rows, votes), rows, wishes)
        for row, verdict in zip(rows.tolist(), verdicts, strict=True):
            if verdict.guess is not None:
                guesses.update({track.id: verdict.guess for track in hearing.recordings[row]})
    return guesses


def guess_otherwise(
    catalogue: Catalogue,
    encoder: Callable[[], Encoder],
    *,
    vocabulary: Sequence[str] | None = None,
    max_genres: int | None = None,
) -> dict[int, Guess] | None:
    """Guesses under other wishes than those that the last scan was told; nothing is stored.

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
        None where the wishes are the same: the guesses in the catalogue hold.
    """
    kept = read_wishes(catalogue)
    wishes = Wishes(kept.vocabulary if vocabulary is None else tuple(vocabulary), max_genres or kept.max_genres)
    if wishes == kept or catalogue.active_encoder is None:
        return None
    opened = encoder()
    return guess_all(open_hearing(catalogue, opened.id, opened.genre_head), GuessSettings(), wishes)


def judge(
    hearing: Hearing, panel: Panel, testimony: Testimony, rows: Integers, wishes: Wishes, *, shown: int = 0
) -> list[Verdict]:
    """Decide what is guessed.

    Parameters
    ----------
    hearing : Hearing
    panel : Panel
    testimony : Testimony
        About these rows.
    rows : ndarray [shape=(m,)], int64
    wishes : Wishes
    shown : int
        Likeliest genres to name with their probability.

    Returns
    -------
    list of Verdict
    """
    settings = replace(panel.settings, max_genres=wishes.max_genres)
    # A word may have become no genre since, by an alias that came later.
    spelled = {fold: word for word in wishes.vocabulary for fold in fold_genre(word, hearing.aliases)[:1]}
    names = [spelled.get(genre) or spell_genre(genre, hearing.spellings) for genre in panel.candidates]
    allowed: Truths = np.array([not wishes.vocabulary or genre in spelled for genre in panel.candidates], dtype=bool)
    combined: Doubles = panel.combine(testimony)
    verdicts = []
    for place in range(len(rows)):
        alone = panel.speakers(testimony, place) == (HEAD,)
        threshold = hearing.head_threshold if alone else settings.threshold
        chosen, confidence = choose_genres(combined[place], allowed, threshold, settings)
        guess = None
        if chosen:
            speaker = name_speaker(panel, testimony, place, chosen[0])
            guess = Guess(tuple(names[genre] for genre in chosen), round(confidence, 4), speaker)
        best = np.argsort(-combined[place, :-1], kind="stable")[:shown]
        likely = {names[genre]: float(combined[place, genre]) for genre in best.tolist()}
        verdicts.append(Verdict(guess, likely, threshold))
    return verdicts


def _fold_label(label: str, aliases: GenreAliases) -> str:
    folds = fold_genre(label, aliases)
    return folds[0] if len(folds) == 1 else label
