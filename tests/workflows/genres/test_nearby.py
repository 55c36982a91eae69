"""Reasons that are found in the index are those that the whole library gives."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import made_tag_heads

from musicemb.errors import TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.index import places
from musicemb.records import NOISE, Cluster, EmbeddedTrack, FoundFile, GenreHead, Reasons, TrackTags
from musicemb.workflows.genres import nearby
from musicemb.workflows.genres.explain import explain_guess
from musicemb.workflows.genres.nearby import EXTENSION, evidence_extension
from musicemb.workflows.index import library_index
from musicemb.workflows.index.library_index import extend_index, open_index

ENCODER = "encoder00001"
GENRES = ("Rock", "Jazz", "Funk", "Indie Rock", "Hip-Hop", "Bossa Nova")


def make_head(seed: int = 1) -> GenreHead:
    random = np.random.default_rng(seed)
    labels = ("rock", "jazz", "latin")
    return GenreHead(labels, random.normal(size=(8, 3)), random.normal(size=3), np.zeros(8), np.ones(8), 0.5)


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    """A hundred tracks of six kinds, some untagged, some copies of others, in three clusters."""
    monkeypatch.setattr(places, "user_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 5)
    random = np.random.default_rng(4)
    with open_catalogue(tmp_path / "library.sqlite") as opened:
        opened.set_active_encoder(ENCODER, "test")
        with opened.transaction():
            for number in range(100):
                kind = number % 6
                vector = np.eye(8)[kind] + 0.3 * np.random.default_rng(number % 90).normal(size=8)
                words = () if number % 4 == 0 else (GENRES[kind],) if number % 5 else (GENRES[kind], "Pop; Rock")
                file = FoundFile(Path(f"/music/{number}.mp3").absolute(), 1, 1)
                tags = TrackTags(f"Artist {random.integers(20)}", f"Title {number}", genres=words)
                track = EmbeddedTrack(
                    file, f"hash {number % 90}", tags, 180.0, "soundfile", vector.astype(np.float32), 0.9, None
                )
                opened.put_track(track, ENCODER)
            clusters = [Cluster(one, f"cluster {one}", 30, (1,)) for one in range(3)]
            labels = {one: (NOISE if one % 10 == 0 else one % 3, 0.5, one % 3) for one in range(1, 101)}
            opened.put_clusters(ENCODER, clusters, labels)
            opened.mark_gone([50])
        yield opened


def told(reasons: Reasons) -> dict[str, Any]:
    """What is shown: probabilities as far as anybody prints them."""

    def rounded(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 9)
        if isinstance(value, dict):
            return {key: rounded(each) for key, each in value.items()}
        return [rounded(each) for each in value] if isinstance(value, list | tuple) else value

    return {name: rounded(value) for name, value in dataclasses.asdict(reasons).items()}


@pytest.mark.parametrize("head", [None, make_head()])
def test_the_index_gives_the_reasons_of_the_whole_library(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, head: GenreHead | None
) -> None:
    heads = made_tag_heads(("calm", "mood"), ("piano", "instrument"), dimensions=8)
    asked = [catalogue.track(one) for one in (1, 5, 10, 91)]  # untagged, of two genres, noise, a copy
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 1000)
    whole = [told(explain_guess(catalogue, track, head, tag_heads=heads)) for track in asked]
    library_index._OPENED.clear()
    monkeypatch.setattr(library_index, "FEWEST_INDEXED", 5)
    made = evidence_extension(catalogue, head)
    assert made is not None
    extend_index(catalogue, made)
    assert evidence_extension(catalogue, head) is None
    monkeypatch.setattr(nearby, "load_guess_inputs", lambda *_: pytest.fail("the whole library is read"))
    found = [told(explain_guess(catalogue, track, head, tag_heads=heads)) for track in asked]
    assert found == whole
    assert any(one["guess"] for one in found)
    with pytest.raises(TrackNotFound):
        explain_guess(catalogue, catalogue.track(50), head)


def test_the_first_question_prepares_the_next(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    first = told(explain_guess(catalogue, catalogue.track(7), make_head()))
    index = open_index(catalogue)
    assert index is not None
    assert index.extended_with(EXTENSION) is not None
    with monkeypatch.context() as patch:
        patch.setattr(nearby, "load_guess_inputs", lambda *_: pytest.fail("the whole library is read"))
        assert told(explain_guess(catalogue, catalogue.track(7), make_head())) == first
    other = told(explain_guess(catalogue, catalogue.track(7), make_head(2)))
    assert other["head"] != first["head"]
    catalogue.want_mixes(True)
    facts = open_index(catalogue)
    assert facts is not None
    assert facts.extended_with(EXTENSION)["mixes"] is False
    explain_guess(catalogue, catalogue.track(7), make_head())
    again = open_index(catalogue)
    assert again is not None
    assert again.extended_with(EXTENSION)["mixes"] is True
