"""Options that several commands share, so that names and help texts are the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from musicemb.cli.session import Session
from musicemb.cli.verbosity import be_quiet, be_verbose, open_log
from musicemb.settings import GuessSettings

Command = TypeVar("Command", bound=Callable[..., Any])


class TypedPath(click.Path):
    """A path as typed. An empty path, often an unset variable of a script, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read what was typed.

        Parameters
        ----------
        value : str
        param : click.Parameter or None
        ctx : click.Context or None

        Returns
        -------
        Path
        """
        if value == "":
            self.fail('the path is empty; the current folder is "."', param, ctx)
        return super().convert(value, param, ctx)


FILE = TypedPath(path_type=Path)
"""Whether it exists is for the workflow to say, which words it better."""


def _remember_library(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        session = context.ensure_object(Session)
        session.library = value
        source = context.get_parameter_source(parameter.name or "")
        session.library_typed = source is click.core.ParameterSource.COMMANDLINE


def library_option(*, root: bool = False) -> Callable[[Command], Command]:
    """``--library``, ``-v``, ``-q`` and ``--log-file``: accepted before and after the command's name.

    Parameters
    ----------
    root : bool
        True for the option before the name: that one reads MUSICEMB_LIBRARY too, so that a path that
        is typed in either place wins over the environment.

    Returns
    -------
    callable
        A decorator.
    """

    def decorate(command: Command) -> Command:
        return library(_loudness_options(command))

    library: Callable[[Command], Command] = click.option(
        "--library",
        metavar="FILE",
        type=TypedPath(path_type=Path, dir_okay=False),
        envvar="MUSICEMB_LIBRARY" if root else None,
        expose_value=False,
        callback=_remember_library,
        help="Library file (default: MUSICEMB_LIBRARY, else the one in your data folder).",
    )
    return decorate


def _loudness_options(command: Command) -> Command:
    """``--verbose``, ``--quiet`` and ``--log-file``, wherever they are typed."""

    def louder(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        if value:
            be_verbose()

    def quieter(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        if value:
            be_quiet()

    def keep(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
        if value is not None and not context.resilient_parsing:
            open_log(value)

    kept = click.option(
        "--log-file", type=FILE, metavar="FILE", expose_value=False, callback=keep,
        help="Append all messages to FILE, with the time.",
    )  # fmt: skip
    less = click.option(
        "-q", "--quiet", is_flag=True, expose_value=False, callback=quieter,
        help="Show no progress and no remarks, only results and errors.",
    )  # fmt: skip
    more = click.option("-v", "--verbose", is_flag=True, expose_value=False, callback=louder, help="Show details too.")
    return more(less(kept(command)))


def encoder_option(text: str) -> Callable[[Command], Command]:
    """``--encoder``.

    Parameters
    ----------
    text : str
        Its help.

    Returns
    -------
    callable
        A decorator.
    """
    return click.option("--encoder", metavar="FOLDER", help=text)


def json_option(command: Command) -> Command:
    """``--json`` as a flag, for commands whose only other form is text for people.

    Parameters
    ----------
    command : callable

    Returns
    -------
    callable
    """
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")(command)


def listing_options(command: Command) -> Command:
    """``--json``, ``--paths``, ``--print0`` and ``--m3u8``: one argument ``form``, "table" if none is given.

    Parameters
    ----------
    command : callable

    Returns
    -------
    callable
    """
    forms = {
        "json": "Print one JSON document instead of a table.",
        "paths": "Print only the paths, one per line.",
        "print0": "Print only the paths, each terminated by NUL (for xargs -0).",
        "m3u8": "Print an M3U8 playlist.",
    }
    for form, text in reversed(forms.items()):
        command = click.option(f"--{form}", "form", flag_value=form, help=text)(command)
    return click.option("--table", "form", flag_value="table", default=True, hidden=True)(command)


def where_words_option(command: Command) -> Command:
    """``--where-words``: only tracks that match words, as in ``find``.

    Parameters
    ----------
    command : callable

    Returns
    -------
    callable
    """
    return click.option(
        "--where-words",
        metavar="WORDS",
        help='Choose only from the tracks that WORDS describe best, as in musicemb find: "calm, no vocals".',
    )(command)


class Confidence(click.ParamType):  # type: ignore[type-arg]
    """0 to 1, or "default", which is read as -1."""

    name = "confidence"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read what was typed.

        Parameters
        ----------
        value : object
        param : click.Parameter or None
        ctx : click.Context or None

        Returns
        -------
        float
        """
        if str(value).casefold() == "default":
            return -1.0
        found: float = click.FloatRange(0, 1)(value, param, ctx)
        return found


def _default_confidence() -> str:
    tagged, untagged = f"{GuessSettings.threshold:.2f}", f"{GuessSettings.head_threshold:.2f}"
    return tagged if tagged == untagged else f"{tagged}, or {untagged} in a library without genre tags"


def genre_options(command: Command) -> Command:
    """``--vocabulary``, ``--any-genre``, ``--max-genres`` and ``--min-confidence``: what may be guessed.

    Parameters
    ----------
    command : callable

    Returns
    -------
    callable
    """
    most = click.option(
        "--max-genres",
        type=click.IntRange(min=1, max=5),
        metavar="N",
        help="Guess up to N genres per track where several are probable (default: 1, or as in the last scan).",
    )
    sure = click.option(
        "--min-confidence",
        type=Confidence(),
        metavar="0..1",
        help="Minimum confidence of a guess: a lower one gives more tracks a guess, and more of them are wrong; "
        f'evaluate shows how many. "default" is {_default_confidence()}. (default: as in the last scan)',
    )
    anything = click.option("--any-genre", is_flag=True, help="Allow any genre again.")
    words = click.option(
        "--vocabulary",
        type=FILE,
        metavar="FILE",
        help="Guess only the genres listed in FILE, one per line, and spell them as there.",
    )
    return words(anything(most(sure(command))))


def read_words(vocabulary: Path | None, *, any_genre: bool) -> tuple[str, ...] | None:
    """The vocabulary that ``--vocabulary`` and ``--any-genre`` select.

    Parameters
    ----------
    vocabulary : Path or None
    any_genre : bool

    Returns
    -------
    tuple of str or None
        Genres that may be guessed; empty: any; None: as before.
    """
    if vocabulary is not None and any_genre:
        raise click.UsageError("--vocabulary and --any-genre contradict each other")
    if vocabulary is None:
        return () if any_genre else None
    from musicemb.workflows.genres.vocabulary import load_aliases, load_vocabulary

    return load_vocabulary(vocabulary, load_aliases())


def yes_option(text: str) -> Callable[[Command], Command]:
    """``--yes``.

    Parameters
    ----------
    text : str
        Its help.

    Returns
    -------
    callable
        A decorator.
    """
    return click.option("--yes", "-y", is_flag=True, help=text)
