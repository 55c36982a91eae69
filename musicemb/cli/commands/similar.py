"""The command ``similar``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.options import encoder_option, library_option, listing_options
from musicemb.cli.output import Column, emit, emit_json, emit_styled, emit_table, emit_tracks
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.track_arguments import find_named
from musicemb.cli.wording import clock, genre_of, plural, printable, short_path
from musicemb.documents import SCHEMA, TRACK_HELP, match_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from musicemb.records import Match


@click.command(
    "similar",
    epilog=f"""\b
--json prints
  {{"schema": 1, "seed": "path", "seeds": [paths], "unlike": [paths], "matches": [MATCH]}}
  MATCH    TRACK with "similarity": cosine, -1..1, "closeness": what the list is ordered by,
           "versions": [TRACK] that were folded into it; with --where also "where": null or
           [{{"here": [start, end], "there": [start, end], "similarity"}}], seconds
{TRACK_HELP}
""",
)
@click.argument("tracks", metavar="TRACK...", nargs=-1, required=True)
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
    number: int,
    unlike: tuple[str, ...],
    within: str | None,
    max_per_artist: int | None,
    no_same_artist: bool,
    no_same_album: bool,
    all_versions: bool,
    where: bool,
    form: str,
    encoder: str | None,
) -> None:
    """Find the tracks that sound most like TRACK, or like several.

    TRACK is a file, in the library or not, or words from its artist and title. The track itself and other versions of
    it are never listed. A genre that starts with ~ is a guess.

    "closeness" compares how near two tracks are with how near their neighbours are: 0.50 is as near as the twentieth
    nearest track of each, 1.00 is the same sound. A track that is somewhat near to everything has no advantage. In a
    library of under 30 tracks, it is the cosine similarity. Several tracks count by their mean closeness, and each
    --not subtracts half of the closeness to that track.

    \b
    Examples:
      musicemb similar "coulton code monkey"
      musicemb similar ~/Downloads/new.mp3 -n 25 --max-per-artist 2 --within jazz
      musicemb similar "code monkey" "still alive" --not "first of may"
      musicemb similar "code monkey" --where --no-same-album
      musicemb similar "code monkey" --m3u8 > like-code-monkey.m3u8
    """
    from musicemb.workflows.similarity.ranking import ResultFilters

    filters = ResultFilters(max_per_artist, not no_same_artist, not no_same_album, all_versions, within or "")
    with session.open(read_only=True, encoder=encoder) as library:
        seeds = [find_named(session, library, text) for text in tracks]
        against = [find_named(session, library, text) for text in unlike]
        matches = library.similar(seeds, n=number, unlike=against, filters=filters, where=where)
    if form == "json":
        paths, avoided = (
            [str(seed if isinstance(seed, Path) else seed.path) for seed in named] for named in (seeds, against)
        )
        documents = [match_document(match, where=where) for match in matches]
        emit_json({"schema": SCHEMA, "seed": paths[0], "seeds": paths, "unlike": avoided, "matches": documents})
    elif form != "table":
        emit_tracks([match.track for match in matches], form)
    else:
        names = " and ".join(seed.name for seed in seeds)
        _show(names + "".join(f", unlike {seed.name}" for seed in against), matches, where=where)


def _show(seed: str, matches: Sequence[Match], *, where: bool) -> None:
    if not matches:
        note("no other track matches: use fewer options, or add music with musicemb scan FOLDER")
        return
    emit_styled(f"Most similar to {seed}", "bold")
    columns = [
        Column("closeness", right=True, style="cyan", at_least=9),
        Column("artist", at_least=12),
        Column("title", at_least=16),
        Column("album", at_least=10),
        Column("genre", at_least=8),
        Column("path", style="dim", at_least=20, end=True),
    ]
    rows = [
        [
            f"{match.scaled_similarity:.2f}",
            match.track.tags.artist,
            _title(match),
            match.track.tags.album,
            genre_of(match.track),
            short_path(match.track.path),
        ]
        for match in matches
    ]
    emit_table(columns, rows, below="path")
    if where:
        _show_spans(matches)


def _title(match: Match) -> str:
    title = match.track.tags.title or match.track.path.stem
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
