"""Tag heads that were added to a bundle later: a separate file, which does not count for the bundle's id.

They are linear in vectors that stay as they are, so that a library goes on with the words that it gains and nothing is
heard again; a program that does not know of them reads the bundle as it was before.

A bundle with such heads also holds
    tags.npz        weights, bias, mean, scale, quantiles and areas of the added heads
and in bundle.json an object "added_tags": "sha256" of that file, "tags" (word -> kind), "from" (what taught them).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from musicemb.encoder.runtime.bundle_arrays import TAG_PARTS, check_tag_heads
from musicemb.records import TagHeads
from musicemb.settings.array_files import read_npz

ADDED, STATED = "tags.npz", "added_tags"
_MOST = 1 << 26
"""Bytes of the arrays; a thousand words of a thousand dimensions have 4 MB."""


def read_added_heads(folder: Path, stated: Mapping[str, Any], dimensions: int, own: TagHeads | None) -> TagHeads | None:
    """The tag heads of a bundle, those that were added to it among them.

    Parameters
    ----------
    folder : Path
    stated : mapping
        What bundle.json says.
    dimensions : int
        Of the bundle's vectors.
    own : TagHeads or None
        Those that it was made with.

    Returns
    -------
    TagHeads or None
        An added word stands in place of an own one that is called so.

    Raises
    ------
    OSError, KeyError, ValueError
        Where the file is missing or altered, or makes no sense.
    """
    if STATED not in stated:
        return own
    about = stated[STATED]
    if hashlib.sha256((folder / ADDED).read_bytes()).hexdigest() != about["sha256"]:
        raise ValueError(f"{ADDED} does not match its checksum")
    arrays = read_npz(folder / ADDED, _MOST)
    names, kinds = zip(*about["tags"].items(), strict=True)
    added = TagHeads(names, kinds, **{part: arrays[part] for part in TAG_PARTS})
    check_tag_heads(added, dimensions)
    return added if own is None else join_heads(own, added)


def write_added_heads(folder: Path, heads: TagHeads, origin: str) -> None:
    """Add tag heads to a bundle, in place of those that were added before. Its id stays.

    Parameters
    ----------
    folder : Path
        Of the bundle.
    heads : TagHeads
        On its vectors.
    origin : str
        What taught them, for people.
    """
    draft = folder / f"{ADDED}.part"
    with draft.open("wb") as file:
        np.savez(file, **{part: getattr(heads, part) for part in TAG_PARTS})
    draft.replace(folder / ADDED)
    place = folder / "bundle.json"
    stated = json.loads(place.read_text(encoding="utf-8"))
    stated[STATED] = {
        "sha256": hashlib.sha256((folder / ADDED).read_bytes()).hexdigest(),
        "tags": dict(zip(heads.names, heads.kinds, strict=True)),
        "from": origin,
    }
    text = place.with_suffix(".json.part")
    text.write_text(json.dumps(stated, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    text.replace(place)


def join_heads(own: TagHeads, added: TagHeads) -> TagHeads:
    """Join two sets of heads on the same vectors.

    Parameters
    ----------
    own : TagHeads
    added : TagHeads
        Its words stand in place of those of `own` that are called so.

    Returns
    -------
    TagHeads
        Standardised as `own`; every word gives the probabilities that it gave before.
    """
    # (x - m2) / s2 . w2  =  (x - m1) / s1 . (s1 / s2 w2)  +  (m1 - m2) / s2 . w2
    weights = added.weights * (own.scale / added.scale)[:, None]
    bias = added.bias + ((own.mean - added.mean) / added.scale) @ added.weights
    kept = [at for at, name in enumerate(own.names) if name not in added.names]
    steps = own.quantiles.shape[1]
    places = np.linspace(0, 1, steps)
    theirs = np.linspace(0, 1, added.quantiles.shape[1])
    quantiles = np.stack([np.interp(places, theirs, row) for row in added.quantiles])
    return TagHeads(
        names=tuple(own.names[at] for at in kept) + added.names,
        kinds=tuple(own.kinds[at] for at in kept) + added.kinds,
        weights=np.hstack([own.weights[:, kept], weights]).astype(np.float32),
        bias=np.concatenate([own.bias[kept], bias]).astype(np.float32),
        mean=own.mean,
        scale=own.scale,
        quantiles=np.concatenate([own.quantiles[kept], quantiles]).astype(np.float32),
        areas=np.concatenate([own.areas[kept], added.areas]).astype(np.float32),
    )
