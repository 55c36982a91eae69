"""A library without audio, and a way to type commands at it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from typed_commands import Type, Typed, check_document, embedded

from musicemb.cli import run
from musicemb.cli.session import Session
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.records import NOISE, Cluster, Guess, Problem


@pytest.fixture
def type_(capsysbinary: pytest.CaptureFixture[bytes]) -> Type:
    """``type_("similar", "code monkey")``; `terminal` says whether somebody is there to ask. Documents are checked."""

    def typed(*arguments: str | Path, terminal: bool = False, encoder: Any = None) -> Typed:
        session = Session(
            load_encoder=lambda folder: encoder or FakeEncoder(),
            find_shipped=lambda encoder_id: None,
            interactive=lambda: terminal,
        )
        capsysbinary.readouterr()
        words = [str(argument) for argument in arguments]
        status = run(words, session)
        out, err = capsysbinary.readouterr()
        outcome = Typed(status, out, err.decode())
        if "--json" in words and out:
            documents = outcome.lines if words[0] in ("watch", "mpd") else [outcome.json]
            for document in documents:
                check_document(words, document)
        return outcome

    return typed


@pytest.fixture(scope="session")
def made_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 tracks in two clusters and noise, 30 with genres, 9 of the others with guesses, two problems."""
    path = tmp_path_factory.mktemp("made") / "library.sqlite"
    encoder = FakeEncoder()
    with open_catalogue(path) as catalogue, catalogue.transaction():
        catalogue.set_active_encoder(encoder.id, encoder.name)
        ids = []
        for number in range(40):
            genres = (("Rock", "Jazz")[number % 2],) if number < 30 else ()
            ids.append(catalogue.put_track(embedded(number, genres=genres), encoder.id))
        labels = {id_: (number % 2, 0.9 - number / 100, number % 2) for number, id_ in enumerate(ids)}
        labels[ids[39]] = (NOISE, 0.0, 1)
        clusters = [Cluster(0, "Rock", 20, tuple(ids[0:6:2])), Cluster(1, "Jazz", 19, tuple(ids[1:7:2]))]
        catalogue.put_clusters(encoder.id, clusters, labels)
        guesses = {ids[number]: Guess(("Rock",), 0.8, "neighbours") for number in range(30, 39)}
        catalogue.put_guesses(encoder.id, guesses)
        catalogue.put_problem(Problem(Path("/music/broken.mp3"), "is not audio", "failed"))
        catalogue.put_problem(Problem(Path("/music/still.mp3"), "is silent", "skipped"))
        catalogue.add_root(Path("/music"))
    return path


@pytest.fixture
def library(made_library: Path, own_library: Path) -> Path:
    """The test's own copy of `made_library`."""
    shutil.copyfile(made_library, own_library)
    return own_library
