"""The command ``schema``."""

from __future__ import annotations

import click

from musicemb.cli.output import emit, emit_json


@click.command("schema", short_help="Print the JSON Schema of what --json prints.")
@click.argument("name", metavar="[NAME]", required=False)
def schema_command(name: str | None) -> None:
    """Print the JSON Schema of the document NAME, or without NAME the names of all documents.

    A document is named after the command that prints it with --json; commands that print several kinds have several
    documents, such as undo and undo-list. A schema describes what this version prints: later versions may add keys, but
    they never rename one.

    \b
    Examples:
      musicemb schema
      musicemb schema similar > similar.schema.json
    """
    from musicemb.documents import read_schema, schema_names

    if name is None:
        emit("\n".join(schema_names()))
    else:
        emit_json(read_schema(name))
