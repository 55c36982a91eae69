"""What TensorBoard shows: scalars, pictures and the embedding projector, written without TensorFlow.

The package `tensorboard` writes its own event files; the projector reads
tables of tabs (`vectors.tsv`, `metadata.tsv`) that a small text file points to.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.errors import MusicembError
from musicemb.extras import require
from musicemb.io.output.files import check_output, open_output

PROJECTOR_FILES = ("vectors.tsv", "metadata.tsv", "projector_config.pbtxt")
_POINTS = 'embeddings { tensor_name: "tracks" tensor_path: "vectors.tsv" metadata_path: "metadata.tsv" }\n'


def write_projector(
    folder: Path, vectors: NDArray[Any], columns: Mapping[str, Sequence[str]], *, force: bool = False
) -> None:
    """Write the tables that the embedding projector reads; the package tensorboard is not needed for it.

    Parameters
    ----------
    folder : Path
        Made where absent.
    vectors : ndarray [shape=(n, d)]
    columns : mapping of str to sequence of str
        At least two, a text per vector; tabs and line ends in them become spaces, nothing becomes a dash.
    force : bool
        Replace such tables where they are.

    Raises
    ------
    ConsentMissing
        Where tables are there and `force` is not given.
    MusicembError
        Where they cannot be written: then none of them is.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MusicembError(f"{folder} cannot be made: {error.strerror or error}") from None
    for name in PROJECTOR_FILES:
        check_output(folder / name, force=force)
    with contextlib.ExitStack() as stack:
        numbers, said, points = (
            stack.enter_context(open_output(folder / name, force=force)) for name in PROJECTOR_FILES
        )
        for row in np.asarray(vectors):
            numbers.write(("\t".join(f"{value:.5f}" for value in row) + "\n").encode())
        for line in (tuple(columns), *zip(*columns.values(), strict=True)):
            text = "\t".join(" ".join(cell.split()) or "-" for cell in line)
            said.write(f"{text}\n".encode("utf-8", "replace"))
        points.write(_POINTS.encode())


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
            Those that are not numbers are left out.
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
        write_projector(self.folder, vectors, {"label": labels, "name": names}, force=True)

    def _add(self, step: int, summary: Any) -> None:
        import time

        from tensorboard.compat.proto.event_pb2 import Event

        self._writer.add_event(Event(wall_time=time.time(), step=step, summary=summary))
