"""The map as one HTML page that opens offline.

BokehJS draws it (BSD-3; `bokehjs/` is a copy from Bokeh's wheel, made by tests/golden/bokeh_scripts.py): it is a
quarter of the size of Plotly's, and its canvas draws 50 000 points and thins them out while the map moves. Its WebGL
would need a page that may compile text to code (`unsafe-eval`), Plotly's likewise: this page allows no script but the
three that were put in, by their hashes.

No text of a tag is ever part of the HTML: all of it is compressed, in base64, and shown by `textContent`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from musicemb.errors import MusicembError
from musicemb.records import MapWords, MusicMap, SoundValues, Track
from musicemb.settings import MAP_GREY

GENERATOR = b'<meta name="generator" content="musicemb map">'
"""Marks a page as ours: such a one may be replaced."""

_SCRIPTS = (
    "data.js", "picking.js", "playlist.js", "chart.js", "legend.js", "query.js", "search.js", "card.js", "lasso.js",
    "page.js",
)  # fmt: skip
_NONE = {np.dtype("<u2"): 0xFFFF, np.dtype("<u4"): 0xFFFFFFFF}
_STEPS = 65_535
"""Positions are kept as 16-bit steps: finer than a screen shows at a hundredfold zoom."""


def render_page(music: MusicMap, *, colour_by: str = "cluster", served: bool = False) -> bytes:
    """The page of a map.

    Parameters
    ----------
    music : MusicMap
    colour_by : str
        Key of `music.colourings` that is shown first.
    served : bool
        Tracks are played from the server that the page comes from, not from files beside the browser.

    Returns
    -------
    bytes
        HTML in UTF-8.

    Raises
    ------
    MusicembError
        Where BokehJS cannot be read.
    """
    head, blob = _pack(music)
    head["colourBy"] = colour_by
    head["served"] = [track.id for track in music.tracks] if served else None
    text = json.dumps(head, ensure_ascii=True, separators=(",", ":"))
    scripts = [*_library_scripts(), _own_script()]
    parts = {
        "GENERATOR": GENERATOR.decode(),
        "POLICY": _policy(scripts, "'self'" if served else "file:"),
        "STYLE": _read("page.css"),
        "PLACEHOLDER": "Names, or “calm piano, no vocals”" if music.values else "Search artist, title, album, genre",
        "HEAD": _compressed(text.encode("ascii")),
        "BLOB": _compressed(blob),
        "SCRIPTS": "\n".join(f"<script>{script}</script>" for script in scripts),
    }
    page = _read("page.html")
    # Split first: what is put in is never looked at again.
    pieces = page.split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        filled += [parts[name], rest]
    return "".join(filled).encode("utf-8")


def _pack(music: MusicMap) -> tuple[dict[str, Any], bytes]:
    """Pack the texts, and all arrays one after the other (little-endian, each aligned to four bytes)."""
    tracks, count = music.tracks, len(music.tracks)
    low = music.positions.min(axis=0)
    span = float((music.positions.max(axis=0) - low).max()) or 1.0
    steps = np.round((music.positions - low) / span * _STEPS).astype("<u2")
    index = np.dtype("<u2" if count < _NONE[np.dtype("<u2")] else "<u4")
    near = np.where(music.neighbours < 0, _NONE[index], music.neighbours).astype(index)
    arrays: dict[str, NDArray[Any]] = {
        "x": np.ascontiguousarray(steps[:, 0]),
        "y": np.ascontiguousarray(steps[:, 1]),
        "near": near,
        "like": np.round(np.clip(music.similarities, 0, 1) * 255).astype("u1"),
        "seconds": np.array([min(round(max(track.duration, 0)), _STEPS) for track in tracks], dtype="<u2"),
        "titled": np.array([bool(track.tags.title) for track in tracks], dtype="u1"),
    }
    words: dict[str, list[str]] = {}
    columns = {
        "artist": [track.tags.artist for track in tracks],
        "album": [track.tags.album for track in tracks],
        "genre": [_genre(track) for track in tracks],
        "folder": [folder for folder, _ in map(_address, tracks)],
    }
    if music.values:
        columns["sound"] = [_sound(value) for value in music.values]
    for name, column in columns.items():
        words[name], arrays[name] = _indexed(column)
    colourings = {}
    for name, colouring in music.colourings.items():
        arrays[f"by-{name}"] = colouring.members.astype("<u2" if len(colouring.groups) < 65_536 else "<u4")
        colourings[name] = [
            [group.name, group.size, group.colour, int(group.colour == MAP_GREY)] for group in colouring.groups
        ]
    language, rows = None, dict[str, list[str]]()
    if music.words is not None:
        language, blocks = _pack_words(music.words)
        for name, block in blocks.items():
            rows[name], arrays[name] = list(block), np.concatenate([*block.values(), np.zeros(0, dtype="u1")])
    places, blob = {}, bytearray()
    for name, array in arrays.items():
        blob += bytes(-len(blob) % 4)
        places[name] = [len(blob), array.size, array.dtype.itemsize]
        blob += array.tobytes()
    head = {
        "count": count,
        "nearest": int(music.neighbours.shape[1]),
        "arrays": places,
        "words": words,
        "title": [track.tags.title or track.path.stem for track in tracks],
        "file": [name for _, name in map(_address, tracks)],
        "colourings": colourings,
        "language": language,
        "rows": rows,
    }
    return head, bytes(blob)


def _pack_words(words: MapWords) -> tuple[dict[str, Any], dict[str, dict[str, NDArray[np.uint8]]]]:
    """Pack the language of searches, and the values of tracks, a byte each.

    Ranks are kept as steps of their log-odds: finest at both ends, where the best of many tracks lie.
    """
    ranks = np.stack([*words.sounds.values()]) if words.sounds else np.zeros((0, 1))
    odds = np.log(ranks / (1 - ranks)) if len(ranks) else ranks
    span = max(float(np.abs(odds).max(initial=0)), 1e-6)
    steps = np.round((odds / span + 1) * 127.5).astype("u1")
    shares = {genre: np.round(255 * np.clip(share, 0, 1)).astype("u1") for genre, share in words.shares.items()}
    language = {
        **words.language,
        "genres": dict(words.genres),
        "spellings": dict(words.spellings),
        "orders": dict(words.orders),
        "least_share": words.least_share,
        "span": span,
    }
    return language, {"sounds": dict(zip(words.sounds, steps, strict=True)), "shares": shares}


def _sound(values: SoundValues) -> str:
    """The sound values of a track in one line."""
    voices = {"none": "no voice", "female": "female voice", "male": "male voice"}
    told = [", ".join(values.moods), ", ".join(values.instruments), voices.get(values.voice, values.voice), values.era]
    told += [f"{values.energy} energy"] if values.energy else []
    return " · ".join(word for word in told if word)


def _genre(track: Track) -> str:
    """All words of the listener's, else the guess marked with "~"."""
    if track.tags.listener_genres:
        return ", ".join(track.tags.listener_genres)
    return f"~{'; '.join(track.guess.genres)}" if track.guess else ""


