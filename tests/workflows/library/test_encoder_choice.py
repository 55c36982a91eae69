"""Which encoder a library is worked with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from musicemb.errors import BundleError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.workflows.library.encoder_choice import EncoderSource, choose_encoder, find_shipped, open_encoder

SHIPPED = Path("/shipped/old")


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    with open_catalogue() as opened:
        opened.set_active_encoder("fake00000000", "fake")
        yield opened


def load(folder: object) -> FakeEncoder:
    return FakeEncoder() if folder == SHIPPED else FakeEncoder(id="new000000000", name=f"loaded {folder}")


def test_the_librarys_own_encoder_is_used(catalogue: Catalogue) -> None:
    encoder, newer = choose_encoder(catalogue, None, EncoderSource(load, lambda id_: SHIPPED))
    assert (encoder.id, newer) == ("fake00000000", "new000000000")


def test_one_that_is_asked_for_comes_first(catalogue: Catalogue) -> None:
    source = EncoderSource(load, lambda id_: SHIPPED)
    encoder, newer = choose_encoder(catalogue, "/mine", source)
    assert (encoder.name, newer) == ("loaded /mine", "")
    assert choose_encoder(catalogue, None, source, reembed=True)[0].name == "loaded None"


def test_who_trained_an_encoder_of_their_own_is_told_of_none(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musicemb.io.user_folders.encoders_folder", lambda: SHIPPED.parent)
    encoder, newer = choose_encoder(catalogue, None, EncoderSource(load, lambda id_: SHIPPED))
    assert (encoder.id, newer) == ("fake00000000", "")


def test_one_that_is_not_here_is_named(catalogue: Catalogue) -> None:
    with pytest.raises(BundleError, match=r"made with fake \(fake00000000\).*--encoder FOLDER.*--reembed"):
        choose_encoder(catalogue, None, EncoderSource(load, lambda id_: None))


def test_the_default_bundle_is_found_by_its_id() -> None:
    default = open_encoder()
    found = find_shipped(default.id)
    assert found is not None
    assert open_encoder(found).id == default.id
    assert find_shipped("0" * 12) is None
