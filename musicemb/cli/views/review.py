"""What ``tag --review`` shows: groups, tracks and keys, on stderr, as wide as the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from musicemb.cli.progress import note, plain_console
from musicemb.cli.wording import duration, number, plural, printable, short_path

if TYPE_CHECKING:
    from rich.text import Text

    from musicemb.records import ReviewGroup, ReviewItem

_GENRES = 6
"""Genres of a group that are counted by name."""
_AROUND = 12
"""Lines of the terminal that a list of tracks leaves free."""
_FEWEST, _MOST = 3, 20
"""Tracks of a group that are listed unless all are requested."""
_WIDEST = 20
"""Cells of a guess in a list."""


def show_group(group: ReviewGroup, items: Sequence[ReviewItem], place: int, of: int) -> bool:
    """Show a group of tracks to decide on.

    Parameters
    ----------
    group : ReviewGroup
    items : sequence of ReviewItem
        Those that are left of it.
    place, of : int
        Which group it is, from 1.

    Returns
    -------
    bool
        Whether not all of them are shown.
    """
    where = f"group {place} of {of}: " if of > 1 else ""
    note("")
    say(f"{where}{group.name or 'all tracks'}, {plural(len(items), 'track')} to decide", "bold")
    words = Counter(word for item in items for word in item.words)
    counts = ", ".join(f"{word} {number(count)}" for word, count in words.most_common(_GENRES))
    say(f"  {counts}{', ...' if len(words) > _GENRES else ''}", "green")
    return show_items(items, min(_MOST, max(_FEWEST, plain_console().height - _AROUND)))


def show_items(items: Sequence[ReviewItem], most: int) -> bool:
    """Show tracks with their guesses, one line each.

    Parameters
    ----------
    items : sequence of ReviewItem
    most : int
        How many at most.

    Returns
    -------
    bool
        Whether some were left out.
    """
    from rich.cells import set_cell_size

    width = min(max(len("; ".join(item.words)) for item in items), _WIDEST)
    shown = items if len(items) <= most + 1 else items[:most]
    for item in shown:
        guess = set_cell_size(printable("; ".join(item.words)), width)
        say(f"  {item.change.confidence:.2f}  {guess}  {item.change.track.name}", cut=True)
    if len(items) > len(shown):
        note(f"  and {number(len(items) - len(shown))} more, less sure")
    return len(items) > len(shown)


def show_track(group: ReviewGroup, item: ReviewItem, place: int) -> None:
    """Show a track to decide on.

    Parameters
    ----------
    group : ReviewGroup
    item : ReviewItem
    place : int
        Which track of the group it is, from 1.
    """
    from rich.text import Text

    track = item.change.track
    note("")
    say(f"{place} of {len(group.items)}{f' in {group.name}' if group.name else ''}", "dim")
    say(f"  {track.name}", "bold")
    say(f"  {short_path(track.path)}, {duration(track.duration)}", "dim")
    now = f"{', '.join(item.change.before)}; " if item.change.before else ""
    say(f"  {f'now {now}' if now else ''}guess {'; '.join(item.words)} {item.change.confidence:.2f}", "green")
    if item.others:
        listed = [f"{place} {word} {worth:.2f}" for place, (word, worth) in enumerate(item.others, start=1)]
        _say_apart([Text(printable(entry)) for entry in ("  or", *listed)], "     ")


def ask_key(keys: Mapping[str, str], allowed: Collection[str] = ()) -> str:
    """Ask for one of some keys; other keys are ignored.

    Parameters
    ----------
    keys : mapping of str to str
        What is shown: key -> what it does.
    allowed : collection of str
        The keys themselves, where they are not those of `keys`.

    Returns
    -------
    str
        In small letters; "q" also where the terminal is gone, and for Ctrl-D.
    """
    _show_keys(keys)
    while True:
        try:
            typed = click.getchar()
        except EOFError:  # Ctrl-D
            typed = ""
        if not typed:  # or the terminal is gone
            return "q"
        key = typed.rstrip("\r\n").casefold()  # a busy machine hands over a key and Enter after it as one
        if key in (allowed or keys):
            return key


def _show_keys(keys: Mapping[str, str]) -> None:
    from rich.text import Text

    _say_apart([Text.assemble("(", (key, "bold cyan"), f") {text}") for key, text in keys.items()])


def _say_apart(entries: Sequence[Text], indent: str = "") -> None:
    """Arrange entries in lines without breaking an entry."""
    from rich.text import Text

    width = plain_console().width
    line = Text()
    for entry in entries:
        if line and line.cell_len + 2 + entry.cell_len > width:
            _print(line)
            line = Text(indent) + entry
        else:
            line = Text.assemble(line, "  ", entry) if line else entry
    _print(line)


def say(text: str, style: str = "", *, cut: bool = False) -> None:
    """A line on stderr, as wide as the terminal.

    Parameters
    ----------
    text : str
    style : str
        In rich's words ("bold", "dim").
    cut : bool
        Cut what is too long, instead of going on in the next line.
    """
    from rich.text import Text

    _print(Text(printable(text), style=style, no_wrap=cut, overflow="ellipsis" if cut else "fold"))


def _print(text: object) -> None:
    console = plain_console()
    with console.capture() as capture:
        console.print(text)
    encoding = getattr(console.file, "encoding", None) or "utf-8"
    click.echo(capture.get().rstrip("\n").encode(encoding, "replace").decode(encoding), err=True)