def _address(track: Track) -> tuple[str, str]:
    """The file's URI in two parts: folders repeat. Bytes that are not text are percent-encoded as they are."""
    folder = track.path.parent.as_uri()
    return folder if folder.endswith("/") else f"{folder}/", quote(os.fsencode(track.path.name))


def _indexed(column: Sequence[str]) -> tuple[list[str], NDArray[Any]]:
    places = {word: place for place, word in enumerate(dict.fromkeys(column))}
    kind = "<u2" if len(places) < 65_536 else "<u4"
    return list(places), np.array([places[word] for word in column], dtype=kind)


def _compressed(content: bytes) -> str:
    # mtime 0: the same library gives the same page, byte for byte.
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")


def _policy(scripts: Iterable[str], media: str) -> str:
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    rules = (
        "default-src 'none'",
        f"script-src {hashes}",
        "style-src 'unsafe-inline'",  # Bokeh makes its style elements while it runs
        "img-src data:",
        f"media-src {media}",
        "connect-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(rules)


def _library_scripts() -> list[str]:
    root = resources.files("musicemb.web") / "bokehjs"
    try:
        found = [(root / name).read_text(encoding="utf-8") for name in ("bokeh.min.js", "bokeh-api.min.js")]
    except OSError as error:
        raise MusicembError(f"the map needs BokehJS, which cannot be read ({error}): reinstall musicemb") from None
    return [_inline(script) for script in found]


def _own_script() -> str:
    return _inline('(function () {\n"use strict";\n' + "\n".join(_read(name) for name in _SCRIPTS) + "\n})();\n")


def _inline(script: str) -> str:
    """A script for inlining: it contains no end tag, and its hash is that of the text that the browser reads."""
    text = script.replace("\r\n", "\n").replace("\r", "\n")
    if "</script" in text.lower() or "<!--" in text:
        raise MusicembError("a script of the map cannot stand in a page: reinstall musicemb")
    return text


def _read(name: str) -> str:
    return (resources.files("musicemb.web") / name).read_text(encoding="utf-8")
