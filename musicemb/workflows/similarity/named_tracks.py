"""Finds the tracks that a path or words name: words of artist, title, album and file name, also misspelled ones."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.core.similarity.folding import fold_text
from musicemb.core.similarity.spelling import match_words, nearest_names
from musicemb.errors import TrackNotFound
from musicemb.records import Track
from musicemb.workflows.index.library_index import open_index
from musicemb.workflows.index.texts import (
    BETWEEN,
    By,
    TrackLine,
    all_lines,
    folded_lines,
    ids_by_name,
    lines_with_any,
    names_in,
    open_texts,
    spelled_words,
)

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue

_SLACK = 5.0
"""Of 100: tracks that answer to misspelled words as well as the best one, within this, are meant too."""
_TOLD = 3
"""Names that are suggested if nothing matches."""

_LookUp = Callable[[list[int]], Mapping[int, Track]]


def as_path(text: str | Path) -> Path:
    """A path as typed, a leading ~ expanded.

    Parameters
    ----------
    text : str or Path

    Returns
    -------
    Path
    """
    if not str(text).strip():
        return Path()
    try:
        return Path(os.path.expanduser(text))  # noqa: PTH111 - what it cannot expand ("~nobody") it leaves
    except ValueError:  # a NUL in the name of a user
        return Path(text)


def track_at(catalogue: Catalogue, path: Path) -> Track | None:
    """The track at a path, written in whatever way: relative, through links, with composed accents or not.

    Parameters
    ----------
    catalogue : Catalogue
    path : Path

    Returns
    -------
    Track or None
    """
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


def is_there(path: Path) -> bool:
    """Whether something lies at a path, which may be none at all.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    try:
        return path.exists()
    except (OSError, ValueError):  # too long for a path, not allowed to look
        return False


def answer(tracks: Sequence[Track], words: Sequence[str]) -> list[Track]:
    """Tracks that hold all words, best first; a single one where the words are all of a title.

    Parameters
    ----------
    tracks : sequence of Track
    words : sequence of str
        Folded.

    Returns
    -------
    list of Track
        Copies of a recording once.
    """
    known = {track.id: track for track in tracks}
    return list(_without_copies(known[one] for one in _rank(_lines_with(_texts_of(tracks), words), words)))


def find_answers(catalogue: Catalogue, words: Sequence[str]) -> list[Track]:
    """Apply `answer` to all tracks of a library; in a large one its index is searched.

    Parameters
    ----------
    catalogue : Catalogue
    words : sequence of str
        Folded; at least one.

    Returns
    -------
    list of Track
    """
    index = open_index(catalogue)
    lines = _lines_with(catalogue.texts(), words) if index is None else index.lines_with(words)
    order = _rank(lines, words)
    known = catalogue.tracks_of(order)
    return list(_without_copies(known[one] for one in order if one in known))


def _texts_of(tracks: Sequence[Track]) -> Iterator[tuple[int, str, str, str, str]]:
    return ((one.id, one.tags.artist, one.tags.title, one.tags.album, one.path.stem) for one in tracks)


