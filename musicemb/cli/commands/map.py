"""The command ``map``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.options import FILE, genre_options, json_option, library_option, read_words
from musicemb.cli.output import emit_bytes, emit_json
from musicemb.cli.piped import stdout_for_data
from musicemb.cli.progress import Bar, note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.wording import plural, printable, size
from musicemb.documents import SCHEMA
from musicemb.errors import CatalogueError, MusicembError
from musicemb.settings import MAP_GREY

if TYPE_CHECKING:
    from musicemb.library import Library
    from musicemb.records import MeasureStage, MusicMap

DEFAULT = Path("musicemb-map.html")
STDOUT = Path("-")


_UNMEASURED = (
    "no tempo was measured in this library: it was scanned by an older version, or nothing in it has a beat; "
    '"musicemb scan --reembed" measures it'
)


@click.command(
    "map",
    short_help="Draw the library as an interactive map, or a picture of it.",
    epilog="""\b
--json prints
  {"schema": 1, "tracks", "new": tracks that had no position before,
   "layout": "kept", "placed" or "laid out", "stored": bool, "output": null or
   path, "png": null or path, "bytes": of the page or the picture,
   "colourings": {"cluster", "genre", and where the encoder knows them "mood",
   "voice", "energy", where it was measured "tempo": [{"name", "tracks"}], the
   legend}}
""",
)
@click.option(
    "-o", "--output", type=FILE, metavar="FILE", help=f"Write the page to FILE; - prints it.  [default: {DEFAULT}]"
)
@click.option(
    "--png",
    type=FILE,
    metavar="FILE",
    help="Write a picture to FILE (.png or .svg), and a page only with --output; - prints a PNG.",
)
@click.option(
    "--color",
    "--colour",
    "colour_by",
    type=click.Choice(["cluster", "genre", "mood", "voice", "energy", "tempo"]),
    help="Property to colour by at first; the page can switch.  [default: cluster, or genre if there are no groups]",
)
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
@click.option("--again", is_flag=True, help="Compute a new layout that ignores earlier positions.")
@click.option("--force", is_flag=True, help="Replace a file even if musicemb did not write it.")
@genre_options
@json_option
@library_option()
@pass_session
def map_command(
    session: Session,
    output: Path | None,
    png: Path | None,
    colour_by: str | None,
    show: bool,
    again: bool,
    force: bool,
    vocabulary: Path | None,
    any_genre: bool,
    max_genres: int | None,
    min_confidence: float | None,
    as_json: bool,
) -> None:
    """Draw the library as a map on which tracks that sound alike lie close together.

    The page is one file that needs no network: point at a track to see what it is, choose a track to play it and to see
    its most similar tracks, click the legend to hide groups. Its search takes names, and the words of musicemb find
    ("calm piano, no vocals"). A group of the legend, the tracks that a search finds, and the tracks around which you
    draw a line can be saved as a playlist. The page refers to the audio files on this machine and plays them from
    there. Tracks keep their positions from map to map; new ones are placed beside their neighbours.

    \b
    Examples:
      musicemb map --open
      musicemb map -o ~/music-map.html --color genre
      musicemb map --png map.png
    """
    if output is None and png is None:
        output = DEFAULT
    if show and (output is None or output == STDOUT):
        raise click.UsageError("--open opens the page in the browser: name its file with --output")
    if output == png:
        raise click.UsageError("--output and --png need two different files")
    if STDOUT in (output, png):
        if as_json:
            raise click.UsageError("both --json and - print to stdout: write to a file instead")
        stdout_for_data()
    _check(output, png, force)
    session.kept = "no file was changed"
    with Bar("reading the library") as bar:
        preferences = {
            "vocabulary": read_words(vocabulary, any_genre=any_genre),
            "max_genres": max_genres,
            "min_confidence": min_confidence,
        }
        music = _lay_out(session, again, preferences, bar)
        bar.stage("drawing")
        written = _write(music, output, png, colour_by, force)
    if not music.stored:
        note("the library cannot be written, so positions are not kept: the next map may look different")
    if as_json:
        emit_json(
            {
                "schema": SCHEMA,
                "tracks": len(music.tracks),
                "new": music.new,
                "layout": music.how,
                "stored": music.stored,
                "output": None if output is None else str(output),
                "png": None if png is None else str(png),
                "bytes": written[output if output is not None else png],
                "colourings": {
                    name: [{"name": group.name, "tracks": group.size} for group in colouring.groups]
                    for name, colouring in music.colourings.items()
                },
            }
        )
    moved = {
        "kept": "positions unchanged",
        "placed": f"{plural(music.new, 'new one')} placed",
        "laid out": "laid out",
    }[music.how]
    about = f"{plural(len(music.tracks), 'track')}, {moved}"
    for path in (output, png):
        if path not in (None, STDOUT):
            note(f"{printable(str(path))}: {about} ({size(written[path])})")
    if show and output is not None:
        import webbrowser

        address = output.expanduser().absolute().as_uri()
        if not webbrowser.open(address):
            note(f"no browser was found: open {address}")


def _lay_out(session: Session, again: bool, preferences: dict[str, Any], bar: Bar) -> MusicMap:
    text, done = "", 0

    def show(step: MeasureStage) -> None:
        nonlocal text, done
        if not step.total:
            bar.stage(step.text)
        elif step.text != text:
            text, done = step.text, 0
            bar.start(step.total, text)
        for _ in range(step.done - done):
            bar.advance("")
        done = step.done

    with _open(session) as library:
        return library.map(again=again, guesses=library.guess_otherwise(**preferences), on_stage=show)


def _open(session: Session) -> Library:
    """Open the library, for writing if possible, since the positions of tracks are stored in it."""
    try:
        return session.open(create=False)
    except CatalogueError:
        return session.open(read_only=True)


def _suffix(png: Path | None) -> str:
    """The suffix of the picture's file; a printed picture is a PNG."""
    return "" if png is None else ".png" if png == STDOUT else png.suffix.lower()


