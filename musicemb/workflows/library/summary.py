"""The end of a scan: groups and guesses where something changed, and the summary."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from musicemb.core.vectors.threads import products_in_one_thread
from musicemb.io.system_resources import collection_paused
from musicemb.records import NO_ALIASES, NOISE, Encoder, GenreAliases, Pair, ScanStage, ScanSummary, Track
from musicemb.settings import LONGEST_TRACK, GuessSettings, ScanSettings
from musicemb.workflows.clustering.listing import clustering_notes
from musicemb.workflows.library.indexing import EditionInputs, keep_guesser

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue


def regroup_library(
    catalogue: Catalogue,
    encoder: Encoder,
    settings: ScanSettings,
    *,
    altered: bool,
    again: bool = False,
    only_new: bool = False,
) -> Generator[ScanStage | str, None, EditionInputs | None]:
    """Guess and group again, if anything changed or an earlier scan did not get so far.

    Parameters
    ----------
    catalogue : Catalogue
    encoder : Encoder
    settings : ScanSettings
    altered : bool
        Whether tracks came, changed or went since the last grouping.
    again : bool
        Group all anew, however little has changed.
    only_new : bool
        Tracks came and nothing else changed: in a large library, few of them join the groups that are there, and what
        was guessed of all others stays.

    Yields
    ------
    ScanStage or str
        Before each step; a str is a note for the summary.

    Returns
    -------
    EditionInputs or None
        What guesses were made from, for `indexing.prepare_queries`.
    """
    ids = np.array(catalogue.embedded_ids(encoder.id), dtype=np.int64)
    out = set() if catalogue.with_mixes else catalogue.longer_than(LONGEST_TRACK)
    fresh = set(catalogue.ungrouped_ids(encoder.id)) - out
    misplaced = bool(out) and bool(out & catalogue.nearest_clusters(encoder.id).keys())
    known = bool(np.isin(ids, catalogue.neighbourhood_stats(encoder.id)[0]).all())
    if not altered and not again and not fresh and not misplaced and known:
        return None

    from musicemb.workflows.clustering.cluster import group_library
    from musicemb.workflows.clustering.custom_names import restore_names
    from musicemb.workflows.clustering.joining import join_newcomers
    from musicemb.workflows.genres.decide import choose_guesses
    from musicemb.workflows.genres.guess import find_odds, guess_newcomers, store_guesses, votes_on_all
    from musicemb.workflows.genres.inputs import fit_guesser, load_guess_inputs
    from musicemb.workflows.genres.nearby import kept_guesser
    from musicemb.workflows.genres.vocabulary import read_preferences
    from musicemb.workflows.index.known_cells import open_cells
    from musicemb.workflows.index.library_index import open_outgrown, stored_vectors
    from musicemb.workflows.similarity.library_vectors import store_neighbourhood_stats

    may_join = only_new and bool(fresh) and not again and not misplaced
    outgrown = open_outgrown(catalogue) if may_join else None
    stored = catalogue.vectors(encoder.id) if outgrown is None else stored_vectors(catalogue, *outgrown)
    joined = None
    if may_join:
        cells = None if outgrown is None else open_cells(encoder.projection, outgrown[0], stored)
        held = catalogue, encoder.id, encoder.projection
        joined = join_newcomers(*held, stored=stored, outgrown=outgrown, cells=cells)
    if joined is not None:
        yield ScanStage(f"guessing genres of {len(fresh):,} new tracks")
        restore_names(catalogue, encoder.id)
        surveyed, kept = None if cells is None else cells.surveyed, None
        if outgrown is not None:
            among = None if surveyed is None else surveyed.cells
            kept = kept_guesser(catalogue, encoder.genre_head, *outgrown, stored=stored, cells=among)
        guesser = guess_newcomers(catalogue, encoder.id, encoder.genre_head, fresh, stored=stored, kept=kept)
        yield from clustering_notes(joined.clustering, joined.mixes)
        store_neighbourhood_stats(catalogue, encoder.id, altered=fresh, stored=stored, surveyed=surveyed)
        evidence = keep_guesser(catalogue, encoder, guesser, stored[0])
        return None if evidence is None else EditionInputs(catalogue.edition(), evidence)
    if outgrown is not None:
        stored = catalogue.vectors(encoder.id)
    yield ScanStage("guessing genres")
    inputs = load_guess_inputs(catalogue, encoder.id, encoder.genre_head, stored=stored)
    votes = votes_on_all(inputs)
    odds = find_odds(inputs, GuessSettings(), votes=votes)
    guesses = choose_guesses(odds, inputs.wording, read_preferences(catalogue))  # groups are named after allowed words
    asked = set(ids.tolist()) - out
    if len(asked) >= settings.minimum_tracks:
        yield ScanStage(f"clustering {len(asked):,} tracks")
    made_of: dict[str, Any] = {"odds": odds, "guesses": guesses, "stored": stored, "tag_heads": encoder.tag_heads}
    held = catalogue, encoder.id, encoder.projection
    grouping = group_library(*held, minimum_tracks=settings.minimum_tracks, again=again, **made_of)
    del guesses, made_of
    if grouping.how == "too few":
        # Looked at, and found to be too few: the next scan need not do it again.
        catalogue.put_clusters(encoder.id, [], dict.fromkeys(asked, (NOISE, 0.0, NOISE)))
    restore_names(catalogue, encoder.id)
    evidence = None
    if grouping.how in ("grouped", "joined"):  # now there are groups to ask
        inputs = inputs.regrouped({track: one.cluster for track, one in catalogue.placements(encoder.id).items()})
        odds.clear()  # those of a million tracks take a gigabyte: not twice at once
        guesser = fit_guesser(inputs)
        odds = find_odds(inputs, GuessSettings(), votes=votes, ensemble=guesser.ensemble)
        store_guesses(catalogue, encoder.id, inputs, odds)
        evidence = keep_guesser(catalogue, encoder, guesser, stored[0])
        del guesser
    else:
        store_guesses(catalogue, encoder.id, inputs, odds)
    del odds, inputs, votes
    yield from clustering_notes(grouping.clustering, grouping.mixes)
    late = None if grouping.how == "grouped" else fresh | out
    store_neighbourhood_stats(catalogue, encoder.id, altered=late, stored=stored)
    return None if evidence is None else EditionInputs(catalogue.edition(), evidence)


_EARLIEST = 4.0
"""Seconds after which a first scan groups what is there, if it is enough."""
_GROWTH = 2.0
"""Times the seconds since its start after which it does so again."""
_SHARE = 25
"""Times the seconds that it took last which must lie between: at most a 25th of the time goes into it."""


class GroupsOfScan:
    """Groups a library when its scan ends, and now and then while a first scan goes on: so it can be asked meanwhile.

    Parameters
    ----------
    catalogue : Catalogue
    encoder : Encoder
    settings : ScanSettings

    Attributes
    ----------
    early : int
        How often it was grouped before the end.
    kept : EditionInputs or None
        What guesses were made from in the end.
    """

    def __init__(self, catalogue: Catalogue, encoder: Encoder, settings: ScanSettings) -> None:
        self.early = 0
        self.kept: EditionInputs | None = None
        self._catalogue, self._encoder, self._settings = catalogue, encoder, settings
        self._first = catalogue.active_encoder == encoder.id and not catalogue.clusters(encoder.id)
        self._before = catalogue.clustering(encoder.id) if self._first else None
        self._began = time.monotonic()
        self._due = _EARLIEST

    def look(self, n_tracks: int) -> None:
        """Group what is there, if it is time to.

        Parameters
        ----------
        n_tracks : int
            How many tracks have come so far.
        """
        began = time.monotonic()
        if not self._first or n_tracks < self._settings.minimum_tracks or began - self._began < self._due:
            return
        with self._catalogue.transaction(), collection_paused(), products_in_one_thread():
            for _ in regroup_library(self._catalogue, self._encoder, self._settings, altered=True, again=True):
                pass
        now = time.monotonic()
        self.early += 1
        self._due = now - self._began + max((now - self._began) * (_GROWTH - 1), (now - began) * _SHARE)

    def finish(self, *, altered: bool, again: bool, only_new: bool = False) -> Iterator[ScanStage | str]:
        """Group what there is in the end: in a transaction.

        Parameters
        ----------
        altered, again, only_new
            As for `regroup_library`.

        Yields
        ------
        ScanStage or str
            As `regroup_library` does.
        """
        if self.early:  # groups, their ids and names hang on the music, not on how fast it came
            self._catalogue.put_clusters(self._encoder.id, [], {}, self._before)
        held = self._catalogue, self._encoder, self._settings
        again = again or self.early > 0
        with collection_paused(), products_in_one_thread():
            self.kept = yield from regroup_library(*held, altered=altered, again=again, only_new=only_new)


def take_notes(steps: Iterable[ScanStage | str], notes: list[str]) -> Iterator[ScanStage]:
    """Keep what is for the summary, and pass on the rest.

    Parameters
    ----------
    steps : iterable of ScanStage or str
    notes : list of str
        Texts are added to it.

    Yields
    ------
    ScanStage
    """
    for step in steps:
        if isinstance(step, ScanStage):
            yield step
        else:
            notes.append(step)


def summarise_library(catalogue: Catalogue, settings: ScanSettings, **counts: Any) -> ScanSummary:
    """The summary of a scan.

    Parameters
    ----------
    catalogue : Catalogue
    settings : ScanSettings
    **counts
        The fields of `ScanSummary` that tell of this scan.

    Returns
    -------
    ScanSummary
    """
    encoder_id = catalogue.active_encoder or ""
    tracks = catalogue.tracks(encoder_id=encoder_id)
    sizes = Counter(track.cluster for track in tracks)
    clusters = [replace(cluster, size=sizes[cluster.id]) for cluster in catalogue.clusters(encoder_id)]
    clusters.sort(key=lambda cluster: (-cluster.size, cluster.id))
    with_mixes = catalogue.with_mixes
    too_few = sum(with_mixes or not track.is_mix for track in tracks) < settings.minimum_tracks
    return ScanSummary(
        tracks=len(tracks),
        clusters=tuple(cluster for cluster in clusters if cluster.size),
        noise=0 if too_few else sizes[NOISE],
        pairs=find_pairs(catalogue, tracks, settings.nearest_pairs) if too_few else (),
        too_few=too_few,
        guesses=sum(has_guess(track) for track in tracks),
        taggable=sum(has_guess(track) and not is_written(track, catalogue.aliases) for track in tracks),
        encoder_id=encoder_id,
        **counts,
    )


def find_pairs(catalogue: Catalogue, tracks: list[Track], number: int) -> tuple[Pair, ...]:
    """The pairs of tracks that are nearest to each other, copies of one recording left out.

    Parameters
    ----------
    catalogue : Catalogue
    tracks : list of Track
        Few: all their pairs are looked at.
    number : int

    Returns
    -------
    tuple of Pair
        Best first.
    """
    from musicemb.core.vectors.neighbours import nearest_pairs

    by_id = {track.id: track for track in tracks}
    ids, vectors = catalogue.vectors(catalogue.active_encoder or "")
    pairs: list[Pair] = []
    for first, second, similarity in nearest_pairs(vectors, len(ids) ** 2):
        one, other = by_id[int(ids[first])], by_id[int(ids[second])]
        if one.payload_hash != other.payload_hash:
            pairs.append(Pair(one, other, similarity))
    return tuple(pairs[:number])


def has_guess(track: Track) -> bool:
    """Whether a guess speaks for a track that has no genre of the listener's own.

    Parameters
    ----------
    track : Track

    Returns
    -------
    bool
    """
    return track.guess is not None and not track.tags.listener_genres


def is_written(track: Track, aliases: GenreAliases = NO_ALIASES) -> bool:
    """Whether the tag holds the guess already, by our own hand.

    Parameters
    ----------
    track : Track
        With a guess.
    aliases : GenreAliases
        The listener's own.

    Returns
    -------
    bool
    """
    from musicemb.core.genres.names import fold_genres

    assert track.guess is not None
    return set(fold_genres(track.guess.genres, aliases)) == set(fold_genres(track.tags.our_genres, aliases))
