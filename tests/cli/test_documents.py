"""Every key that --json prints is in the command's help, and every key there is printed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from searched_library import LISTENING
from typed_commands import Type

from musicemb.cli.app import cli
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import JournalEntry

WORDS = {"failed", "skipped", "written", "unchanged", "tag", "undo", "path"}
"""Quoted in help as values, not as keys."""


def keys(document: Any) -> set[str]:
    """All keys in a document."""
    if isinstance(document, dict):
        return set(document) | {key for value in document.values() for key in keys(value)}
    if isinstance(document, list):
        return {key for value in document for key in keys(value)}
    return set()


def promised(command: str) -> set[str]:
    """All keys in a command's help."""
    return set(re.findall(r'"([a-z_0-9]+)"', cli.commands[command].epilog or ""))


@pytest.mark.parametrize(
    "words",
    [
        ["similar", "Even Song 30"],
        ["find", "rock"],
        ["clusters"],
        ["clusters", "0"],
        ["status"],
        ["tag", "--dry-run"],
        ["undo", "--list"],
        ["forget", "--gone"],
    ],
    ids=" ".join,
)
def test_every_printed_key_is_promised(words: list[str], library: Any, type_: Type) -> None:
    with open_catalogue() as catalogue:
        catalogue.start_run("tag", "fake00000000")
    typed = type_(*words, "--json")
    assert typed.status == 0, typed.err
    assert typed.json["schema"] == 1
    assert keys(typed.json) <= promised(words[0]) | {"genres"}


def test_every_promised_key_is_printed(library: Any, type_: Type) -> None:
    spans = {"where", "here", "there"}  # only with --where, and where segments are stored
    ways = [["--where-words", "calm"], ["--artists"]]
    words = ("similar", "Even Song 30", "-n", "19")
    similar = [type_(*words, *way, "--json", encoder=LISTENING).json for way in ways]
    assert promised("similar") - spans <= keys(similar) | {"artist", "album"}
    assert promised("find") <= keys(type_("find", "rock", "-n", "19", "--json").json)
    both = [type_("clusters", *one, "--json", encoder=LISTENING).json for one in ([], ["0"])]
    assert promised("clusters") <= keys(both)
    assert promised("status") - WORDS <= keys(type_("status", "--json").json) | {"path"}
    assert promised("forget") <= keys(type_("forget", "--gone", "--json").json)


def test_scan_tag_and_undo_keep_their_promises() -> None:
    from pathlib import Path

    from typed_commands import embedded

    from musicemb import documents
    from musicemb.records import Applied, Change, Cluster, Guess, Pair, Problem, Run, ScanSummary, Track

    found = embedded(1)
    track = Track(1, found.file.path, found.tags, 1.0, "", guess=Guess(("rock",), 0.5, "genre head"))
    problem = Problem(Path("/a"), "is odd", "failed")
    summary = ScanSummary(
        new=1, changed=1, moved=1, retagged=1, gone=1, unchanged=1, skipped=(problem,), failed=(problem,), tracks=1,
        clusters=(Cluster(0, "a", 1, (1,)),), noise=0, pairs=(Pair(track, track, 0.5),), too_few=False, guesses=0,
        taggable=0, encoder_id="x",
    )  # fmt: skip
    scanned = keys(documents.to_json(summary, tracks={1: track}, library="/l")) | {"changes", "results"}
    assert scanned | {"schema"} == promised("scan") - (WORDS - {"skipped", "failed", "unchanged", "path"})

    change = documents.change_document(Change(track, (), ("Rock",), 0.5, "x"))
    result = documents.applied_document(Applied(Path("/a"), "written"))
    assert keys([change, result]) | {"schema", "policy", "dry_run", "values", "changes", "results"} == promised(
        "tag"
    ) - (WORDS - {"path"})
    entry = documents.entry_document(JournalEntry(1, 1, Path("/a"), "", {}, {}))
    run = documents.run_document(Run(1, "tag", "", 1))
    assert keys([entry, result, run]) | {
        *("schema", "entries", "results", "runs", "pruned", "undoable", "unfinished")
    } == promised("undo") - (WORDS - {"path"})
