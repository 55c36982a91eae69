"""The command line: the only package that uses click and rich."""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

    from musicemb.cli.session import Session

INTERRUPTED = 130
BUG = 1


_OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""Python looks for garbage after 700 new objects; imports make 100,000 that all stay."""


def main() -> None:
    """Run the command line and exit with its status; the entry point of ``musicemb``."""
    # Looking for garbage in what was imported, again and again and once more at the end, is a fifth of a question.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)
    try:
        from musicemb.cli.session import Session

        for stream in (sys.stdout, sys.stderr):
            # A title that the terminal's encoding lacks is shown with marks in its place, never a traceback.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        status = run(sys.argv[1:], Session(called_as=sys.argv[0]))
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except OSError:
        _let_go_of_stdout()
        status = 1
    sys.exit(status)


def run(arguments: Sequence[str], session: Session | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str
        As typed, without the program's name.
    session : Session or None
        What the command works with; None is a fresh one.

    Returns
    -------
    int
        The exit status.
    """
    from musicemb.cli.session import Session
    from musicemb.cli.verbosity import log, reset

    session = session or Session()
    try:
        status = _run(arguments, session)
        log(f"exit status {status}")
        return status
    finally:
        session.tell()
        reset()


def _run(arguments: Sequence[str], session: Session) -> int:
    import click

    from musicemb.cli.app import cli
    from musicemb.cli.progress import note
    from musicemb.errors import MissingExtra, MusicembError

    try:
        outcome = cli.main(list(arguments), prog_name="musicemb", obj=session, standalone_mode=False)
    except MusicembError as error:
        note(f"musicemb: {error}", urgent=True, whole=isinstance(error, MissingExtra))
        return error.exit_status
    except click.ClickException as error:
        _tell_wrong_usage(error, arguments)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as interruption:
        if interruption.__cause__ is None:  # at a question; elsewhere click has ended the line
            note("")
        note(f"musicemb: interrupted; {session.kept}", urgent=True)
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        return 1
    except OSError as error:
        # What a disk, a network drive or a full /tmp may do anywhere; not our mistake.
        where = f"{error.filename}: " if error.filename else ""
        note(f"musicemb: {where}{error.strerror or error}; {session.kept}", urgent=True)
        return 1
    except Exception as error:
        if os.environ.get("MUSICEMB_DEBUG"):
            raise
        if damage := session.damage():
            note(f"musicemb: {damage}", urgent=True)
            return 1
        text = " ".join(str(error).split())
        note(
            f"musicemb: this is a bug: {type(error).__name__}{': ' if text else ''}{text} "
            f"({session.kept}; MUSICEMB_DEBUG=1 shows where)",
            urgent=True,
        )
        return BUG
    return outcome if isinstance(outcome, int) else 0


def _tell_wrong_usage(error: click.ClickException, arguments: Sequence[str]) -> None:
    from musicemb.cli.progress import note
    from musicemb.cli.verbosity import is_quiet, log, read_ahead

    read_ahead(arguments)
    if is_quiet():
        note(f"Error: {error.format_message()}", urgent=True)
        return
    log(f"Error: {error.format_message()}")
    error.show()


def _let_go_of_stdout() -> None:
    # The reader of our pipe has exited (``musicemb clusters | head``): buffered output must not raise an error at exit.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
