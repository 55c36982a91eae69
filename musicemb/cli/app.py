"""The command ``musicemb``: what all commands have in common, and the list of them."""

from __future__ import annotations

import difflib

import click

from musicemb import __version__
from musicemb.cli.options import library_option

EXIT_STATUS = """\b
Exit status:
  0    success
  1    error: one line on stderr says what happened and what to do
  2    wrong usage, or confirmation was missing
  3    finished, but some files failed in this run, or check found something; it is listed
  130  interrupted; finished work is kept

\b
Results go to stdout, progress and messages to stderr. NO_COLOR is respected.
"""


class _InOrder(click.Group):
    """Lists its commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where there is none of that name."""
        if args and self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing and args[0][:1] != "-":
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
    """Analyse a music library by its sound: find similar tracks, cluster tracks, guess genres.

    \b
    Start with
      musicemb scan ~/Music
      musicemb similar "artist title"
    """


def _add_commands() -> None:
    from musicemb.cli.commands.backup import backup_command
    from musicemb.cli.commands.check import check_command
    from musicemb.cli.commands.clusters import clusters_command
    from musicemb.cli.commands.config import config_command
    from musicemb.cli.commands.duplicates import duplicates_command
    from musicemb.cli.commands.evaluate import evaluate_command
    from musicemb.cli.commands.export import export_command
    from musicemb.cli.commands.find import find_command
    from musicemb.cli.commands.forget import forget_command
    from musicemb.cli.commands.import_genres import import_command
    from musicemb.cli.commands.map import map_command
    from musicemb.cli.commands.mpd import mpd_command
    from musicemb.cli.commands.playlist import playlist_command
    from musicemb.cli.commands.retrain import retrain_command
    from musicemb.cli.commands.scan import scan_command
    from musicemb.cli.commands.schema import schema_command
    from musicemb.cli.commands.serve import serve_command
    from musicemb.cli.commands.similar import similar_command
    from musicemb.cli.commands.status import status_command
    from musicemb.cli.commands.tag import tag_command
    from musicemb.cli.commands.undo import undo_command
    from musicemb.cli.commands.watch import watch_command
    from musicemb.cli.commands.why import why_command

    # In the order in which people need them; a new command is one line here.
    for command in (
        scan_command,
        similar_command,
        find_command,
        playlist_command,
        clusters_command,
        map_command,
        why_command,
        tag_command,
        undo_command,
        duplicates_command,
        watch_command,
        serve_command,
        mpd_command,
        export_command,
        import_command,
        status_command,
        config_command,
        check_command,
        backup_command,
        forget_command,
        retrain_command,
        evaluate_command,
        schema_command,
    ):
        cli.add_command(command)


_add_commands()
