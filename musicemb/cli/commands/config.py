"""The command ``config``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicemb.cli.options import json_option, library_option
from musicemb.cli.output import emit, emit_json
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.wording import short_path
from musicemb.documents import SCHEMA
from musicemb.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from musicemb.settings.configuration import Configuration, Source


@click.command(
    "config",
    short_help="Show which settings are in force, and where they come from.",
    epilog="""\b
--json prints
  {"schema": 1, "file": "path", "exists": bool, "library": "path",
   "settings": [{"key", "value", "sources": ["default", "file", "library",
   "environment"], "variable": environment variable, "about"}]}
""",
)
@click.option("--example", is_flag=True, help="Print a config.toml with all keys, each commented out.")
@click.option("--forget", metavar="KEY", help="Forget what the library remembers of KEY.")
@json_option
@library_option()
@pass_session
def config_command(session: Session, example: bool, forget: str | None, as_json: bool) -> None:
    """Show which settings are in force, and where they come from.

    In order of precedence: an option on the command line, an environment variable, what the library remembers of its
    scans, the file config.toml, the default. Lists (roots, exclude) add up instead. The file lies in your configuration
    folder, or at the path that MUSICEMB_CONFIG names.

    \b
    Examples:
      musicemb config
      musicemb config --example > config.toml
      musicemb config --forget min_confidence
    """
    if example:
        emit(_example())
        return
    from musicemb.io.catalogue.catalogue import catalogue_path
    from musicemb.workflows.library.configuration import load_configuration, what_holds

    configuration = load_configuration()
    if forget is not None:
        _forget(session, forget)
    try:
        with session.open(read_only=True) as library:
            path, settings = library.catalogue.path, what_holds(configuration, library.catalogue)
    except CatalogueError:
        path = catalogue_path(session.library)
        if path.exists():
            raise
        settings = what_holds(configuration, None)
    if as_json:
        emit_json({"schema": SCHEMA, **_document(configuration, path, settings)})
    else:
        _show(configuration, path, settings)


def _forget(session: Session, key: str) -> None:
    from musicemb.workflows.genres.vocabulary import REMEMBERED, forget_preference

    if key not in REMEMBERED:
        raise click.UsageError(f"a library does not remember {key!r}; it can remember {', '.join(REMEMBERED)}")
    with session.open(create=False) as library:
        library.catalogue.require_free()
        forget_preference(library.catalogue, key)
    note(f"{key} is forgotten; run {session.command('scan')} for it to take effect")


def _document(
    configuration: Configuration, library: Path, settings: Mapping[str, tuple[Any, Sequence[Source]]]
) -> dict[str, Any]:
    from musicemb.settings.configuration import KEYS

    assert configuration.path is not None  # it was loaded
    return {
        "file": str(configuration.path),
        "exists": configuration.path.exists(),
        "library": str(library),
        "settings": [
            {
                "key": name,
                "value": list(value) if isinstance(value, tuple) else value if _plain(value) else str(value),
                "sources": list(sources),
                "variable": KEYS[name].variable,
                "about": KEYS[name].about,
            }
            for name, (value, sources) in settings.items()
        ],
    }


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _show(configuration: Configuration, library: Path, settings: Mapping[str, tuple[Any, Sequence[Source]]]) -> None:
    assert configuration.path is not None  # it was loaded
    there = "" if configuration.path.exists() else " (not there)"
    emit(f"Settings  {short_path(configuration.path)}{there}")
    emit(f"Library   {short_path(library)}\n")
    rows = [
        [name, _shown(name, value) or _otherwise(name), " + ".join(_WORDS[one] for one in sources)]
        for name, (value, sources) in settings.items()
    ]
    emit_table([Column("key", at_least=16), Column("value", at_least=8), Column("from", at_least=10)], rows)


_WORDS = {
    "default": "default",
    "file": "config.toml",
    "library": "the library",
    "environment": "environment",
    "option": "option",
}


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(short_path(Path(one)) if name == "roots" else one for one in value)
    if isinstance(value, float) and value < 0:
        return ""  # a scan was run with "default"
    return "" if value is None else str(value)


def _otherwise(name: str) -> str:
    """The value of a setting that is set nowhere."""
    from musicemb.settings import GuessSettings
    from musicemb.workflows.similarity.playlist import PlaylistLength

    guesses = GuessSettings()
    return {
        "workers": "one per core",
        "min_confidence": f"{guesses.threshold:.2f}",
        "vocabulary": "any genre",
        "playlist.tracks": str(PlaylistLength().tracks),
    }.get(name, "-")


def _example() -> str:
    from musicemb.settings.configuration import KEYS

    lines = ["# Settings of musicemb. Take away the # in front of what you want to set."]
    table = ""
    for key in KEYS.values():
        section, _, name = key.name.rpartition(".")
        if section != table:
            table = section
            lines += ["", f"[{section}]"]
        lines += [f"# {key.about}", f"# {name} = {key.example}"]
    return "\n".join(lines)
