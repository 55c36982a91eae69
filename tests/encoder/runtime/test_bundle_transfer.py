"""Bundles that are sent: found where they are, whole where they arrive, refused where they are not what was meant."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import pytest

from musicemb.encoder.runtime import bundle_transfer
from musicemb.encoder.runtime.bundle import find_bundle, read_bundle
from musicemb.encoder.runtime.bundle_transfer import bundle_digest, find_received, pack_bundle, receive_bundle
from musicemb.errors import BundleError

BUNDLE = find_bundle("tile2vec")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine that came without bundles."""
    monkeypatch.setattr(bundle_transfer, "shipped_bundles", lambda: tmp_path / "none")
    return tmp_path / "kept"


def test_what_came_with_the_program_is_not_sent(tmp_path: Path) -> None:
    assert find_received(bundle_digest(BUNDLE), tmp_path) == BUNDLE


def test_a_bundle_arrives_whole(elsewhere: Path) -> None:
    wanted = bundle_digest(BUNDLE)
    assert find_received(wanted, elsewhere) is None
    block = pack_bundle(BUNDLE)
    for _ in range(2):  # the second time it is there
        place = receive_bundle(wanted, block, elsewhere)
        assert place == elsewhere / wanted == find_received(wanted, elsewhere)
    assert read_bundle(place).id == read_bundle(BUNDLE).id
    assert (read_bundle(place).has_int8, (place / "MODEL_CARD.md").exists()) == (True, False)
    assert [path.name for path in elsewhere.iterdir()] == [wanted]


def test_one_that_was_altered_is_made_anew(elsewhere: Path) -> None:
    wanted, block = bundle_digest(BUNDLE), pack_bundle(BUNDLE)
    place = receive_bundle(wanted, block, elsewhere)
    (place / "encoder.tflite").write_bytes(b"damaged")
    assert find_received(wanted, elsewhere) is None
    receive_bundle(wanted, block, elsewhere)
    assert read_bundle(place).id == read_bundle(BUNDLE).id


def test_another_model_has_another_digest(tmp_path: Path) -> None:
    copy = shutil.copytree(BUNDLE, tmp_path / "copy")
    assert bundle_digest(copy) == bundle_digest(BUNDLE)
    from musicemb.encoder.runtime.bundle import seal_bundle

    (copy / "encoder.int8.tflite").unlink()
    seal_bundle(copy)
    assert read_bundle(copy).id == read_bundle(BUNDLE).id  # which leaves its models out
    assert bundle_digest(copy) != bundle_digest(BUNDLE)


def test_what_was_not_meant_or_was_damaged_is_refused(elsewhere: Path, tmp_path: Path) -> None:
    block = pack_bundle(BUNDLE)
    with pytest.raises(BundleError, match="is not the one that was sent"):
        receive_bundle("0" * 32, block, elsewhere)
    with pytest.raises(BundleError, match="damaged"):
        receive_bundle(bundle_digest(BUNDLE), block[:-100], elsewhere)
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(block)) as old, zipfile.ZipFile(kept, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[:-1] + b"?" if name == "weights.npz" else data)
        new.writestr("../../outside", b"x")
    with pytest.raises(BundleError, match="altered"):
        receive_bundle(bundle_digest(BUNDLE), kept.getvalue(), elsewhere)
    assert list(elsewhere.iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_where_nothing_can_be_kept_it_is_said(elsewhere: Path) -> None:
    elsewhere.write_text("a file where the folder should be")
    with pytest.raises(BundleError, match="cannot store the encoder bundle in"):
        receive_bundle(bundle_digest(BUNDLE), pack_bundle(BUNDLE), elsewhere)
    with pytest.raises(BundleError, match="cannot read the encoder bundle"):
        bundle_digest(elsewhere)
