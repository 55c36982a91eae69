"""Teacher files: targets for distillation (Hinton et al. 2015) as another encoder made them, in one npz a teacher.

Layout
------
paths : (n,) str
    One per track, relative to the collection, with slashes. A track is found where its own path ends with it.
hashes : (n,) str, optional
    Payload hash of each track ("" where unknown): finds it wherever it lies, whatever it is called.
offsets : (n + 1,) int
    Rows of track i in the arrays below that have one row a window: offsets[i] to offsets[i + 1].
vectors : (offsets[n], d) float or int8, optional
    A vector a window; int8 goes with `scale` (d,), by which its columns are multiplied.
pool : (n, d) float, optional
    A vector a track instead; its columns are standardised over the tracks that are trained on.
scores with classes, or X with X_classes (such as msd, mtt) : (offsets[n], t) uint8 or float, optional
    A probability a window and tag (uint8: 255 times it), and the (t,) names of the tags.
hop : () float, optional
    Seconds from one window's start to the next one's. Where it is missing: 1.95 beside `scores`, else 3.

One of vectors, pool and tags must be there. Arrays of other names are not looked at. `tests/benchmarks/
teacher_targets.py` makes such files from any LiteRT tagger and from musicnn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.errors import DatasetError
from musicemb.records import Floats, Teacher
from musicemb.settings.array_files import read_npz

_LARGEST = 1 << 34
"""Bytes of its arrays; a teacher of a hundred thousand tracks has some GB."""
_HOPS = {"scores": 1.95, "": 3.0}
"""Seconds between windows of files that do not say: YAMNet's and musicnn's, as they were first made."""


def read_teacher(file: Path) -> Teacher:
    """Read and check a teacher file.

    Parameters
    ----------
    file : Path

    Returns
    -------
    Teacher

    Raises
    ------
    DatasetError
        Where it cannot be read, is truncated, has another layout, or holds values that are not numbers.
    """
    try:
        arrays = read_npz(file, _LARGEST)
    except OSError as problem:
        raise DatasetError(f"cannot read the teacher file {file}: {problem.strerror or problem}") from problem
    except ValueError as problem:
        # numpy's own complaints (a header, an end that came too soon) do not say what that means.
        what = (
            str(problem) if str(problem).startswith("it") else f"it is damaged, truncated or not an npz file: {problem}"
        )
        raise DatasetError(f"cannot use the teacher file {file}: {what}; make or copy it again") from problem
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise DatasetError(f"the teacher file {file} holds values in {name!r} that are not numbers; make it again")
    paths = _wanted(file, arrays, "paths", kinds="U", ndim=1)
    n = len(paths)
    offsets = _wanted(file, arrays, "offsets", kinds="iu", ndim=1).astype(np.int64)
    if len(offsets) != n + 1 or offsets[0] != 0 or (np.diff(offsets) < 0).any():
        raise _another_layout(file, f"offsets must be {n + 1} rising numbers from 0, one more than paths")
    tags, names, kind = _read_tags(file, arrays, int(offsets[-1]))
    vectors, of_tracks = _read_vectors(file, arrays, n, int(offsets[-1]))
    if not vectors.shape[1] and not names:
        raise _another_layout(file, "it holds neither vectors, nor pool, nor tags with their names")
    hop = float(arrays["hop"]) if "hop" in arrays and arrays["hop"].ndim == 0 else _HOPS.get(kind, _HOPS[""])
    if hop <= 0:
        raise _another_layout(file, f"hop is {hop:g}; it must be above 0")
    hashes = arrays.get("hashes", np.full(n, "", dtype="U1"))
    if hashes.shape != (n,):
        raise _another_layout(file, "hashes must be as many as paths")
    return Teacher(
        name=file.stem,
        paths=tuple(str(path).replace("\\", "/") for path in paths),
        hashes=tuple(str(value) for value in hashes),
        offsets=offsets,
        hop=hop,
        vectors=vectors,
        of_tracks=of_tracks,
        tags=tags,
        tag_names=names,
    )


def _read_tags(file: Path, arrays: dict[str, NDArray[Any]], rows: int) -> tuple[NDArray[Any], tuple[str, ...], str]:
    pairs = [("scores", "classes")] if "scores" in arrays and "classes" in arrays else []
    pairs += sorted((name.removesuffix("_classes"), name) for name in arrays if name.endswith("_classes"))
    found, names = [], []
    for values, told in pairs:
        array, words = _wanted(file, arrays, values, kinds="uf", ndim=2), arrays[told]
        if array.shape != (rows, len(words)):
            raise _another_layout(file, f"{values} has shape {array.shape}, not {rows, len(words)}")
        if array.dtype.kind == "u" and array.dtype != np.uint8:
            raise _another_layout(file, f"{values} must be float or uint8, not {array.dtype}")
        if array.dtype.kind == "f" and (array.min(initial=0) < 0 or array.max(initial=0) > 1):
            raise _another_layout(file, f"{values} must be probabilities, from 0 to 1")
        found.append(array if array.dtype == np.uint8 else np.rint(array * 255).astype(np.uint8))
        names += [str(word) for word in words]
    tags = np.concatenate(found, axis=1) if found else np.zeros((rows, 0), dtype=np.uint8)
    return tags, tuple(names), pairs[0][0] if pairs else ""


def _read_vectors(file: Path, arrays: dict[str, NDArray[Any]], n: int, rows: int) -> tuple[Floats, bool]:
    of_tracks = "pool" in arrays
    name = "pool" if of_tracks else "vectors"
    if name not in arrays:
        return np.zeros((rows, 0), dtype=np.float32), False
    vectors = _wanted(file, arrays, name, kinds="fi", ndim=2)
    if len(vectors) != (n if of_tracks else rows):
        raise _another_layout(file, f"{name} has {len(vectors)} rows; it must have {n if of_tracks else rows}")
    found = vectors.astype(np.float32)
    if vectors.dtype.kind == "i":
        scale = _wanted(file, arrays, "scale", kinds="f", ndim=1)
        if scale.shape != vectors.shape[1:]:
            raise _another_layout(file, f"scale has {len(scale)} numbers; vectors have {vectors.shape[1]} columns")
        found *= scale.astype(np.float32)
    return found, of_tracks


def _wanted(file: Path, arrays: dict[str, NDArray[Any]], name: str, *, kinds: str, ndim: int) -> NDArray[Any]:
    if name not in arrays:
        raise _another_layout(file, f"it has no {name!r}")
    array = arrays[name]
    if array.dtype.kind not in kinds or array.ndim != ndim:
        raise _another_layout(file, f"{name!r} has type {array.dtype} and {array.ndim} dimensions")
    return array


def _another_layout(file: Path, what: str) -> DatasetError:
    return DatasetError(f"{file} is not a teacher file: {what}; tests/benchmarks/teacher_targets.py makes such files")
