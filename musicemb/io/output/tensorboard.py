"""What TensorBoard shows: scalars, pictures and the embedding projector, written without TensorFlow.

The package `tensorboard` writes its own event files; the projector reads
tables of tabs (`vectors.tsv`, `metadata.tsv`) that a small text file points to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.errors import MusicembError
from musicemb.extras import require


class EventLog:
    """A folder that TensorBoard opens; use it as a context.

    Parameters
    ----------
    folder : Path
        Made where absent; another run's events in it stay.

    Raises
    ------
    MusicembError
        If the package is not installed, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        require("a TensorBoard log", "tensorboard")
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._writer: Any = EventFileWriter(str(folder))
        except OSError as error:
            raise MusicembError(f"cannot write a TensorBoard log to {folder}: {error.strerror}") from None

    def __enter__(self) -> EventLog:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Log numbers.

        Parameters
        ----------
        step : int
            Epoch.
        values : mapping of str to float
            Those that are no numbers are left out.
        """
        from tensorboard.compat.proto.summary_pb2 import Summary

        found = [Summary.Value(tag=name, simple_value=value) for name, value in values.items() if np.isfinite(value)]
        self._add(step, Summary(value=found))

    def picture(self, step: int, name: str, png: bytes) -> None:
        """Log a picture.

        Parameters
        ----------
        step : int
        name : str
        png : bytes
        """
        from tensorboard.compat.proto.summary_pb2 import Summary

        width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
        image = Summary.Image(encoded_image_string=png, width=width, height=height, colorspace=4)
        self._add(step, Summary(value=[Summary.Value(tag=name, image=image)]))

    def projector(self, vectors: NDArray[Any], labels: Sequence[str], names: Sequence[str]) -> None:
        """Write the tables that the embedding projector reads.

        Parameters
        ----------
        vectors : ndarray [shape=(n, d)]
        labels, names : sequence of str
            Of each vector; tabs and line ends in them become spaces.
        """
        rows = ["\t".join(f"{value:.5f}" for value in row) for row in np.asarray(vectors)]
        said = ["label\tname"] + [
            "\t".join(" ".join(text.split()) or "-" for text in pair) for pair in zip(labels, names, strict=True)
        ]
        points = 'embeddings { tensor_name: "tracks" tensor_path: "vectors.tsv" metadata_path: "metadata.tsv" }'
        tables = {"vectors.tsv": "\n".join(rows), "metadata.tsv": "\n".join(said), "projector_config.pbtxt": points}
        try:
            for name, text in tables.items():
                draft = self.folder / f"{name}.part"
                draft.write_text(text + "\n", encoding="utf-8", errors="replace")
                draft.replace(self.folder / name)
        except OSError as error:
            raise MusicembError(f"cannot write a TensorBoard log to {self.folder}: {error.strerror}") from None

    def _add(self, step: int, summary: Any) -> None:
        import time

        from tensorboard.compat.proto.event_pb2 import Event

        self._writer.add_event(Event(wall_time=time.time(), step=step, summary=summary))
