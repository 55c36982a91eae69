"""Bundles are data: whole, checked, and refused with a clear line where they are not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicemb.encoder.runtime import bundle as bundles
from musicemb.encoder.runtime.bundle import Bundle, find_bundle, read_bundle, shipped_bundles
from musicemb.errors import BundleError


def weights(seed: int) -> dict[str, np.ndarray]:
    """Of no network, for what never runs one."""
    return {"embedding/kernel": np.random.default_rng(seed).normal(size=(8, 8)).astype(np.float32)}


@pytest.fixture
def made(tmp_path: Path, make_bundle: Callable[..., Bundle]) -> Bundle:
    return make_bundle(tmp_path / "small", weights(1))


def test_what_is_written_is_read(made: Bundle) -> None:
    found = read_bundle(made.folder)
    assert found.id == made.id
    assert len(found.id) == 12
    assert found.settings == made.settings
    np.testing.assert_array_equal(found.front_end.filterbank, made.front_end.filterbank)
    np.testing.assert_array_equal(found.projection.components, made.projection.components)
    assert found.genre_head.labels == ("jazz", "rock")
    assert found.genre_head.threshold == 0.6
    assert dict(zip(found.tag_heads.names, found.tag_heads.kinds, strict=True)) == {
        "piano": "instrument",
        "calm": "mood",
    }
    for part in ("weights", "bias", "mean", "scale", "quantiles", "areas"):
        np.testing.assert_array_equal(getattr(found.tag_heads, part), getattr(made.tag_heads, part))


def test_other_weights_are_another_encoder(made: Bundle, tmp_path: Path, make_bundle: Callable[..., Bundle]) -> None:
    assert make_bundle(tmp_path / "other", weights(2)).id != made.id


def test_notes_do_not_change_the_id(made: Bundle) -> None:
    stated = json.loads((made.folder / "bundle.json").read_text())
    stated["about"]["date"] = "2031-01-01"
    (made.folder / "bundle.json").write_text(json.dumps(stated))
    assert read_bundle(made.folder).id == made.id


def test_a_bundle_in_the_way_is_replaced_whole(made: Bundle, make_bundle: Callable[..., Bundle]) -> None:
    (made.folder / "old.txt").write_text("old")
    again = make_bundle(made.folder, weights(2))
    assert not (made.folder / "old.txt").exists()
    assert [path.name for path in made.folder.parent.iterdir()] == ["small"]
    assert again.id == read_bundle(made.folder).id


def test_a_folder_with_other_things_is_not_touched(tmp_path: Path, make_bundle: Callable[..., Bundle]) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "song.mp3").write_text("precious")
    with pytest.raises(BundleError, match="holds something that is not an encoder bundle"):
        make_bundle(tmp_path / "music", weights(1))
    assert (tmp_path / "music" / "song.mp3").read_text() == "precious"


@pytest.mark.parametrize("name", ["weights.npz", "arrays.npz"])
def test_an_altered_file_is_refused(made: Bundle, name: str) -> None:
    data = bytearray((made.folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (made.folder / name).write_bytes(data)
    with pytest.raises(BundleError, match=f"was altered: {name}"):
        read_bundle(made.folder)


def test_a_missing_file_is_named(made: Bundle) -> None:
    (made.folder / "weights.npz").unlink()
    with pytest.raises(BundleError, match=r"incomplete: weights\.npz is missing"):
        read_bundle(made.folder)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "is not JSON"),
        ('{"format": 99}', "newer musicemb"),
        ('{"format": 1, "name": "x", "settings": {"colour": 1}}', "unknown setting 'colour'.*newer musicemb"),
        ('{"format": 1}', "damaged"),
    ],
)
def test_a_damaged_bundle_json_is_one_line(made: Bundle, text: str, words: str) -> None:
    (made.folder / "bundle.json").write_text(text)
    with pytest.raises(BundleError, match=words) as caught:
        read_bundle(made.folder)
    assert "\n" not in str(caught.value)


def test_a_file_that_only_a_newer_version_knows_is_one_line(made: Bundle) -> None:
    (made.folder / "novel.bin").write_bytes(b"novel")
    stated = json.loads((made.folder / "bundle.json").read_text())
    stated["sha256"]["novel.bin"] = hashlib.sha256(b"novel").hexdigest()
    (made.folder / "bundle.json").write_text(json.dumps(stated))
    with pytest.raises(BundleError, match=r"does not know: novel\.bin; if a newer musicemb made this bundle, update"):
        read_bundle(made.folder)


def test_a_bundle_is_found_by_folder_and_by_name(made: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "shipped_bundles", lambda: made.folder.parent)
    assert find_bundle(made.folder) == made.folder
    assert find_bundle("small") == made.folder
    with pytest.raises(BundleError, match="or one of: small"):
        find_bundle("large")
    monkeypatch.setattr(bundles, "shipped_bundles", lambda: made.folder / "nothing")
    with pytest.raises(BundleError, match="reinstall musicemb"):
        find_bundle()


def test_every_shipped_bundle_is_sound() -> None:
    folders = sorted(path.parent for path in shipped_bundles().glob("*/bundle.json"))
    assert find_bundle() in folders
    for folder in folders:
        found = read_bundle(folder)
        assert found.has_runtime
        assert found.has_int8
        # What is shipped must stay small: a network that trains for itself, and a tagger's trunk.
        most = 3_500_000 if "trunk" in found.about else 1_500_000
        assert found.about["parameters"] / found.settings.network.members <= most
        assert found.projection is not None
        assert found.genre_head is not None
        card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
        assert found.id in card
    assert (shipped_bundles() / "LICENSE").is_file()


@pytest.mark.keras
def test_settings_that_no_longer_fit_the_weights_are_told(tmp_path: Path, make_bundle: Callable[..., Bundle]) -> None:
    from musicemb.encoder.runtime.litert import open_network

    made = make_bundle(tmp_path / "small")
    network = replace(made.settings.network, widths=(4, 4))
    with pytest.raises(BundleError, match="do not fit"):
        open_network(replace(made, settings=replace(made.settings, network=network)))
