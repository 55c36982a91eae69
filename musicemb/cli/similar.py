"""The command ``similar``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.documents import SCHEMA, TRACK_HELP, match_document
from musicemb.cli.options import encoder_option, library_option, listing_options
from musicemb.cli.output import Column, emit_json, emit_styled, emit_table, emit_tracks
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.wording import first_few, genre_of, printable, short_path
from musicemb.errors import AmbiguousTrack, TrackNotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from musicemb.io.catalogue import Catalogue
    from musicemb.records import Match, Track

OFFERED = 20
"""Candidates shown where words fit several tracks."""


@click.command(
    "similar",
    epilog=f"""\b
--json prints
  {{"schema": 1, "seed": "path", "matches": [TRACK with "similarity": -1..1]}}
{TRACK_HELP}
""",
)
@click.argument("track")
@click.option(
    "-n",
    "number",
    metavar="N",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many tracks to name.",
)
@click.option("--max-per-artist", type=click.IntRange(min=1), metavar="N", help="At most N tracks of one artist.")
@listing_options
@encoder_option("Encoder for a file outside the library; by default the one the library was made with.")
@library_option()
@pass_session
def similar_command(
    session: Session, track: str, number: int, max_per_artist: int | None, form: str, encoder: str | None
) -> None:
    """Find the tracks that sound most like TRACK.

    TRACK is a file, in the library or not, or words from its artist and title. The track itself is
    never named. A genre that starts with ~ is a guess.

    \b
    Examples:
      musicemb similar "coulton code monkey"
      musicemb similar ~/Downloads/new.mp3 -n 25 --max-per-artist 2
      musicemb similar "code monkey" --m3u8 > like-code-monkey.m3u8
    """
    from musicemb.workflows.similar import find_similar

    with session.open(read_only=True) as catalogue:
        seed = _seed(session, catalogue, track)
        matches = find_similar(
            catalogue,
            seed,
            n=number,
            max_per_artist=max_per_artist,
            encoder=lambda: session.choose_encoder(catalogue, encoder)[0],
        )
    if form == "json":
        path = seed if isinstance(seed, Path) else seed.path
        emit_json({"schema": SCHEMA, "seed": str(path), "matches": [match_document(match) for match in matches]})
    elif form != "table":
        emit_tracks([match.track for match in matches], form)
    else:
        _show(seed.name, matches)


def _seed(session: Session, catalogue: Catalogue, text: str) -> Track | Path:
    """The track in the library that is meant, or the file outside it."""
    from musicemb.workflows.similar import find_seed

    try:
        return find_seed(catalogue, text)
    except AmbiguousTrack as several:
        return _choose(session, several)
    except TrackNotFound:
        outside = Path(text).expanduser()
        if outside.is_file():
            return outside
        raise


def _choose(session: Session, several: AmbiguousTrack) -> Track:
    candidates: Sequence[Track] = several.candidates  # type: ignore[assignment]
    if not session.interactive():
        lines = (f"  {printable(track.name)}  ({short_path(track.path)})" for track in candidates)
        note("\n".join(first_few(lines, OFFERED)))
        raise several
    offered = candidates[:OFFERED]
    for place, track in enumerate(offered, start=1):
        note(f"{place:3}  {track.name}  ({short_path(track.path)})")
    if len(candidates) > OFFERED:
        note(f"     and {len(candidates) - OFFERED} more: more words narrow it down")
    answer = click.prompt("Which one", type=click.IntRange(1, len(offered)), err=True)
    return offered[answer - 1]


def _show(seed: str, matches: Sequence[Match]) -> None:
    if not matches:
        note("no other track to compare with: musicemb scan FOLDER adds some")
        return
    emit_styled(f"Most like {seed}", "bold")
    columns = [
        Column("like", right=True, style="cyan", at_least=5),
        Column("artist", at_least=12),
        Column("title", at_least=16),
        Column("album", at_least=10),
        Column("genre", at_least=8),
        Column("path", style="dim", at_least=20, end=True),
    ]
    rows = [
        [
            f"{match.similarity:.3f}",
            match.track.tags.artist,
            match.track.tags.title or match.track.path.stem,
            match.track.tags.album,
            genre_of(match.track),
            short_path(match.track.path),
        ]
        for match in matches
    ]
    emit_table(columns, rows, below="path")
