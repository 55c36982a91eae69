"""What an evaluation collects, by encoders that say little of themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from musicemb.errors import BundleError
from musicemb.workflows.evaluation.collect import default_cache, open_tagger, random_twin


def test_an_encoder_that_does_not_say_how_it_is_built_has_no_random_twin() -> None:
    notes: list[str] = []
    assert random_twin(FakeEncoder(), notes) is None
    assert "does not state its settings" in notes[0]


def test_vectors_are_kept_in_the_user_s_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicemb.workflows.evaluation.collect.user_cache_folder", lambda: tmp_path)
    assert default_cache() == tmp_path / "vectors"


def test_a_tagger_s_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tagger.tflite").write_bytes(b"nothing")
    with pytest.raises(BundleError):
        open_tagger(tmp_path / "tagger.tflite")
