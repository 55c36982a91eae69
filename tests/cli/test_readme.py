"""The README says what the commands' help says."""

from __future__ import annotations

from golden.readme_commands import BEGIN, END, README, commands_text, with_commands

from musicemb.cli.app import cli


def test_the_commands_part_is_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_commands(text) == text, "run: python tests/golden/readme_commands.py"


def test_every_command_is_in_it() -> None:
    text = commands_text()
    for name in cli.commands:
        assert f"### `musicemb {name}`" in text


def test_the_rest_of_the_readme_stays() -> None:
    renewed = with_commands(f"# A\n\n{BEGIN}\nold\n{END}\n\n## B\n")
    assert renewed.startswith("# A\n\n")
    assert renewed.endswith(f"{END}\n\n## B\n")
    assert "old\n" not in renewed.split(BEGIN)[0] + renewed.split(END)[1]
    assert with_commands(renewed) == renewed
