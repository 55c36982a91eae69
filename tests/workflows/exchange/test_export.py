"""What the library knows leaves it: every track, with what is said of it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder, made_tag_heads
from made_tracks import embedded, group, put

from musicemb.errors import BundleError, CatalogueError, ConsentMissing
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import AcousticDescriptors, Encoder, Exported, MeasureStage
from musicemb.workflows.exchange.export import export_library, export_projector, library_table

HEADS = made_tag_heads(("calm", "mood"), ("marimba, xylophone", "instrument"), dimensions=8)
ENCODER = FakeEncoder(id="first", dimensions=8, tag_heads=HEADS)


@pytest.fixture
def catalogue(own_library: Path) -> Catalogue:
    """Three tracks, one of them gone; one in a group and guessed; one with imported genres."""
    opened = open_catalogue(own_library)
    first, second, third = (put(opened, number) for number in range(3))
    opened.set_active_encoder("first", "made")
    group(opened, first)
    opened.put_descriptors(first, AcousticDescriptors(120.5, 1000.0, 10.0))
    opened.put_imported_genres({opened.track(second).payload_hash: ["Bop"]})
    opened.mark_gone([third])
    return opened


def test_every_track_has_a_row(catalogue: Catalogue) -> None:
    table = library_table(catalogue, lambda: ENCODER)
    columns = table.columns
    assert columns["path"] == ["/m/0.mp3", "/m/1.mp3"]
    assert columns["genre"] == [["Rock"], ["Bop"]]
    assert (columns["genres"][1], columns["imported"][1]) == (["Rock"], ["Bop"])
    assert columns["guess_genre"] == ["Jazz", None]
    assert columns["cluster_name"] == ["calm", None]
    assert columns["tempo"] == [120.5, None]
    assert columns["homogeneity"] == [0.8, 0.8]
    vectors = catalogue.vectors("first")[1]
    assert columns["sound_calm"] == pytest.approx((1 / (1 + np.exp(-4 * vectors[:, 0]))).tolist(), abs=1e-4)
    assert "sound_marimba_xylophone" in columns
    np.testing.assert_array_equal(table.vectors, vectors)
    assert table.facts == {"encoder": "first", "encoder_name": "made"}
    assert {len(values) for values in columns.values()} == {2}


def test_without_an_encoder_sounds_are_left_out_and_it_is_said(catalogue: Catalogue) -> None:
    def absent() -> Encoder:
        raise BundleError("it is elsewhere")

    for source, reason in ((absent, "it is elsewhere"), (lambda: replace(ENCODER, tag_heads=None), "no tag heads")):
        notes: list[str] = []
        table = library_table(catalogue, source, notes=notes)
        assert not any(name.startswith("sound_") for name in table.columns)
        assert reason in notes[0]


def test_a_file_is_written_with_its_segments(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "library.jsonl"
    *stages, last = export_library(catalogue, path, lambda: ENCODER, segments=True)
    assert isinstance(last, Exported)
    assert (last.tracks, last.dimensions, last.segments) == (2, 8, 6)
    assert last.size == path.stat().st_size
    assert [stage.total for stage in stages if isinstance(stage, MeasureStage)] == [0, 2, 2]
    first = json.loads(path.read_text().splitlines()[0])
    kept = catalogue.segments(first["id"], "first")
    assert kept is not None
    np.testing.assert_allclose(
        [one["vector"] for one in first["segments"]], kept.codes * kept.scales[:, None], rtol=1e-6
    )
    with pytest.raises(ConsentMissing, match="--force"):
        list(export_library(catalogue, path, lambda: ENCODER))


def test_no_segments_and_no_tracks_are_said(own_library: Path, tmp_path: Path) -> None:
    with open_catalogue(own_library) as catalogue:
        with pytest.raises(CatalogueError, match="holds no tracks yet"):
            list(export_library(catalogue, tmp_path / "a.csv", lambda: ENCODER))
        assert list(tmp_path.iterdir()) == []
        catalogue.put_track(embedded(segments=0), "first")
        catalogue.set_active_encoder("first")
        *_, last = export_library(catalogue, tmp_path / "a.npz", lambda: ENCODER, segments=True)
        assert isinstance(last, Exported)
        assert last.notes == ("no segments are stored: scan without --no-segments to keep them",)


def test_the_projector_is_told_names_genres_and_groups(catalogue: Catalogue, tmp_path: Path) -> None:
    written = export_projector(catalogue, tmp_path / "projector", lambda: ENCODER)
    with (tmp_path / "projector" / "metadata.tsv").open() as file:
        rows = list(csv.reader(file, delimiter="\t"))
    assert rows[0] == ["name", "genre", "group", "album"]
    assert rows[1:] == [["Artist - Title 0", "Rock", "calm", "Album"], ["Artist - Title 1", "Bop", "-", "Album"]]
    assert (written.tracks, written.dimensions) == (2, 8)