def _check(output: Path | None, png: Path | None, force: bool) -> None:
    """Refuse output that cannot be written, before a large library is laid out."""
    from musicemb.extras import require
    from musicemb.io.output.files import check_output
    from musicemb.io.output.map_image import MAP_MARKS
    from musicemb.web.page import GENERATOR

    suffix = _suffix(png)
    if png is not None:
        if suffix not in MAP_MARKS and not png.expanduser().is_dir():
            raise click.UsageError(f"{png}: the suffix sets the format, and must be one of {', '.join(MAP_MARKS)}")
        require("map --png", "matplotlib")
    for path, mark in ((output, GENERATOR), (png, MAP_MARKS.get(suffix, b""))):
        if path is not None and path != STDOUT:
            check_output(path.expanduser(), force=force, ours=mark)


def _write(
    music: MusicMap, output: Path | None, png: Path | None, colour_by: str | None, force: bool
) -> dict[Path | None, int]:
    """Bytes written, by path."""
    from musicemb.io.output.files import write_output

    if colour_by is not None and colour_by not in music.colourings:
        from musicemb.workflows.similarity.word_scores import TELL_REEMBED

        raise MusicembError(_UNMEASURED if colour_by == "tempo" else TELL_REEMBED)
    if colour_by is None:
        grouped = any(group.colour != MAP_GREY for group in music.colourings["cluster"].groups)
        colour_by = "cluster" if grouped else "genre"

    drawn: dict[Path | None, tuple[bytes, bytes]] = {}
    if output is not None:
        from musicemb.web.page import GENERATOR, render_page

        drawn[output] = render_page(music, colour_by=colour_by), GENERATOR
    if png is not None:
        from musicemb.io.output.map_image import MAP_MARKS, draw_map

        suffix = _suffix(png)
        drawn[png] = draw_map(music, colour_by=colour_by, suffix=suffix), MAP_MARKS[suffix]
    for path, (data, mark) in drawn.items():
        if path == STDOUT:
            emit_bytes(data)
        elif path is not None:
            write_output(path.expanduser(), data, force=force, ours=mark)
    return {path: len(data) for path, (data, _) in drawn.items()}
