"""Encoder bundles: a folder of settings, weights and checksums, and nothing that is code.

A bundle holds
    bundle.json     format, name, settings, what is known of the training, SHA-256 of the other files
    weights.npz     weights of the Keras network by name
    arrays.npz      filterbank, band mean and deviation, projection, genre head, tag heads
    encoder.tflite  the network for LiteRT (absent where it could not be converted)
    encoder.int8.tflite  the same with weights of 8 bits: a quarter of the size, less than half the time
                    (absent where its vectors would differ too much, or in older bundles)
    encoder.onnx    the network for ONNX Runtime; its weights lie in encoder.tflite (absent in older bundles)
    tags.npz        tag heads that were added later, where there are any (`added_heads`)
    MODEL_CARD.md, history.csv   for people

Its id is made of the settings and the checksums of everything that shapes vectors and guesses; heads that were added
later shape neither.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicemb.encoder.runtime.added_heads import read_added_heads
from musicemb.encoder.runtime.bundle_arrays import TAG_PARTS, read_arrays, read_genre_head, read_tag_heads
from musicemb.errors import BundleError, SettingsError
from musicemb.records import FrontEnd, GenreHead, Projection, TagHeads
from musicemb.settings import DEFAULT_BUNDLE, EncoderSettings, from_dict, to_dict
from musicemb.settings.files import read_json

FORMAT = 1
"""Raised when older programs could no longer read a bundle rightly."""

WEIGHTS, ARRAYS, RUNTIME, SETTINGS = "weights.npz", "arrays.npz", "encoder.tflite", "bundle.json"
INT8, ONNX = "encoder.int8.tflite", "encoder.onnx"


@dataclass(frozen=True)
class Bundle:
    """An encoder bundle that was read and checked."""

    folder: Path
    name: str
    id: str
    """12 hex digits: what vectors in a catalogue are filed under."""
    settings: EncoderSettings
    front_end: FrontEnd
    projection: Projection | None
    genre_head: GenreHead | None
    about: Mapping[str, Any]
    """What the trainer noted: data, figures, date, program version."""
    has_runtime: bool
    """True where there is a LiteRT model."""
    has_int8: bool = False
    """True where there is a LiteRT model with weights of 8 bits too."""
    tag_heads: TagHeads | None = None
    has_onnx: bool = False
    """True where there is a model for ONNX Runtime."""

    @property
    def knows_labels(self) -> bool:
        """Whether labels reached the weights, in its own training or in that of the weights it started from."""
        return self.settings.training.label_weight > 0 or bool(self.about.get("labels_taught"))


def shipped_bundles() -> Path:
    """Folder of the bundles that come with the program.

    Returns
    -------
    Path
        In an installed package `musicemb/pretrained`; in a checkout `pretrained` beside the package.
    """
    package = Path(__file__).resolve().parents[2]
    inside = package / "pretrained"
    return inside if inside.is_dir() else package.parent / "pretrained"


def find_bundle(wanted: str | Path | None = None) -> Path:
    """Folder of a bundle.

    Parameters
    ----------
    wanted : str or Path, optional
        A folder, the name of a shipped bundle, or None for the default one.

    Returns
    -------
    Path

    Raises
    ------
    BundleError
        Where there is no such bundle.
    """
    shipped = shipped_bundles()
    for candidate in (Path(wanted).expanduser(), shipped / wanted) if wanted else (shipped / DEFAULT_BUNDLE,):
        if (candidate / SETTINGS).is_file():
            return candidate
    names = sorted(path.parent.name for path in shipped.glob(f"*/{SETTINGS}"))
    if not names:
        raise BundleError(f"no encoder bundle came with this installation ({shipped} is empty); reinstall musicemb")
    raise BundleError(
        f"{wanted} is not an encoder bundle; give a folder with a {SETTINGS}, or one of: {', '.join(names)}"
    )


def read_bundle(folder: Path, *, verify: bool | Collection[str] = True) -> Bundle:
    """Read and check a bundle, without loading its network.

    Parameters
    ----------
    folder : Path
    verify : bool, or names of files
        Compare every file, or these, with its checksum.

    Returns
    -------
    Bundle

    Raises
    ------
    BundleError
        If it is incomplete, altered, from a newer version, or not a bundle.
    """
    cure = "reinstall musicemb, or train it again"
    try:
        stated = read_json(folder / SETTINGS, nan=True)
        if not isinstance(stated, dict):
            raise ValueError("not an object")
    except OSError as problem:
        raise BundleError(f"cannot read the encoder bundle {folder}: {problem.strerror}") from problem
    except ValueError as problem:
        raise BundleError(
            f"the encoder bundle {folder} is damaged: {SETTINGS} is not JSON ({problem}); {cure}"
        ) from problem
    if not isinstance(stated.get("format", 0), int):
        raise BundleError(f"the encoder bundle {folder} is damaged: {SETTINGS} has no format; {cure}")
    if stated.get("format", 0) > FORMAT:
        raise BundleError(f"the encoder bundle {folder} was made by a newer musicemb; update this program")
    sums = stated.get("sha256", {})
    if not isinstance(sums, dict):
        sums = {}
    if verify:
        for name, wanted in sums.items():
            path = folder / name
            if not path.is_file():
                raise BundleError(f"the encoder bundle {folder} is incomplete: {name} is missing; {cure}")
            if (verify is True or name in verify) and checksum(path) != wanted:
                raise BundleError(
                    f"the encoder bundle {folder} was altered: {name} does not match its checksum; {cure}"
                )
    try:
        settings = from_dict(EncoderSettings, stated["settings"], where=str(folder / SETTINGS))
        if not {WEIGHTS, ARRAYS} <= set(sums):
            raise ValueError(f"{SETTINGS} lacks checksums of its files")
        if others := set(sums) - {WEIGHTS, ARRAYS, RUNTIME, INT8, ONNX}:
            raise SettingsError(f"{folder / SETTINGS} names files that this version does not know: {min(others)}")
        arrays = read_arrays(folder / ARRAYS, settings)
        dimensions = settings.network.dimensions
        front_end = FrontEnd(
            settings.front_end, settings.segments, arrays["filterbank"], arrays["band_mean"], arrays["band_std"]
        )
        return Bundle(
            folder=folder,
            name=str(stated["name"]),
            id=_make_id(stated["settings"], sums),
            settings=settings,
            front_end=front_end,
            projection=_read_projection(arrays),
            genre_head=read_genre_head(arrays, stated),
            tag_heads=read_added_heads(folder, stated, dimensions, read_tag_heads(arrays, stated, dimensions)),
            about=stated.get("about", {}),
            has_runtime=RUNTIME in sums,
            has_int8=INT8 in sums,
            has_onnx={ONNX, RUNTIME} <= set(sums),
        )
    except SettingsError as problem:
        raise BundleError(f"{problem}; if a newer musicemb made this bundle, update this program") from problem
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as problem:
        raise BundleError(f"the encoder bundle {folder} is damaged ({problem}); {cure}") from problem


def write_bundle(
    folder: Path,
    *,
    name: str,
    settings: EncoderSettings,
    front_end: FrontEnd,
    weights: Mapping[str, NDArray[Any]],
    projection: Projection | None = None,
    genre_head: GenreHead | None = None,
    tag_heads: TagHeads | None = None,
    about: Mapping[str, Any],
    texts: Mapping[str, str] | None = None,
) -> Bundle:
    """Write a bundle; the folder appears whole or not at all.

    Parameters
    ----------
    folder : Path
        An older bundle there is replaced once the new one is complete.
    name : str
    settings : EncoderSettings
    front_end : FrontEnd
    weights : mapping
        Of the network, by name.
    projection : Projection, optional
    genre_head : GenreHead, optional
    tag_heads : TagHeads, optional
    about : mapping
        JSON types.
    texts : mapping, optional
        Further text files by name (model card, history); they do not count for the id.

    Returns
    -------
    Bundle

    Raises
    ------
    BundleError
        Where the folder cannot be written, or holds something else.
    """
    import shutil

    if folder.exists() and not (folder / SETTINGS).is_file() and any(folder.iterdir()):
        raise BundleError(f"{folder} holds something that is not an encoder bundle; choose another folder")
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        np.savez(draft / WEIGHTS, **dict(weights))  # type: ignore[arg-type]
        arrays = {"filterbank": front_end.filterbank, "band_mean": front_end.band_mean, "band_std": front_end.band_std}
        if projection is not None:
            arrays |= {"projection_mean": projection.mean, "projection_components": projection.components}
        if genre_head is not None:
            arrays |= {f"head_{part}": getattr(genre_head, part) for part in ("weights", "bias", "mean", "scale")}
        if tag_heads is not None:
            arrays |= {f"tags_{part}": getattr(tag_heads, part) for part in TAG_PARTS}
        np.savez(draft / ARRAYS, **arrays)  # type: ignore[arg-type]
        for text_name, text in (texts or {}).items():
            (draft / text_name).write_text(text, encoding="utf-8")
        stated = {
            "format": FORMAT,
            "name": name,
            "settings": to_dict(settings),
            "about": dict(about),
            "labels": list(genre_head.labels) if genre_head else [],
            "threshold": genre_head.threshold if genre_head else None,
            "tags": dict(zip(tag_heads.names, tag_heads.kinds, strict=True)) if tag_heads else {},
        }
        seal_bundle(draft, stated)
        if folder.exists():
            old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
            folder.rename(old)
            draft.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
        else:
            draft.rename(folder)
    except OSError as problem:
        shutil.rmtree(draft, ignore_errors=True)
        raise BundleError(f"cannot write the encoder bundle {folder}: {problem.strerror}") from problem
    return read_bundle(folder)


def seal_bundle(folder: Path, stated: Mapping[str, Any] | None = None) -> None:
    """Write bundle.json with the checksums of what is in the folder now.

    Parameters
    ----------
    folder : Path
    stated : mapping, optional
        What bundle.json says besides; None keeps what it says.
    """
    if stated is None:
        stated = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    names = (WEIGHTS, ARRAYS, RUNTIME, INT8, ONNX)
    sums = {name: checksum(folder / name) for name in names if (folder / name).is_file()}
    text = json.dumps({**stated, "sha256": sums}, indent=2, ensure_ascii=False) + "\n"
    draft = folder / f"{SETTINGS}.part"
    draft.write_text(text, encoding="utf-8")
    draft.replace(folder / SETTINGS)


def checksum(path: Path) -> str:
    """SHA-256 of a file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        64 hex digits.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _make_id(settings: Mapping[str, Any], sums: Mapping[str, str]) -> str:
    # The runtime models are made from the weights and give the same vectors (int8: within settings.INT8_COSINE):
    # they are no part of the id, and a library that was scanned without them need not be scanned again.
    parts = json.dumps([settings, sums.get(WEIGHTS), sums.get(ARRAYS)], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


def _read_projection(arrays: Mapping[str, NDArray[Any]]) -> Projection | None:
    if "projection_mean" not in arrays:
        return None
    return Projection(arrays["projection_mean"], arrays["projection_components"])
