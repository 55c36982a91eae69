"""The command ``find``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from musicemb.cli.options import encoder_option, library_option, listing_options
from musicemb.cli.output import emit_json, emit_styled, emit_tracks
from musicemb.cli.session import Session, pass_session
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.views.words import meanings, tell_left_out
from musicemb.cli.wording import genre_of, plural, short_path
from musicemb.documents import SCHEMA, TRACK_HELP, search_document

if TYPE_CHECKING:
    from musicemb.records import Search


@click.command(
    "find",
    epilog=f"""\b
--json prints
  {{"schema": 1, "query": as typed, "used": [TERM], "unheard": [TERM],
   "unknown": [words], "matches": [MATCH]}}
  TERM     {{"words": as typed, "name": what they mean, "kind": mood,
           instrument, voice, era, style, sound or genre, "excluded": whether
           it is excluded}}; this library has no data on those that are
           "unheard"
  MATCH    TRACK with "score": what the list is ordered by, 0..1,
           "values": [per word in "used", 0..1], "versions": [TRACK] that were
           folded into it
{TRACK_HELP}
""",
)
@click.argument("words", metavar="WORDS...", nargs=-1, required=True)
@click.option(
    "-n",
    "--count",
    "number",
    metavar="N",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Number of tracks to list.",
)
@click.option("--within", metavar="GENRE|FOLDER", help="Only tracks of a genre, or in a folder.")
@click.option("--max-per-artist", type=click.IntRange(min=1), metavar="N", help="At most N tracks by one artist.")
@click.option("--all-versions", is_flag=True, help="List copies, live and remastered versions separately.")
@listing_options
@encoder_option("Encoder of the library, if it was not shipped with musicemb.")
@library_option()
@pass_session
def find_command(
    session: Session,
    words: tuple[str, ...],
    number: int,
    within: str | None,
    max_per_artist: int | None,
    all_versions: bool,
    form: str,
    encoder: str | None,
) -> None:
    """Find tracks by what they sound like, in words.

    WORDS are moods, instruments, voices, decades and genres, or synonyms of them: "mellow" is calm, "80s" is eighties.
    "no", "without", "not" and a minus exclude the next word, and others that follow it with "or". A track must match
    every word to some degree. Genres are those of your tags, else the likely ones.

    "score" is the geometric mean of how well each word fits: for a sound, the share of your tracks that have less of
    it; for a genre, its probability. If the genre is a guess and the encoder knows it too, that is multiplied by the
    share of your tracks that sound less like it.

    \b
    Examples:
      musicemb find "calm piano, no vocals"
      musicemb find rock, female voice, without drums -n 25 --max-per-artist 2
      musicemb find "mellow jazz" --m3u8 > evening.m3u8
    """
    from musicemb.workflows.similarity.ranking import ResultFilters

    filters = ResultFilters(max_per_artist, all_versions=all_versions, within=within or "")
    text = " ".join(words)
    with session.open(read_only=True, encoder=encoder) as library:
        search = library.search(text, n=number, filters=filters)
    tell_left_out(search)
    if form == "json":
        emit_json({"schema": SCHEMA, "query": text, **search_document(search)})
    elif form != "table":
        emit_tracks([one.track for one in search.found], form)
    else:
        _show(search)


def _show(search: Search) -> None:
    emit_styled(f"Best matches for {meanings(search.used)}", "bold")
    columns = [
        Column("score", right=True, style="cyan", at_least=5),
        Column("artist", at_least=12),
        Column("title", at_least=16),
        Column("album", at_least=10, spare=2),
        Column("genre", at_least=8, spare=1),
        Column("path", style="dim", at_least=20, end=True),
    ]
    rows = []
    for one in search.found:
        track = one.track
        title = track.tags.title or track.path.stem
        if one.versions:
            title = f"{title} (+{plural(len(one.versions), 'version')})"
        rows.append(
            [f"{one.score:.2f}", track.tags.artist, title, track.tags.album, genre_of(track), short_path(track.path)]
        )
    emit_table(columns, rows, below="path")
