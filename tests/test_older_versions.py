"""What version 0.1 has written, before its packages were laid out anew, is read as it was read then.

The files and what that version read in them were made by tests/golden/version_0_1.py.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from musicemb.encoder.runtime.bundle import read_bundle
from musicemb.encoder.runtime.litert import load_encoder
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.settings import EncoderSettings
from musicemb.workflows.embedding.cached_frames import FramesReady, cache_frames, load_frames
from musicemb.workflows.genres.vocabulary import read_preferences
from musicemb.workflows.mapping.map import map_library
from musicemb.workflows.similarity.similar import find_similar
from musicemb.workflows.tagging.undo import apply_undo, plan_undo

FOLDER = Path(__file__).parent / "golden" / "version_0_1"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
THEN = EXPECTED["catalogue"]
ENCODER = THEN["active_encoder"]


def plain(record: Any) -> Any:
    """A record as it stands in expected.json."""
    return json.loads(json.dumps(dataclasses.asdict(record), default=str))


def known_then(now: Any, then: Any) -> Any:
    """A record without the fields that came since."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {key: known_then(value, then[key]) for key, value in now.items() if key in then}
    return now


def by_number(table: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in table.items()}


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    path = shutil.copy(FOLDER / "library.sqlite", tmp_path)
    with open_catalogue(path, read_only=True) as opened:
        yield opened


def test_tracks_of_an_older_catalogue(catalogue: Catalogue) -> None:
    tracks = catalogue.tracks()
    assert catalogue.counts() == THEN["counts"]
    for track, then in zip(tracks, THEN["tracks"], strict=True):
        guess = then["guess"]
        assert {**known_then(plain(track), then), "guess": guess} == then
        if guess is None:
            assert track.guess is None
        else:
            assert track.guess is not None
            assert track.guess.genres == tuple(guess["genre"].split("; "))
            assert (track.guess.confidence, track.guess.predictor) == (guess["confidence"], guess["witness"])
    assert [plain(file) for file in catalogue.known_files(ENCODER)] == THEN["known_files"]
    assert [plain(problem) for problem in catalogue.problems()] == THEN["problems"]
    assert [str(root) for root in catalogue.roots()] == THEN["roots"]
    assert {track: plain(sound) for track, sound in catalogue.descriptors().items()} == by_number(THEN["sounds"])


def test_vectors_of_an_older_catalogue(catalogue: Catalogue) -> None:
    assert catalogue.active_encoder == ENCODER
    assert [list(row) for row in catalogue.encoders()] == THEN["encoders"]
    ids, vectors = catalogue.vectors(ENCODER)
    assert ids.tolist() == THEN["ids"]
    assert vectors.tolist() == THEN["vectors"]
    assert catalogue.homogeneities(ENCODER) == by_number(THEN["homogeneities"])
    segments = catalogue.segments(THEN["ids"][0], ENCODER)
    assert segments is not None
    assert [segments.starts.tolist(), segments.codes.tolist(), segments.scales.tolist()] == THEN["segments"]
    assert [part.tolist() for part in catalogue.neighbourhood_stats(ENCODER)] == THEN["surroundings"]
    assert [part.tolist() for part in catalogue.layout(ENCODER)] == THEN["layout"]


def test_clusters_and_preferences_of_an_older_catalogue(catalogue: Catalogue) -> None:
    for cluster, then in zip(catalogue.clusters(ENCODER), THEN["clusters"], strict=True):
        assert known_then(plain(cluster), then) == then
        assert cluster.parent == ""
    made = catalogue.clustering(ENCODER)
    assert known_then(plain(made), THEN["clustering"]) == THEN["clustering"]
    assert (made.smallest, made.families) == (0, ())
    assert catalogue.given_names(ENCODER) == by_number(THEN["given_names"])
    preferences = read_preferences(catalogue)
    assert (list(preferences.vocabulary), preferences.max_genres) == (
        THEN["wishes"]["vocabulary"],
        THEN["wishes"]["max_genres"],
    )


def test_an_older_catalogue_answers_queries(catalogue: Catalogue) -> None:
    first = catalogue.tracks()[0]
    matches = find_similar(catalogue, first, n=3)
    vectors = np.array(THEN["vectors"])
    assert len(matches) == 3
    for match in matches:
        row = THEN["ids"].index(match.track.id)
        assert match.similarity == pytest.approx(float(vectors[0] @ vectors[row]), abs=1e-4)
    *_, drawn = map_library(catalogue)
    assert drawn.how == "kept"
    assert drawn.positions.tolist() == THEN["layout"][1]


