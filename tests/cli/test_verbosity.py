"""How much is said, and what is kept of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typed_commands import Type

from musicemb.cli import verbosity


@pytest.fixture(autouse=True)
def afresh() -> None:
    verbosity.reset()


@pytest.mark.parametrize("place", ["before", "after"])
def test_quiet_leaves_out_remarks_and_keeps_errors(place: str, library: Path, type_: Type) -> None:
    def typed(*words: str) -> tuple[int, str, str]:
        line = ["-q", *words] if place == "before" else [words[0], "-q", *words[1:]]
        found = type_(*line)
        return found.status, found.text, found.err

    assert "taken for" in type_("similar", "evne song 30").err
    status, out, err = typed("similar", "evne song 30")
    assert (status, err) == (0, "")
    assert out == type_("similar", "evne song 30").text
    status, out, err = typed("similar", "zappa zappa")
    assert (status, out) == (1, "")
    assert "no track matches" in err
    assert typed("similar", "odd")[2].count("\n") == 21, "what there is to choose from is no remark"
    assert not verbosity.is_quiet(), "the next command is told anew"


def test_details_are_told_on_request(library: Path, type_: Type) -> None:
    from musicemb.io.catalogue.catalogue import open_catalogue
    from musicemb.records import Clustering

    with open_catalogue(library) as catalogue:
        clusters = catalogue.clusters("fake00000000")
        made = Clustering(setting="min_cluster_size 5", instead="two thirds are noise")
        labels = {track.id: (track.cluster or 0, 0.5, 0) for track in catalogue.tracks()}
        catalogue.put_clusters("fake00000000", clusters, labels, made)
    assert "HDBSCAN" not in type_("clusters").err + type_("status").text
    for words in (["clusters", "--details"], ["clusters", "-v"], ["-v", "clusters"]):
        assert "min_cluster_size 5" in " ".join(type_(*words).err.split())


def test_a_log_is_added_to(library: Path, tmp_path: Path, type_: Type) -> None:
    log = tmp_path / "musicemb.log"
    type_("similar", "-q", "--log-file", log, "evne song 30")
    type_("--log-file", log, "similar", "zappa zappa")
    lines = log.read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \S", line) for line in lines)
    said = [line.split(" ", 1)[1] for line in lines]
    assert "'evne song 30' is taken for Even - Song 30" in said
    assert said[-1] == "exit status 1"
    assert any(line.startswith("musicemb: no track matches") for line in said)
    typed = type_("--log-file", tmp_path / "no" / "log", "status")
    assert (typed.status, typed.err.count("\n")) == (1, 1)
    assert "cannot be written" in typed.err


def test_a_log_that_cannot_go_on_ends_nothing(tmp_path: Path) -> None:
    verbosity.open_log(Path("/dev/full"))
    verbosity.log("one")
    verbosity.log("two")
    verbosity.reset()


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        (["similar", "--log-file", "LOG", "--tpo", "3", "x"], "No such option '--tpo'"),
        (["similar", "--log-file=LOG", "-n", "many", "x"], "'many' is not a valid"),
        (["--log-file", "LOG", "similr"], "No such command 'similr'"),
        (["export", "--log-file", "LOG"], "name a file with --output FILE"),
    ],
)
def test_wrong_usage_is_logged_and_told_in_one_line_when_quiet(
    words: list[str], mistake: str, library: Path, tmp_path: Path, type_: Type
) -> None:
    log = tmp_path / "musicemb.log"
    line = [word.replace("LOG", str(log)) for word in words]
    loud = type_(*line)
    assert (loud.status, loud.err.startswith("Usage:")) == (2, True)
    quiet = type_("-q", *line)
    assert (quiet.status, quiet.err.count("\n"), quiet.text) == (2, 1, "")
    assert quiet.err.startswith("Error: ")
    assert mistake in quiet.err
    told = [entry.split(" ", 1)[1] for entry in log.read_text().splitlines() if " Error: " in entry]
    assert told == [quiet.err.rstrip("\n")] * 2
