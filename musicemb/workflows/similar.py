"""Finds the tracks that sound most like one: a track of the library, or any other file."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicemb.errors import AmbiguousTrack, AudioError, CatalogueError, SkippedAudio, TrackNotFound
from musicemb.records import Encoder, Floats, FoundFile, Match, Problem, Track
from musicemb.settings import AUDIO_SUFFIXES

if TYPE_CHECKING:
    from musicemb.io.catalogue import Catalogue

Ids = NDArray[np.int64]

_MARGIN = 32
"""Neighbours looked at besides those wanted: copies and busy artists are passed over."""


def find_seed(catalogue: Catalogue, text: str) -> Track:
    """The track of the library that is meant by a path or by words.

    A path that exists, or that the library knows, is a path; all else are words. All of them must
    occur in artist, title, album or file name, whatever their case and accents. Where they are the
    whole title of one track (or its "artist title"), that track is meant.

    Parameters
    ----------
    catalogue : Catalogue
    text : str

    Returns
    -------
    Track
        Perhaps a gone one, if its path was given.

    Raises
    ------
    TrackNotFound
        Where nothing answers, or a file is not in the library.
    AmbiguousTrack
        Where several tracks answer; `candidates` holds them, best first, copies of a recording once.
    """
    path = _as_path(text)
    known = _track_at(catalogue, path)
    if known is not None:
        return known
    if text.strip() and _exists(path):
        what = "a folder: name one of its tracks" if path.is_dir() else "not in the library: scan it first"
        raise TrackNotFound(f"{text} is {what}")
    words = _fold(text).split()
    if not words:
        raise TrackNotFound("no track is named: give words from its artist or title, or its path")
    found = _answer(catalogue.tracks(), words)
    if not found:
        no_file = " (and there is no such file)" if path.suffix.lower() in AUDIO_SUFFIXES or os.sep in text else ""
        raise TrackNotFound(f"no track answers to {text!r}{no_file}; fewer words may find more")
    if len(found) > 1:
        raise AmbiguousTrack(text, found)
    return found[0]


def find_similar(
    catalogue: Catalogue,
    seed: str | Path | Track,
    *,
    n: int = 10,
    max_per_artist: int | None = None,
    encoder: Encoder | Callable[[], Encoder] | None = None,
) -> list[Match]:
    """The tracks that sound most like one.

    A track of the library is compared by its stored vector: no audio is read. Another file is
    embedded on the spot, unless the library holds the same audio.

    Parameters
    ----------
    catalogue : Catalogue
        May be read-only.
    seed : str, Path or Track
        A path or words (see `find_seed`), a file, or a track.
    n : int
        Tracks wanted.
    max_per_artist : int or None
        At most that many by one artist; tracks without an artist are not counted.
    encoder : Encoder, function that opens one, or None
        Needed for a file that is not in the library; opened only then.

    Returns
    -------
    list of Match
        Best first, at most `n`. Never the seed nor a copy of it; of copies only one. Gone tracks
        are left out.

    Raises
    ------
    TrackNotFound, AmbiguousTrack
        As `find_seed` does.
    AudioError, SkippedAudio
        Where the file cannot be embedded.
    CatalogueError
        Where the library is empty, or was made with another encoder.
    """
    active = catalogue.active_encoder
    ids, vectors = catalogue.vectors(active or "")
    if active is None or not len(ids):
        raise CatalogueError(f"the library {catalogue.path} holds no tracks yet: musicemb scan FOLDER fills it")
    track = seed if isinstance(seed, Track) else _resolve(catalogue, seed)
    if isinstance(track, Track):
        row = np.flatnonzero(ids == track.id)
        vector = vectors[row[0]] if len(row) else _stand_in(catalogue, track, active, ids, vectors)
        payload, own_id = track.payload_hash, track.id
    else:
        payload, own_id = _hash(track), None
        copies = [copy.id for copy in catalogue.tracks_with_payload(payload) if not copy.gone]
        row = np.flatnonzero(np.isin(ids, copies))
        vector = vectors[row[0]] if len(row) else _embed(track, encoder, active)
    return _choose(catalogue, vector, ids, vectors, own_id, payload, n, max_per_artist)


def _resolve(catalogue: Catalogue, seed: str | Path) -> Track | Path:
    if isinstance(seed, str):
        path = _as_path(seed)
        if _exists(path) and path.is_file() and _track_at(catalogue, path) is None:
            return path
        return find_seed(catalogue, seed)
    path = _as_path(seed)
    track = _track_at(catalogue, path)
    if track is None and not _exists(path):
        raise TrackNotFound(f"{seed}: no such file, and the library knows none by this path")
    return track or path


def _as_path(text: str | Path) -> Path:
    if not str(text).strip():
        return Path()
    return Path(os.path.expanduser(text))  # noqa: PTH111 - what it cannot expand ("~nobody") it leaves


def _track_at(catalogue: Catalogue, path: Path) -> Track | None:
    """The track at a path, written in whatever way: relative, through links, with composed accents or not."""
    if path == Path():
        return None
    try:
        plain = os.path.abspath(path)  # noqa: PTH100 - keeps links
        forms = [unicodedata.normalize(form, plain) for form in ("NFC", "NFD")]
        for candidate in dict.fromkeys((plain, os.path.realpath(path), *forms)):
            track = catalogue.track_at(Path(candidate))
            if track is not None:
                return track
    except (OSError, ValueError):  # a NUL, or letters that no path of this system can hold
        return None
    return None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long for a path, not allowed to look
        return False


# --------------------------------------------------------------------------------------- words


def _answer(tracks: Sequence[Track], words: list[str]) -> list[Track]:
    """Tracks that hold all words, best first; a single one where the words are all of a title."""
    ranked = []
    wanted = " ".join(words)
    for track in tracks:
        artist, title = _fold(track.tags.artist), _fold(track.tags.title)
        album, name = _fold(track.tags.album), _fold(track.path.stem)
        everything = " ".join((artist, title, album, name))
        if not all(word in everything for word in words):
            continue
        exact = wanted in (title or name, f"{artist} {title}".strip(), f"{title} {artist}".strip())
        near = all(word in f"{artist} {title}" for word in words)
        ranked.append(((not exact, not near, len(title or name), artist, title, track.id), track))
    ranked.sort(key=lambda pair: pair[0])
    exact_ones = [track for key, track in ranked if not key[0]]
    return list(_without_copies(exact_ones or [track for _, track in ranked]))


def _without_copies(tracks: Sequence[Track]) -> Iterator[Track]:
    seen: set[str] = set()
    for track in tracks:
        if track.payload_hash not in seen:
            seen.add(track.payload_hash)
            yield track


@lru_cache(maxsize=4096)  # artists and albums come many times over
def _fold(text: str) -> str:
    """Lower case, without accents and punctuation, words one space apart."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    kept = (letter for letter in plain.casefold() if not unicodedata.combining(letter))
    words = "".join(letter if letter.isalnum() else " " for letter in kept).split()
    return " ".join(words) if words else " ".join(text.split())  # a band may be called "!!!"


