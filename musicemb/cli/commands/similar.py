"""The command ``similar``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from musicemb.cli.options import (
    encoder_option,
    library_option,
    listing_options,
    where_words_option,
)
from musicemb.cli.output import emit, emit_json, emit_styled, emit_tracks
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.track_arguments import find_named, join_words, read_limits, value_options
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.views.words import meanings, tell_left_out
from musicemb.cli.wording import clock, genre_of, plural, printable, seeds_named, short_path
from musicemb.cli.wording import number as number_of
from musicemb.documents import (
    SCHEMA,
    TRACK_HELP,
    VALUES_HELP,
    WORDS_HELP,
    collection_document,
    match_document,
    words_document,
)
from musicemb.errors import AmbiguousTrack, TrackNotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from musicemb.library import Library
    from musicemb.records import CollectionMatch, Match, MusicalKey, Track


@click.command(
    "similar",
    epilog=f"""\b
--json prints
  {{"schema": 1, "seed": "path", "seeds": [paths], "unlike": [paths],
   "where_words": WORDS, "matches": [MATCH]}}
  MATCH    TRACK with "similarity": cosine, -1..1, "closeness": what the list
           is ordered by, "values": VALUES, "versions": [TRACK] that were
           folded into it; with --where-words also "fit": how well it fits
           them, 0..1; with --where also "where": null or [{{"here": [start,
           end], "there": [start, end], "similarity"}}], seconds
