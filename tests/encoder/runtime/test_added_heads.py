"""Heads added to a bundle: its id stays, older programs read what they read before, nonsense is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicemb.core.sound_tags.heads import apply_tag_heads, rank_tags
from musicemb.encoder.runtime.added_heads import ADDED, STATED, join_heads, write_added_heads
from musicemb.encoder.runtime.bundle import SETTINGS, Bundle, read_bundle, seal_bundle
from musicemb.errors import BundleError
from musicemb.records import TagHeads

pytestmark = pytest.mark.keras


def made_heads(seed: int, names: tuple[str, ...], steps: int = 7) -> TagHeads:
    random = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype(np.float32)

    n = len(names)
    quantiles = np.sort(random.uniform(size=(n, steps)), axis=1).astype(np.float32)
    scale = random.uniform(0.5, 2, 8).astype(np.float32)
    return TagHeads(names, ("sound",) * n, numbers(8, n), numbers(n), numbers(8), scale, quantiles, numbers(n))


@pytest.fixture
def bundle(tmp_path: Path, make_bundle: Callable[..., Bundle]) -> Bundle:
    return make_bundle(tmp_path / "small")


def test_joined_heads_say_what_each_said() -> None:
    own, added = made_heads(0, ("piano", "speech")), made_heads(1, ("speech", "noise"), steps=5)
    vectors = np.random.default_rng(2).normal(size=(20, 8)).astype(np.float32)
    both = join_heads(own, added)
    assert both.names == ("piano", "speech", "noise")
    found = apply_tag_heads(vectors, both)
    np.testing.assert_allclose(found[:, :1], apply_tag_heads(vectors, own)[:, :1], atol=1e-6)
    np.testing.assert_allclose(found[:, 1:], apply_tag_heads(vectors, added), atol=1e-5)
    theirs = rank_tags(apply_tag_heads(vectors, added), added)
    # Ranks stand on seven steps now, which are not where the five stood.
    assert np.abs(rank_tags(found, both)[:, 1:] - theirs).max() < 0.13


def test_words_are_added_and_the_id_stays(bundle: Bundle) -> None:
    write_added_heads(bundle.folder, made_heads(1, ("calm", "noise")), "somebody")
    again = read_bundle(bundle.folder)
    assert again.id == bundle.id
    assert bundle.tag_heads is not None and again.tag_heads is not None
    assert bundle.tag_heads.names == ("piano", "calm")
    assert again.tag_heads.names == ("piano", "calm", "noise")
    assert again.tag_heads.kinds == ("instrument", "sound", "sound")
    assert json.loads((bundle.folder / SETTINGS).read_text())[STATED]["from"] == "somebody"
    write_added_heads(bundle.folder, made_heads(3, ("noise",)), "somebody else")
    final = read_bundle(bundle.folder)
    assert final.tag_heads is not None and final.tag_heads.names == ("piano", "calm", "noise")
    assert final.tag_heads.kinds == ("instrument", "mood", "sound")


def test_a_program_that_does_not_know_of_them_finds_the_bundle_as_it_was(bundle: Bundle) -> None:
    before = json.loads((bundle.folder / SETTINGS).read_text())
    write_added_heads(bundle.folder, made_heads(1, ("noise",)), "somebody")
    after = json.loads((bundle.folder / SETTINGS).read_text())
    # What an older program looks at: all of it but one name that it never asks for.
    assert {name: value for name, value in after.items() if name != STATED} == before


def test_sealing_a_bundle_again_keeps_them(bundle: Bundle) -> None:
    write_added_heads(bundle.folder, made_heads(1, ("noise",)), "somebody")
    seal_bundle(bundle.folder)
    again = read_bundle(bundle.folder)
    assert again.tag_heads is not None and "noise" in again.tag_heads.names


def test_a_bundle_without_heads_of_its_own_gets_some(tmp_path: Path, bundle: Bundle) -> None:
    file = bundle.folder / "arrays.npz"
    with np.load(file) as arrays:
        kept = {name: arrays[name] for name in arrays.files if not name.startswith("tags_")}
    np.savez(file, **kept)
    seal_bundle(bundle.folder)
    assert read_bundle(bundle.folder).tag_heads is None
    write_added_heads(bundle.folder, made_heads(1, ("noise",)), "somebody")
    again = read_bundle(bundle.folder)
    assert again.tag_heads is not None and again.tag_heads.names == ("noise",)


def _gone(folder: Path) -> None:
    (folder / ADDED).unlink()


def _altered(folder: Path) -> None:
    with (folder / ADDED).open("ab") as file:
        file.write(b"x")


def _state(folder: Path, **changes: object) -> None:
    stated = json.loads((folder / SETTINGS).read_text())
    stated[STATED] |= changes
    (folder / SETTINGS).write_text(json.dumps(stated))


@pytest.mark.parametrize(
    "spoil",
    [
        _gone,
        _altered,
        lambda folder: _state(folder, tags={"noise": "sound", "hiss": "sound"}),
        lambda folder: _state(folder, tags={}),
        lambda folder: _state(folder, tags={"noise": 3}),
        lambda folder: _state(folder, tags=["noise"]),
        lambda folder: _state(folder, sha256=None),
        lambda folder: write_added_heads(folder, replace(made_heads(1, ("a",)), scale=np.zeros(8, np.float32)), ""),
        lambda folder: write_added_heads(folder, replace(made_heads(1, ("a",)), mean=np.zeros(9, np.float32)), ""),
        lambda folder: write_added_heads(folder, replace(made_heads(1, ("a",)), bias=np.full(1, np.nan)), ""),
        lambda folder: write_added_heads(folder, replace(made_heads(1, ("a",)), quantiles=np.zeros((1, 1))), ""),
    ],
    ids=["gone", "altered", "names-more", "none", "no-word", "list", "no-sum", "scale", "mean", "nan", "quantiles"],
)
def test_heads_that_make_no_sense_are_refused_in_a_line(bundle: Bundle, spoil: Callable[[Path], None]) -> None:
    write_added_heads(bundle.folder, made_heads(1, ("noise",)), "somebody")
    spoil(bundle.folder)
    with pytest.raises(BundleError) as refused:
        read_bundle(bundle.folder)
    assert "\n" not in str(refused.value) and str(bundle.folder) in str(refused.value)