def _lines_with(
    texts: Iterable[tuple[int, str, str, str, str]], words: Sequence[str]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """What `LibraryIndex.lines_with` finds, from the texts themselves."""
    for track_id, text in folded_lines(texts):
        if all(word in text for word in words):
            yield track_id, tuple(text.split(BETWEEN))


def _rank(lines: Iterable[tuple[int, tuple[str, ...]]], words: Sequence[str]) -> list[int]:
    """Ids of tracks that hold all words, best first; where the words are all of a title, only such."""
    ranked = []
    wanted = " ".join(words)
    for track_id, (artist, title, _, name) in lines:
        exact = wanted in (title or name, f"{artist} {title}".strip(), f"{title} {artist}".strip())
        near = all(word in f"{artist} {title}" for word in words)
        ranked.append((not exact, not near, len(title or name), artist, title, track_id))
    ranked.sort()
    return [key[-1] for key in ranked if not key[0]] or [key[-1] for key in ranked]


def answer_roughly(tracks: Sequence[Track], words: Sequence[str]) -> list[Track]:
    """Tracks that hold all words, or some that are spelled much like them.

    Parameters
    ----------
    tracks : sequence of Track
    words : sequence of str
        Folded.

    Returns
    -------
    list of Track
        The likeliest first; copies of a recording once.
    """
    known = {track.id: track for track in tracks}
    return _roughly(list(folded_lines(_texts_of(tracks))), words, lambda _: known)


def find_roughly(catalogue: Catalogue, words: Sequence[str]) -> list[Track]:
    """Apply `answer_roughly` to all tracks of a library; in a large one its index is searched.

    Parameters
    ----------
    catalogue : Catalogue
    words : sequence of str
        Folded.

    Returns
    -------
    list of Track
    """
    file = open_texts(catalogue)
    if file is None:
        return _roughly(list(all_lines(catalogue, None)), words, catalogue.tracks_of)
    spelled = spelled_words(file)
    meant = match_words(words, spelled)
    return _likeliest(lines_with_any(file, spelled, meant), meant, catalogue.tracks_of)


def _roughly(lines: Sequence[TrackLine], words: Sequence[str], look_up: _LookUp) -> list[Track]:
    meant = match_words(words, sorted({token for _, text in lines for token in text.split()}))
    rarest = min((alike.keys() for alike in meant), key=len, default=set[str]())  # which most tracks have nothing of
    return _likeliest((line for line in lines if not rarest.isdisjoint(line[1].split())), meant, look_up)


def _likeliest(lines: Iterable[TrackLine], meant: Sequence[dict[str, float]], look_up: _LookUp) -> list[Track]:
    scored = []
    for track_id, text in lines:
        tokens = text.split()
        scores = [max((alike[token] for token in tokens if token in alike), default=0.0) for alike in meant]
        if all(scores):
            names = {token for field in text.split(BETWEEN)[:2] for token in field.split()}  # of artist and title
            scored.append((sum(scores) / len(scores), all(names & alike.keys() for alike in meant), track_id))
    least = max((score for score, _, _ in scored), default=0.0) - _SLACK
    scored = [one for one in scored if one[0] >= least]
    known = look_up([track_id for _, _, track_id in scored])
    ranked = [(score, near, known[track_id]) for score, near, track_id in scored if track_id in known]
    ranked.sort(key=lambda one: (-one[0], not one[1], len(one[2].name), one[2].id))
    best = [track for _, _, track in ranked]
    if len(best) > 1:
        # If the words equal a whole title except for a letter, that title is meant.
        best = [track for track in best if _is_whole(track, meant)] or best
    return list(_without_copies(best))


def tell_nearest(catalogue: Catalogue, words: Sequence[str]) -> str:
    """The message if nothing matches.

    Parameters
    ----------
    catalogue : Catalogue
    words : sequence of str, folded

    Returns
    -------
    str
        The tracks that come nearest; else a hint.
    """
    lines = list(all_lines(catalogue, open_texts(catalogue)))
    names = names_in([line for _, line in lines])
    ids = [lines[names.index(one)][0] for one in nearest_names(" ".join(words), reversed(names), _TOLD)]
    told = "; ".join(one.name for one in _in_order(catalogue, ids))
    return f"the nearest are: {told}" if ids else "check the spelling, or try fewer words"


def tracks_by(catalogue: Catalogue, by: By, text: str) -> list[Track]:
    """All tracks of an artist, or of an album.

    Parameters
    ----------
    catalogue : Catalogue
    by : {"artist", "album"}
    text : str
        Its name, or words of it; misspelled ones will do where they mean one.

    Returns
    -------
    list of Track

    Raises
    ------
    TrackNotFound
        Where there is none, or where several are meant; it tells which.
    """
    words = fold_text(text).split()
    names, named = ids_by_name(catalogue, open_texts(catalogue), by)
    found = _named_so(names, words)
    if len(found) == 1:
        return _in_order(catalogue, named[found[0]])
    near = found or nearest_names(" ".join(words), names, _TOLD)
    shown = [_spelled(_in_order(catalogue, named[name]), by) for name in near]
    if found:
        more = f"; and {len(shown) - 5} more" if len(shown) > 5 else ""
        raise TrackNotFound(f"{len(found)} {by}s match {text!r}: {'; '.join(shown[:5])}{more}; give the whole name")
    raise TrackNotFound(f"no {by} matches {text!r}" + (f"; the nearest are: {'; '.join(shown)}" if shown else ""))


def _in_order(catalogue: Catalogue, ids: Sequence[int]) -> list[Track]:
    found = catalogue.tracks_of(ids)
    return [found[one] for one in ids if one in found]


def _named_so(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """Names that words mean: that very name, else those with all of them, else those with words spelled like them."""
    if not words:
        return []
    wanted = " ".join(words)
    if wanted in names:
        return [wanted]
    held = [name for name in names if all(word in name for word in words)]
    if held:
        return held
    meant = match_words(words, (token for name in names for token in name.split()))
    return [name for name in names if all(alike.keys() & set(name.split()) for alike in meant)]


def _spelled(tracks: Sequence[Track], by: By) -> str:
    return Counter(track.tags.artist if by == "artist" else track.tags.album for track in tracks).most_common(1)[0][0]


def _is_whole(track: Track, meant: Sequence[dict[str, float]]) -> bool:
    """Whether the words mean all of a title, or all of an artist and a title."""
    wholes = (track.tags.title or track.path.stem, f"{track.tags.artist} {track.tags.title}")
    return any(
        len(tokens) == len(meant) and all(tokens & alike.keys() for alike in meant)
        for tokens in (set(fold_text(whole).split()) for whole in wholes)
    )


def _without_copies(tracks: Iterable[Track]) -> Iterator[Track]:
    seen: set[str] = set()
    for track in tracks:
        if track.payload_hash not in seen:
            seen.add(track.payload_hash)
            yield track
