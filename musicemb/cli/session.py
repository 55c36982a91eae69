"""What the commands of one call share: the library, the way to an encoder, and whether somebody is there to ask."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from musicemb.cli.wording import quoted
from musicemb.errors import BundleError, ConsentMissing

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.records import Encoder


FAILED = 3
"""Exit status of a command that finished, though some files failed in this run."""


def at_terminal() -> bool:
    """Whether a person can be asked: questions go to stderr, answers come from stdin."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def open_encoder(folder: str | Path | None = None) -> Encoder:
    """The encoder of a bundle.

    Parameters
    ----------
    folder : str, Path or None
        A bundle's folder, or the name of one that came with the program; None is the default bundle.

    Returns
    -------
    Encoder
    """
    from musicemb.encoder.runtime.litert import load_encoder

    return load_encoder(folder)


def program_name(called_as: str) -> str:
    """What has to be typed to call the program again.

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


def find_shipped(encoder_id: str) -> Path | None:
    """The bundle of an id among those that came with the program and those that the user trained.

    Parameters
    ----------
    encoder_id : str

    Returns
    -------
    Path or None
        Its folder.
    """
    from musicemb.encoder.runtime.bundle import SETTINGS, read_bundle, shipped_bundles
    from musicemb.io.user_folders import encoders_folder

    for folder in (shipped_bundles(), encoders_folder()):
        for settings in sorted(folder.glob(f"*/{SETTINGS}")):
            with suppress(BundleError):
                if read_bundle(settings.parent, verify=False).id == encoder_id:
                    return settings.parent
    return None


@dataclass
class Session:
    """The context object of one call; whoever calls the commands from Python may bring an encoder of their own."""

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

    def open(self, *, read_only: bool = False, create: bool = True) -> Catalogue:
        """Open the library.

        Parameters
        ----------
        read_only : bool
            For commands that only look: works on a file that cannot be written, and makes none.
        create : bool
            Make a library where there is none.

        Returns
        -------
        Catalogue
            To be used in a ``with``.
        """
        from musicemb.io.catalogue.catalogue import open_catalogue
        from musicemb.workflows.genres.vocabulary import load_aliases

        return open_catalogue(self.library, read_only=read_only, create=create, aliases=load_aliases())

    def choose_encoder(self, catalogue: Catalogue, wanted: str | None, *, reembed: bool = False) -> tuple[Encoder, str]:
        """The encoder to work with: the one asked for, else the library's own, else the default.

        Parameters
        ----------
        catalogue : Catalogue
        wanted : str or None
            What ``--encoder`` says.
        reembed : bool
            The library is to move, so what it was made with does not matter.

        Returns
        -------
        encoder : Encoder
        newer : str
            Id of the bundle that took its place as the default since; "" where none did.

        Raises
        ------
        BundleError
            Where the library's own encoder did not come with the program, and is not named.
        """
        active = catalogue.active_encoder
        if wanted is not None or reembed or active is None:
            return self.load_encoder(wanted), ""
        default = self.load_encoder(None)
        if default.id == active:
            return default, ""
        folder = self.find_shipped(active)
        if folder is not None:
            from musicemb.io.user_folders import encoders_folder

            # Who trained an encoder of their own did not miss ours.
            own = folder.is_relative_to(encoders_folder())
            return self.load_encoder(folder), "" if own else default.id
        name = next((name for id_, name, _ in catalogue.encoders() if id_ == active and name), "an encoder")
        raise BundleError(
            f"the library was made with {name} ({active}), which did not come with this program: --encoder FOLDER "
            f"says where it is, and {self.command('scan --reembed')} moves the library to {default.name}"
        )

    def command(self, words: str) -> str:
        """A command to type next, as it works from where this one was typed.

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
        """Refuse early where something would have to be asked and nobody is there.

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
            raise ConsentMissing(f"{what} only after asking, and there is no terminal to ask at; --yes says yes")

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
        return yes or click.confirm(question, default=False, err=True)


pass_session = click.make_pass_decorator(Session, ensure=True)
