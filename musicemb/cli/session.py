"""What a command needs of its surroundings: the library, the encoder, and whether a person can answer questions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.wording import quoted
from musicemb.errors import ConsentMissing
from musicemb.workflows.library.encoder_choice import find_shipped, open_encoder

if TYPE_CHECKING:
    from musicemb.library import Library
    from musicemb.records import Encoder


FAILED = 3
"""Exit status of a command that finished, though some files failed, or rows of a table could not be used."""


def at_terminal() -> bool:
    """Whether questions can be asked: they are printed to stderr, and answers are read from stdin."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def program_name(called_as: str) -> str:
    """The program's name as it was typed, for commands in messages.

    Parameters
    ----------
    called_as : str
        Its path, as the shell gave it.

    Returns
    -------
    str
        "musicemb" where that is found, else the path.
    """
    import shutil

    called = Path(called_as)
    if called.name == "__main__.py":
        return f"{quoted(Path(sys.executable).name)} -m musicemb"
    on_path = shutil.which("musicemb")
    with suppress(OSError):
        if on_path is not None and called.samefile(on_path):
            return "musicemb"
    return "musicemb" if called.parent == Path() else quoted(called_as)


@dataclass
class Session:
    """The context object of one call; a Python program that calls the commands may pass its own encoder."""

    library: Path | None = None
    """The catalogue's file; None is the default place."""
    load_encoder: Callable[[str | Path | None], Encoder] = open_encoder
    find_shipped: Callable[[str], Path | None] = find_shipped
    interactive: Callable[[], bool] = at_terminal
    called_as: str = "musicemb"
    """How the program was called, for commands to type next."""
    library_typed: bool = False
    """Whether ``--library`` was typed, so that commands to type next need it too."""
    kept: str = field(default="nothing was changed", init=False)
    """What an interruption leaves behind; commands keep it up to date while they work."""

    _opened: list[Library] = field(default_factory=list, init=False)

    def open(self, *, encoder: str | None = None, read_only: bool = False, create: bool = True) -> Library:
        """Open the library.

        Parameters
        ----------
        encoder : str or None
            What ``--encoder`` says.
        read_only : bool
            For commands that only look: works on a file that cannot be written, and makes none.
        create : bool
            Make a library where there is none.

        Returns
        -------
        Library
            To be used in a ``with``.
        """
        from musicemb.library import Library
        from musicemb.workflows.library.encoder_choice import EncoderSource

        source = EncoderSource(self.load_encoder, self.find_shipped)
        library = Library.open(self.library, encoder=encoder, read_only=read_only, create=create, source=source)
        self._opened.append(library)
        self.tell()
        return library

    def tell(self) -> None:
        """Print the warnings of the opened libraries, each once."""
        from musicemb.cli.progress import note

        for library in self._opened:
            while library.catalogue.notices:
                note(library.catalogue.notices.pop(0))

    def damage(self) -> str:
        """What is wrong with the library file, if it is damaged: this explains an error that would otherwise look like
        a bug.

        Returns
        -------
        str
            "" where nothing is found.
        """
        from musicemb.io.catalogue.catalogue import open_catalogue
        from musicemb.io.catalogue.connection import damaged
        from musicemb.io.catalogue.safety.inspection import inspect

        with suppress(Exception), open_catalogue(self.library, read_only=True) as catalogue:
            with catalogue.reading() as connection:
                found = inspect(connection)
            if found:
                what = [*found.structure, *(f"checksums of {table}" for table in found.checksums), *found.values]
                return damaged(catalogue.path, what[0])
        return ""

    def command(self, words: str) -> str:
        """A command to type next, with the program's name and ``--library`` as in this call.

        Parameters
        ----------
        words : str
            The command's name, and what follows.

        Returns
        -------
        str
        """
        name, _, rest = words.partition(" ")
        library = f" --library {quoted(str(self.library))}" if self.library_typed else ""
        return f"{program_name(self.called_as)} {name}{library}{' ' if rest else ''}{rest}"

    def need_consent(self, what: str, *, yes: bool) -> None:
        """Refuse early if a question would have to be asked and there is no terminal.

        Parameters
        ----------
        what : str
            What needs consent ("tags are written").
        yes : bool
            Consent was given on the command line.

        Raises
        ------
        ConsentMissing
        """
        if not yes and not self.interactive():
            raise ConsentMissing(
                f"{what} only after confirmation, and there is no terminal to ask at: add --yes to confirm"
            )

    def confirm(self, question: str, *, what: str, yes: bool) -> bool:
        """Ask a yes-or-no question.

        Parameters
        ----------
        question : str
            Without the question mark's "[y/N]".
        what : str
            As in `need_consent`.
        yes : bool
            Consent was given on the command line: nothing is asked.

        Returns
        -------
        bool

        Raises
        ------
        ConsentMissing
            Without a terminal and without `yes`.
        """
        self.need_consent(what, yes=yes)
        return yes or _agreed(question)


def _agreed(question: str) -> bool:
    """Whether the answer to a question is yes; the default is no, and "q" counts as no."""
    while True:
        answer = click.prompt(f"{question} [y/N]", default="", show_default=False, err=True).strip().casefold()
        if answer in ("y", "yes"):
            return True
        if answer in ("", "n", "no", "q", "quit"):
            return False
        click.echo('Please answer "y" or "n"; "q" leaves too.', err=True)


pass_session = click.make_pass_decorator(Session, ensure=True)
