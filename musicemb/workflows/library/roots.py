"""Which folders a scan examines, and whether they are as before."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from musicemb.errors import LibraryRootError
from musicemb.io.silent_drives import ask
from musicemb.records import KnownFile, PassedOver, Problem

_UNCHANGED = "Nothing was changed (if it is gone for good: run musicemb forget FOLDER)"


class Places:
    """Some folders and files; asks whether a path lies in one of them.

    Parameters
    ----------
    paths : iterable of Path
        Absolute.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._exact = {os.path.normcase(path) for path in paths}
        self._prefixes = tuple(path.rstrip(os.sep) + os.sep for path in self._exact)

    def hold(self, path: Path) -> bool:
        """Whether a path is one of them or below one.

        Parameters
        ----------
        path : Path
            Absolute.

        Returns
        -------
        bool
        """
        text = os.path.normcase(path)
        return text.startswith(self._prefixes) or text in self._exact


def make_absolute(path: str | Path) -> Path:
    """A path as the catalogue writes it.

    Parameters
    ----------
    path : str or Path
        "~" is the home folder.

    Returns
    -------
    Path

    Raises
    ------
    LibraryRootError
        For an empty text, which would be the current folder.
    """
    if path == "":
        raise LibraryRootError("a path is empty; the current folder is '.'")
    # Not resolve(): links stay in the paths. Not Path.expanduser(): a folder may be called "~nobody".
    return Path(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH100, PTH111


def choose_roots(
    paths: Sequence[str | Path], recorded: Sequence[Path], tracks: Iterable[KnownFile], *, all_of_them: bool
) -> list[Path]:
    """The roots to scan.

    Parameters
    ----------
    paths : sequence of str or Path
        What was asked for; none: what was scanned before.
    recorded : sequence of Path
        What was scanned before.
    tracks : iterable of KnownFile
        The catalogue's.
    all_of_them : bool
        Add to `paths` what was scanned before and can be reached.

    Returns
    -------
    list of Path
        Absolute, links kept, each folder once. A folder with tracks that is not there stands last.

    Raises
    ------
    LibraryRootError
        Where there is nothing to look at, or nothing that can be reached.
    """
    roots = [make_absolute(path) for path in paths]
    missing = []
    for root in recorded if all_of_them or not paths else ():
        if _is_there(root):
            roots.append(root)
        # A missing one is a problem where its tracks are meant; one without tracks has moved away.
        elif not paths and _count_held(tracks, Places([root])):
            missing.append(root)
    if missing and not roots:
        raise LibraryRootError(f"{missing[0]} cannot be reached; is its drive mounted? {_UNCHANGED}")
    roots += missing
    if not roots:
        raise LibraryRootError("nothing was scanned yet: name a folder of music")
    return list({_real(root): root for root in reversed(roots)}.values())[::-1]


def choose_remembered(roots: Sequence[Path], recorded: Sequence[Path], troubles: Iterable[Problem]) -> list[Path]:
    """Which roots later scans go back to.

    Parameters
    ----------
    roots : sequence of Path
        What is scanned now.
    recorded : sequence of Path
        What is remembered already.
    troubles : iterable of Problem
        Of this scan.

    Returns
    -------
    list of Path
        Without those that cannot be reached, and without a file that lies in a remembered folder.
    """
    known, absent = Places(recorded), {problem.path for problem in troubles}
    return [root for root in roots if root not in absent and (_is_folder(root) or not known.hold(root))]


def check_roots(
    roots: Sequence[Path], found: Sequence[Path], tracks: Iterable[KnownFile], passed_over: Sequence[PassedOver] = ()
) -> list[Problem]:
    """Find roots that are suddenly empty: a drive that is not mounted looks like that.

    Parameters
    ----------
    roots : sequence of Path
    found : sequence of Path
        Files found, and folders that could not be read.
    tracks : iterable of KnownFile
        The catalogue's.
    passed_over : sequence of PassedOver
        What was not looked into: said where nothing else was found.

    Returns
    -------
    list of Problem
        Roots that held tracks and hold none now: nothing is known about what was below them.

    Raises
    ------
    LibraryRootError
        Where nothing was found in any root.
    """
    emptied = []
    for root in roots:
        place = Places([root])
        held = 0 if any(place.hold(path) for path in found) else _count_held(tracks, place)
        if held:
            reason = f"held {count_of(held, 'track')} and now holds no audio; is its drive mounted? {_UNCHANGED}"
            emptied.append(Problem(root, reason, "failed", transient=True))
    if emptied and not set(found) - set(roots):
        raise LibraryRootError(f"{emptied[0].path} {emptied[0].reason}")
    if not found:
        besides = "".join(f"; {note}" for note in describe_passed_over(passed_over))
        raise LibraryRootError(f"{', '.join(map(str, roots))}: no audio files in there{besides}")
    return emptied


def explain_absence(problem: Problem, roots: Sequence[Path], tracks: Iterable[KnownFile]) -> Problem:
    """Say what to do about a root that held tracks and cannot be reached.

    Parameters
    ----------
    problem : Problem
        Of any file or folder.
    roots : sequence of Path
    tracks : iterable of KnownFile
        The catalogue's.

    Returns
    -------
    Problem
        The same one, unless it is such a root.
    """
    if problem.path not in roots or not _count_held(tracks, Places([problem.path])):
        return problem
    return replace(problem, reason=f"cannot be reached; is its drive mounted? {_UNCHANGED}")


def describe_passed_over(passed_over: Sequence[PassedOver]) -> list[str]:
    """The files and folders that a scan skipped, counted by kind, with advice.

    Parameters
    ----------
    passed_over : sequence of PassedOver

    Returns
    -------
    list of str
        One sentence per kind; none if nothing was skipped.
    """
    by_kind: dict[str, list[Path]] = {}
    for item in passed_over:
        by_kind.setdefault(item.kind, []).append(item.path)
    found = []
    if unread := by_kind.get("format"):
        kinds = Counter(path.suffix.lower() for path in unread)
        told = ", ".join(f"{suffix} {count:,}" for suffix, count in kinds.most_common(6))
        found.append(f"{count_of(len(unread), 'music file')} of formats that cannot be read ({told}) not scanned")
    hidden = by_kind.get("hidden folder", []) + by_kind.get("hidden file", [])
    if hidden:
        words = [count_of(len(by_kind[kind]), kind) for kind in ("hidden folder", "hidden file") if kind in by_kind]
        found.append(f"{' and '.join(words)} not scanned ({_some(hidden)}); name one as a path to scan it")
    if bins := by_kind.get("system folder"):
        noun = "folder of the system or recycle bin" if len(bins) == 1 else "folders of the system or recycle bins"
        found.append(f"{len(bins):,} {noun} not scanned ({_some(bins)})")
    return found


def _some(paths: Sequence[Path], most: int = 3) -> str:
    names = list(dict.fromkeys(path.name for path in paths))
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def count_of(number: int, noun: str) -> str:
    """A number with its noun ("1 track", "1,200 tracks").

    Parameters
    ----------
    number : int
    noun : str
        In the singular; takes an "s".

    Returns
    -------
    str
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _is_there(root: Path) -> bool:
    try:
        return ask(root, lambda: os.access(root, os.F_OK))
    except OSError:  # no answer
        return False


def _is_folder(root: Path) -> bool:
    try:
        return ask(root, root.is_dir)
    except OSError:
        return False


def _real(root: Path) -> str:
    try:
        return ask(root, lambda: os.path.realpath(root))
    except OSError:
        return str(root)


def _count_held(tracks: Iterable[KnownFile], place: Places) -> int:
    return sum(not row.gone and place.hold(row.path) for row in tracks)