def test_an_older_journal(catalogue: Catalogue) -> None:
    assert [plain(run) for run in catalogue.runs()] == THEN["runs"]
    entries = [plain(entry) for run in catalogue.runs() for entry in catalogue.journal(run.id)]
    newer = {"damaged": False}  # what entries were not asked then
    assert entries == [{**entry, **newer} for entry in THEN["journal"]]


def test_an_older_journal_is_undone(tmp_path: Path) -> None:
    music = shutil.copytree(FOLDER / "music", tmp_path / "music")
    assert {path.name: list(read_tags(path).genres) for path in music.iterdir()} == THEN["tagged"]
    library = shutil.copy(FOLDER / "library.sqlite", tmp_path)
    connection = sqlite3.connect(library)
    for table in ("track", "journal"):  # the files lie elsewhere now
        for row, path in connection.execute(f"SELECT id, path FROM {table}").fetchall():
            moved = os.fsencode(music / Path(os.fsdecode(path)).name)
            connection.execute(f"UPDATE {table} SET path = ? WHERE id = ?", (moved, row))
    connection.commit()
    connection.close()
    with open_catalogue(library) as catalogue:
        results = list(apply_undo(catalogue, plan_undo(catalogue)))
        assert [result.status for result in results] == ["written"] * 3
        assert plan_undo(catalogue) == []
    assert {path.name: list(read_tags(path).genres) for path in music.iterdir()} == THEN["untagged"]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in music.iterdir()} == THEN["sha256"]


def test_an_older_bundle() -> None:
    then = EXPECTED["bundle"]
    bundle = read_bundle(FOLDER / "bundle")
    assert (bundle.id, bundle.name, dict(bundle.about)) == (then["id"], then["name"], then["about"])
    for section, stated in then["settings"].items():  # settings that came later have their defaults
        assert plain(getattr(bundle.settings, section)) == plain(getattr(EncoderSettings(), section)) | stated
    assert bundle.genre_head is not None
    assert (list(bundle.genre_head.labels), bundle.genre_head.threshold) == (then["labels"], then["threshold"])
    assert bundle.genre_head.bias.tolist() == then["head_bias"]
    assert bundle.projection is not None
    assert bundle.projection.mean.tolist() == then["projection_mean"]
    assert float(bundle.front_end.filterbank.sum()) == pytest.approx(then["filterbank_sum"])


@pytest.mark.parametrize("runtime", ["litert", pytest.param("keras", marks=pytest.mark.keras)])
def test_an_older_bundle_embeds_as_before(runtime: str) -> None:
    features = np.random.default_rng(1).normal(size=(4, 31, 16)).astype(np.float32)
    vectors = load_encoder(FOLDER / "bundle", runtime=runtime).embed(features)
    np.testing.assert_allclose(vectors, EXPECTED["bundle"]["vectors"][runtime], atol=1e-5)


class WhereItWas(type(Path())):  # type: ignore[misc]
    """A file that says that it lies where version 0.1 found it: cached frames are named after that."""

    was: Path

    def resolve(self, strict: bool = False) -> Path:
        return self.was


def test_older_frames_are_found_in_the_cache(tmp_path: Path) -> None:
    cache = shutil.copytree(FOLDER / "cache", tmp_path / "cache")
    front_end = read_bundle(FOLDER / "bundle").front_end
    paths = []
    for then in EXPECTED["cache"]:
        path = WhereItWas(tmp_path / Path(then["path"]).name)
        path.was = Path(then["path"])
        path.write_bytes(bytes(then["size"]))  # no audio: frames come from the cache or not at all
        os.utime(path, ns=(then["mtime_ns"], then["mtime_ns"]))
        paths.append(path)
    ready = list(cache_frames(paths, front_end, folder=cache))
    places = [item.place for item in ready if isinstance(item, FramesReady)]
    assert places == [cache / then["place"] for then in EXPECTED["cache"]]
    frames = load_frames([item for item in ready if isinstance(item, FramesReady)])
    for path, then in zip(paths, EXPECTED["cache"], strict=True):
        assert (str(frames[path].dtype), list(frames[path].shape)) == (then["dtype"], then["shape"])
        assert frames[path].astype(float).sum() == then["sum"]