# ------------------------------------------------------------------------------------- vectors


def _stand_in(catalogue: Catalogue, track: Track, active: str, ids: Ids, vectors: Floats) -> Floats:
    """The vector of a copy, for a track that is gone or was never embedded."""
    copies = [copy.id for copy in catalogue.tracks_with_payload(track.payload_hash)]
    row = np.flatnonzero(np.isin(ids, copies))
    if len(row):
        found: Floats = vectors[row[0]]
        return found
    if track.gone:
        raise TrackNotFound(f"{track.path} is gone: scan its folder again if it is back")
    raise CatalogueError(f"{track.path} has no vector of encoder {active}: scan again")


def _hash(path: Path) -> str:
    from musicemb.io.payload import payload_hash

    if path.is_dir():
        raise TrackNotFound(f"{path} is a folder: name one of its tracks")
    return payload_hash(path)


def _embed(path: Path, encoder: Encoder | Callable[[], Encoder] | None, active: str) -> Floats:
    from musicemb.io.quiet import quiet_stderr
    from musicemb.workflows.embed import KnownAudio, embed_file

    if encoder is None:
        raise TrackNotFound(f"{path} is not in the library, and no encoder was given to listen to it")
    opened = encoder() if callable(encoder) else encoder
    if opened.id != active:
        raise CatalogueError(
            f"the library was made with encoder {active}, and this is {opened.id}: vectors of two encoders cannot "
            "be compared"
        )
    try:
        status = path.stat()
    except OSError as error:
        raise AudioError(path, f"cannot be read: {error.strerror or error}", transient=True) from None
    with quiet_stderr():  # what runs the network has much to say when it is opened
        outcome = embed_file(FoundFile(path, status.st_size, status.st_mtime_ns), opened)
    if isinstance(outcome, Problem):
        kind = SkippedAudio if outcome.kind == "skipped" else AudioError
        raise kind(path, outcome.reason, transient=outcome.transient)
    assert not isinstance(outcome, KnownAudio)  # none was said to be known
    return outcome.vector


def _choose(
    catalogue: Catalogue,
    vector: Floats,
    ids: Ids,
    vectors: Floats,
    own_id: int | None,
    payload: str,
    n: int,
    max_per_artist: int | None,
) -> list[Match]:
    """Walk the neighbours, best first, and pass over what nobody wants to see."""
    from musicemb.core.neighbours import nearest

    if n < 1:
        return []
    look_up: Callable[[int], Track] = catalogue.track
    reach = n + _MARGIN
    while True:
        found, similarities = nearest(vector[None], vectors, min(reach, len(ids)))
        matches: list[Match] = []
        payloads, artists = {payload}, Counter[str]()
        for place, similarity in zip(found[0].tolist(), similarities[0].tolist(), strict=True):
            if place < 0 or ids[place] == own_id:
                continue
            track = look_up(int(ids[place]))
            artist = _fold(track.tags.artist)
            if track.payload_hash in payloads or (artist and artists[artist] == max_per_artist):
                continue
            payloads.add(track.payload_hash)
            artists[artist] += 1
            matches.append(Match(track, max(-1.0, min(1.0, similarity))))
            if len(matches) == n:
                return matches
        if reach >= len(ids):
            return matches
        reach *= 8  # one artist fills the neighbourhood
        if reach > 1000:
            look_up = {track.id: track for track in catalogue.tracks()}.__getitem__
