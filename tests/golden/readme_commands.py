"""Writes the "Commands" part of README.md from the commands' own help: python tests/golden/readme_commands.py"""

from __future__ import annotations

from pathlib import Path

import click

from musicemb.cli.app import cli

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- commands:begin -->", "<!-- commands:end -->"
WIDTH = 90


def commands_text() -> str:
    """The help of every command as Markdown."""
    # With the program's own settings, -h among them: click keeps a command's help option once it was shown.
    root = click.Context(cli, info_name="musicemb", terminal_width=WIDTH, color=False, **cli.context_settings)
    parts = [_block("musicemb", cli.get_help(root))]
    for name in cli.list_commands(root):
        command = cli.commands[name]
        context = click.Context(command, info_name=name, parent=root, terminal_width=WIDTH, color=False)
        parts.append(_block(f"musicemb {name}", command.get_help(context)))
    return "\n\n".join(parts)


def with_commands(readme: str) -> str:
    """The README's text with that part renewed; put at the end where there is none yet."""
    if BEGIN not in readme:
        readme = f"{readme.rstrip()}\n\n## Commands\n\n{BEGIN}\n{END}\n"
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{commands_text()}\n\n{END}{after}"


def _block(title: str, text: str) -> str:
    body = "\n".join(line.rstrip() for line in text.strip().split("\n"))
    return f"### `{title}`\n\n```text\n{body}\n```"


if __name__ == "__main__":
    README.write_text(with_commands(README.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
