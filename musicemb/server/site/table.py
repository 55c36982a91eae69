"""The table of our own API's endpoints, from which both routes and description are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from musicemb.server.requests import Parameters
from musicemb.server.site.calls import (
    ApiContext,
    about,
    find,
    groups,
    mapping,
    one_group,
    one_track,
    path,
    similar,
    tracks,
)


@dataclass(frozen=True)
class Parameter:
    """A parameter of an endpoint."""

    name: str
    kind: Literal["string", "integer", "boolean"]
    text: str
    default: str | int | bool | None = None
    """None: it must be given."""


@dataclass(frozen=True)
class Call:
    """An endpoint of the API."""

    path: str
    text: str
    document: str
    """Name of the schema of what it gives."""
    parameters: tuple[Parameter, ...]
    answer: Callable[[ApiContext, Parameters], Mapping[str, Any]]


_TRACK = Parameter("id", "string", "Id of a track.")
_START = Parameter("start", "integer", "Number of results to skip.", 0)

CALLS = (
    Call("/v1/library", "The library that is served.", "serve-library", (), about),
    Call(
        "/v1/tracks",
        "Tracks that hold all words in artist, title, album or file name; all tracks without any.",
        "serve-tracks",
        (Parameter("q", "string", "Words.", ""), _START, Parameter("count", "integer", "Number of results.", 20)),
        tracks,
    ),
    Call("/v1/tracks/{id}", "A track.", "serve-track", (_TRACK,), one_track),
    Call(
        "/v1/tracks/{id}/similar",
        "The tracks that sound most like one.",
        "serve-similar",
        (
            _TRACK,
            Parameter("n", "integer", "Number of results.", 10),
            Parameter("max_per_artist", "integer", "Largest number of tracks by one artist; 0: no limit.", 0),
            Parameter("same_artist", "boolean", "Whether tracks by the same artist are included.", True),
            Parameter("same_album", "boolean", "Whether tracks of the same album are included.", True),
        ),
        similar,
    ),
    Call(
        "/v1/path",
        "A smooth path from one track to another.",
        "serve-path",
        (
            Parameter("from", "string", "Id of the first track."),
            Parameter("to", "string", "Id of the last track."),
            Parameter("n", "integer", "Largest number of tracks on the path.", 25),
        ),
        path,
    ),
    Call(
        "/v1/find",
        "Tracks that words describe: moods, instruments, voices, decades and genres.",
        "find",
        (
            Parameter("words", "string", 'Words, such as "calm piano, no vocals".'),
            Parameter("n", "integer", "Number of results.", 10),
        ),
        find,
    ),
    Call("/v1/groups", "The groups of tracks that sound alike.", "serve-groups", (), groups),
    Call(
        "/v1/groups/{id}",
        "A group with its tracks.",
        "serve-group",
        (
            Parameter("id", "string", "Id of a group; -1: the tracks in none."),
            _START,
            Parameter("count", "integer", "Number of results.", 100),
        ),
        one_group,
    ),
    Call(
        "/v1/servers/{kind}",
        "How the tracks of a media server (serve --map) were found in the library, and which were not.",
        "serve-mapping",
        (
            Parameter("kind", "string", "navidrome, jellyfin or lyrion."),
            _START,
            Parameter("count", "integer", "Number of tracks that were not found to list.", 100),
        ),
        mapping,
    ),
)