and with --artists or --albums
  {{"schema": 1, "by": "artist" or "album", "seeds": [paths],
   "unlike": [paths], "matches": [{{"artist", "album", "tracks": how many,
   "closeness", "nearest": TRACK}}]}}
{VALUES_HELP}
{WORDS_HELP}
{TRACK_HELP}
""",
)
@click.argument("tracks", metavar="[TRACK]...", nargs=-1)
@click.option(
    "--artist", "artists", metavar="NAME", multiple=True, help="Use the tracks of an artist as TRACKs; repeatable."
)
@click.option(
    "--album", "albums", metavar="NAME", multiple=True, help="Use the tracks of an album as TRACKs; repeatable."
)
@click.option("--artists", "by", flag_value="artist", help="List the artists that are most similar, not tracks.")
@click.option("--albums", "by", flag_value="album", help="List the albums that are most similar, not tracks.")
@click.option(
    "-n",
    "number",
    metavar="N",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Number of tracks to list.",
)
@click.option(
    "--not", "unlike", metavar="TRACK", multiple=True, help="Prefer tracks that are unlike this one; repeatable."
)
@click.option("--within", metavar="GENRE|FOLDER", help="Only tracks of a genre, or in a folder.")
@where_words_option
@value_options
@click.option("--max-per-artist", type=click.IntRange(min=1), metavar="N", help="At most N tracks by one artist.")
@click.option("--no-same-artist", is_flag=True, help="Leave out tracks by the artist of TRACK.")
@click.option("--no-same-album", is_flag=True, help="Leave out tracks from the album of TRACK.")
@click.option("--all-versions", is_flag=True, help="List copies, live and remastered versions separately.")
@click.option("--where", is_flag=True, help="Show which parts of a match resemble which parts of the first TRACK.")
@listing_options
@encoder_option("Encoder for a file outside the library (default: the one the library was made with).")
@library_option()
@pass_session
def similar_command(
    session: Session,
    tracks: tuple[str, ...],
    artists: tuple[str, ...],
    albums: tuple[str, ...],
    by: Literal["artist", "album"] | None,
    number: int,
    unlike: tuple[str, ...],
    within: str | None,
    where_words: str | None,
    bpm: tuple[float, float] | None,
    keys: frozenset[MusicalKey] | None,
    max_per_artist: int | None,
    no_same_artist: bool,
    no_same_album: bool,
    all_versions: bool,
    where: bool,
    form: str,
    encoder: str | None,
) -> None:
    """Find the tracks that sound most like TRACK, or like several.

    TRACK is a file, in the library or not, or words from its artist and title; typos are tolerated. Words without
    quotes are one TRACK; for several, put each in quotes. The track itself and other versions of it are never listed. A
    genre that starts with ~ is a guess.

    "closeness" compares how near two tracks are with how near their neighbours are: 0.50 is as near as the twentieth
    nearest track of each, 1.00 is the same sound. So a track that is somewhat near to everything has no advantage. In a
    library of fewer than 30 tracks, it is the cosine similarity. Several tracks count by their mean closeness, and each
    --not subtracts half of the closeness to that track.

    With --artists or --albums, words that fit several tracks mean all of them, if they name one artist (or album).

    --where-words limits the list to tracks that WORDS describe, as in musicemb find: those that are likely to be of the
    genre, if WORDS name one, and of these the third that the other words describe best. The list is still ordered by
    closeness.

    \b
    Examples:
      musicemb similar "coulton code monkey"
      musicemb similar ~/Downloads/new.mp3 -n 25 --max-per-artist 2 --within jazz
      musicemb similar "code monkey" --bpm 120-128 --key 8A+
      musicemb similar "code monkey" "still alive" --not "first of may"
      musicemb similar --artist "jonathan coulton" --artists
      musicemb similar "code monkey" --where-words "calm, no vocals"
      musicemb similar "code monkey" --where --no-same-album
      musicemb similar "code monkey" --m3u8 > like-code-monkey.m3u8
    """
    if not tracks and not artists and not albums:
        raise click.UsageError("name a TRACK, or an --artist or --album NAME")
    if by is not None:
        of_tracks = {
            "--where": where,
            "--within": within,
            "--where-words": where_words,
            "--bpm": bpm,
            "--key": keys,
        }
        refused = [name for name, given in of_tracks.items() if given]
        refused += [f"--{form}"] * (form in ("paths", "print0", "m3u8"))
        if refused:
            raise click.UsageError(f"{refused[0]} concerns tracks, and --{by}s lists none")
    from musicemb.workflows.similarity.ranking import ResultFilters

    # A search for tracks like an artist leaves out the artist's own.
    no_same_artist |= bool(artists)
    no_same_album |= bool(albums)
    kept = (max_per_artist, not no_same_artist, not no_same_album, all_versions, within or "")
    filters = ResultFilters(*kept, limits=read_limits(bpm, keys))
    chosen = None
    with session.open(read_only=True, encoder=encoder) as library:
        seeds: list[Track | Path] = []
        for text in join_words(tracks):
            seeds += (by and _collection(library, by, text)) or [find_named(session, library, text)]
        for kind, names in (("artist", artists), ("album", albums)):
            for text in names:
                seeds += library.tracks_by(kind, text)  # type: ignore[arg-type]
        against = [find_named(session, library, text) for text in unlike]
        if by is not None:
            _show_collections(seeds, library.collections_like(seeds, by, n=number, unlike=against), against, by, form)
            return
        if where_words is not None:
            chosen = library.choose_by_words(where_words)
            filters = replace(filters, among=chosen.scores.keys())
        matches = library.similar(seeds, n=number, unlike=against, filters=filters, where=where)
        values = library.sound_values({match.track.id for match in matches}) if form == "json" else {}
        unmeasured = 0 if matches else len(library.catalogue.unmeasured())
    if chosen is not None:
        tell_left_out(chosen)
    if form == "json":
        paths, avoided = (
            [str(seed if isinstance(seed, Path) else seed.path) for seed in named] for named in (seeds, against)
        )
        fits = {} if chosen is None else chosen.scores
        documents = [
            match_document(match, where=where, values=values.get(match.track.id), fit=fits.get(match.track.id))
            for match in matches
        ]
        told = None if chosen is None else words_document(where_words or "", chosen)
        named = {"seed": paths[0], "seeds": paths, "unlike": avoided, "where_words": told}
        emit_json({"schema": SCHEMA, **named, "matches": documents})
    elif form != "table":
        emit_tracks([match.track for match in matches], form)
    else:
        if not matches and (bpm or keys) and unmeasured:
            note(f"{plural(unmeasured, 'track')} have not been measured yet: run {session.command('scan --reembed')}")
        said = seeds_named(seeds) + "".join(f", unlike {seed.name}" for seed in against)
        _show(said + (f", with {meanings(chosen.used)}" if chosen else ""), matches, where=where)


def _collection(library: Library, by: Literal["artist", "album"], text: str) -> list[Track]:
    """The tracks of the artist or album that words name, if they match several tracks; else none."""
    try:
        library.find(text)
    except AmbiguousTrack:
        try:
            return library.tracks_by(by, text)
        except TrackNotFound:
            return []
    except TrackNotFound:
        pass
    return []


def _show(seed: str, matches: Sequence[Match], *, where: bool) -> None:
    if not matches:
        note("no other track matches: use fewer options, or add music with musicemb scan FOLDER")
        return
    emit_styled(f"Most similar to {seed}", "bold")
    measured = any(match.track.values is not None for match in matches)
    columns = [
        Column("closeness", right=True, style="cyan", at_least=9),
        Column("artist", at_least=11),
        Column("title", at_least=16),
        Column("album", at_least=10, spare=3),
        Column("genre", at_least=8, spare=2),
        *([Column("bpm", right=True, at_least=3, spare=1), Column("key", at_least=3, spare=1)] if measured else []),
        Column("path", style="dim", at_least=20, end=True),
    ]
    rows = [
        [
            f"{match.scaled_similarity:.2f}",
            match.track.tags.artist,
            _title(match),
            match.track.tags.album,
            genre_of(match.track),
            *(_values(match.track) if measured else []),
            short_path(match.track.path),
        ]
        for match in matches
    ]
    emit_table(columns, rows, below="path")
    if where:
        _show_spans(matches)


def _show_collections(
    seeds: Sequence[Track | Path],
    matches: Sequence[CollectionMatch],
    against: Sequence[Track | Path],
    by: Literal["artist", "album"],
    form: str,
) -> None:
    if form == "json":
        paths, avoided = (
            [str(seed if isinstance(seed, Path) else seed.path) for seed in named] for named in (seeds, against)
        )
        documents = [collection_document(match) for match in matches]
        emit_json({"schema": SCHEMA, "by": by, "seeds": paths, "unlike": avoided, "matches": documents})
        return
    if not matches:
        note(f"no other {by} matches: the tags of the library name none")
        return
    columns = [Column("closeness", right=True, style="cyan", at_least=9), Column("artist", at_least=12)]
    columns += [Column("album", at_least=12)] * (by == "album")
    columns += [Column("tracks", right=True, at_least=6), Column("nearest track", at_least=16)]
    rows = []
    for match in matches:
        named = [match.artist, match.album] if by == "album" else [match.artist]
        rows.append([f"{match.scaled_similarity:.2f}", *named, number_of(match.tracks), _title_of(match.nearest)])
    emit_styled(f"{by.capitalize()}s most similar to {seeds_named(seeds, by)}", "bold")
    emit_table(columns, rows)


def _title_of(track: Track) -> str:
    return track.tags.title or track.path.stem


def _values(track: Track) -> list[str]:
    """Tempo and key as text, empty if unknown."""
    values = track.values
    bpm = None if values is None else values.bpm
    key = None if values is None else values.key
    return ["" if bpm is None else f"{bpm:.0f}", "" if key is None else key.camelot]


def _title(match: Match) -> str:
    title = _title_of(match.track)
    return f"{title} (+{plural(len(match.versions), 'version')})" if match.versions else title


def _show_spans(matches: Sequence[Match]) -> None:
    emit("")
    for match in matches:
        emit(printable(match.track.name))
        if match.spans is None:
            emit("  no segments are stored for it or for the first track: scan without --no-segments to keep them")
        for span in match.spans or ():
            emit(
                f"  {clock(span.here[0])}-{clock(span.here[1])} here is like "
                f"{clock(span.there[0])}-{clock(span.there[1])} there"
            )
