"""What is logged can be read by TensorBoard's own reader."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from musicemb.errors import ConsentMissing, MusicembError
from musicemb.io.output.charts import draw_matrix
from musicemb.io.output.tensorboard import PROJECTOR_FILES, EventLog, write_projector


@pytest.mark.keras  # TensorBoard's reader loads TensorFlow
def test_scalars_pictures_and_projector(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    png = draw_matrix(np.eye(2), ["a", "b"], title="t")
    with EventLog(tmp_path / "log") as log:
        for epoch in (1, 2):
            log.scalars(epoch, {"train/loss": 3.0 / epoch, "held out/silhouette": math.nan})
        log.picture(2, "label distances", png)
        log.projector(np.eye(2), ["rock", ""], ["A\tname\nof two lines", "B"])
    events = EventAccumulator(str(tmp_path / "log")).Reload()
    assert [(one.step, one.value) for one in events.Scalars("train/loss")] == [(1, 3.0), (2, 1.5)]
    assert events.Tags()["scalars"] == ["train/loss"], "what is no number is left out"
    (picture,) = events.Images("label distances")
    assert picture.encoded_image_string == png
    assert (picture.width, picture.height) == (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big"))
    assert (tmp_path / "log" / "metadata.tsv").read_text() == "label\tname\nrock\tA name of two lines\n-\tB\n"
    assert len((tmp_path / "log" / "vectors.tsv").read_text().splitlines()) == 2
    assert "vectors.tsv" in (tmp_path / "log" / "projector_config.pbtxt").read_text()


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    (tmp_path / "file").write_text("")
    with pytest.raises(MusicembError, match="cannot write a TensorBoard log"):
        EventLog(tmp_path / "file" / "log")


def test_the_projector_alone_needs_no_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    folder = tmp_path / "new" / "projector"
    columns = {"name": ["A\tb", "\udcff"], "genre": ["", "Rock"]}
    write_projector(folder, np.array([[0.5, -1.0], [1 / 3, 0.0]]), columns)
    assert (folder / "vectors.tsv").read_text() == "0.50000\t-1.00000\n0.33333\t0.00000\n"
    assert (folder / "metadata.tsv").read_text() == "name\tgenre\nA b\t-\n?\tRock\n"
    with pytest.raises(ConsentMissing, match=r"vectors\.tsv exists"):
        write_projector(folder, np.eye(2), columns)
    write_projector(folder, np.eye(2), columns, force=True)
    assert (folder / "vectors.tsv").read_text() == "1.00000\t0.00000\n0.00000\t1.00000\n"
    assert {path.name for path in folder.iterdir()} == set(PROJECTOR_FILES)
    with pytest.raises(ValueError, match="shorter"):
        write_projector(tmp_path / "other", np.eye(2), {"name": ["a", "b"], "genre": ["c"]})
    assert list((tmp_path / "other").iterdir()) == []
