"""The command ``musicemb``: the list of commands, and what they have in common."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, MutableMapping

import click

from musicemb import __version__
from musicemb.cli.options import library_option

EXIT_STATUS = """\b
Exit status:
  0    success
  1    error: one line on stderr says what happened and what to do
  2    wrong usage, or confirmation was missing
  3    finished, but with problems, which are listed: some files failed, some
       rows of a table could not be used, or check found something
  130  interrupted; finished work is kept

\b
Results go to stdout, progress and messages to stderr. NO_COLOR is respected.
"""


COMMANDS = (
    "scan", "similar", "find", "playlist", "clusters", "map", "why", "tag", "undo", "duplicates",
    "watch", "serve", "mpd", "export", "import", "status", "config", "check", "backup", "forget",
    "retrain", "evaluate", "schema",
)  # fmt: skip
"""In the order in which people need them; each is `NAME_command` of the module of its name."""

_MODULES = {"import": "import_genres"}
"""Of commands whose name is a word of Python's."""


class _Commands(MutableMapping[str, click.Command]):
    """The commands, each imported only when it is needed, so that one command does not wait for all others."""

    def __init__(self) -> None:
        self._imported: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._imported:
            if name not in COMMANDS:
                raise KeyError(name)
            module = importlib.import_module(f"musicemb.cli.commands.{_MODULES.get(name, name)}")
            self._imported[name] = getattr(module, f"{name}_command")
        return self._imported[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._imported[name] = command

    def __delitem__(self, name: str) -> None:
        del self._imported[name]

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS or name in self._imported

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _InOrder(click.Group):
    """Lists its commands in the order of `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; if there is none of that name, suggest the nearest one."""
        if args and self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing and args[0][:1] != "-":
            import difflib

            near = difflib.get_close_matches(args[0], self.commands, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(self.commands)}."
            raise click.UsageError(f"No such command {args[0]!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_InOrder,
    epilog=EXIT_STATUS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@library_option(root=True)
@click.version_option(__version__, "-V", "--version", prog_name="musicemb", message="%(prog)s %(version)s")
def cli() -> None:
    """Analyse a music library by its sound: find similar tracks, group tracks, guess genres.

    \b
    Start with
      musicemb scan ~/Music
      musicemb similar "artist title"
    """


cli.commands = _Commands()
