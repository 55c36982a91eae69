"""The beets plugin: "beet musicemb" analyses a library, "beet similar" and "similar:" find similar tracks.

The wheel contains this file as beetsplug/musicemb.py. beets imports it, so its classes are defined at import.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import mediafile
from beets import ui
from beets.dbcore import types
from beets.dbcore.query import InQuery, InvalidQueryArgumentValueError, PathQuery
from beets.plugins import BeetsPlugin

from musicemb.errors import MusicembError, NothingScanned

if TYPE_CHECKING:
    from beets.dbcore.types import Type
    from beets.importer import ImportSession, ImportTask
    from beets.library import Item
    from beets.library import Library as BeetsLibrary

    from musicemb.library import Library
    from musicemb.records import Track

MOST_SEEDS = 50
"""Tracks that "beet similar" takes at once: a query that fits more says nothing in particular."""
TOLD_EVERY = 100
"""Files heard between two lines that say how far it is."""
SET_BY_US = "musicemb_set_genres"
"""The genres that we gave an item: never taken for the listener's own, and written to the file beside them."""


def open_library(path: Path | None, *, read_only: bool) -> Library:
    """Open musicemb's library.

    Parameters
    ----------
    path : Path or None
        None: musicemb's own default.
    read_only : bool

    Returns
    -------
    Library
    """
    from musicemb.library import Library

    return Library.open(path, read_only=read_only, create=not read_only)


class SimilarQuery(InQuery[int]):
    """Items that sound like one: "similar:12" by beets' id, "similar:words" by words of artist and title, or by path.

    It is answered when the query is read, so that a smart playlist is as musicemb's library is then.
    """

    plugin: ClassVar[MusicembPlugin | None] = None

    def __init__(self, _: str, pattern: str, fast: bool = True) -> None:
        self.asked = pattern
        super().__init__("id", self._find(pattern), fast)

    def _find(self, pattern: str) -> list[int]:
        plugin = self.plugin
        expected = "a track that musicemb knows"
        if plugin is None or plugin.items is None:
            raise InvalidQueryArgumentValueError(pattern, expected, "beets' library is not open")
        seeds: list[str | Path] = [pattern]
        if pattern.isdecimal():
            item = plugin.items.get_item(int(pattern))
            if item is None:
                raise InvalidQueryArgumentValueError(pattern, expected, "no track has this id")
            seeds = [item.filepath]
        try:
            found = plugin.similar(plugin.items, seeds, plugin.config["count"].get(int))
        except MusicembError as error:
            raise InvalidQueryArgumentValueError(pattern, expected, str(error)) from None
        return [item.id for _, item in found]


class MusicembPlugin(BeetsPlugin):
    """The commands "musicemb" and "similar", the query "similar:", and an import stage if it is enabled."""

    item_types: ClassVar[dict[str, Type]] = {
        "musicemb_group": types.STRING,
        "musicemb_strength": types.Float(2),
        "musicemb_genre": types.STRING,
        "musicemb_confidence": types.Float(2),
        SET_BY_US: types.MULTI_VALUE_DSV,
    }
    item_queries: ClassVar[dict[str, Any]] = {"similar": SimilarQuery}

    def __init__(self) -> None:
        super().__init__("musicemb")
        self.config.add(
            {"library": "", "auto": False, "write": False, "genres": True, "force": False, "count": 25, "workers": 0}
        )
        self.items: BeetsLibrary | None = None
        SimilarQuery.plugin = self
        self.register_listener("library_opened", self._opened)
        if SET_BY_US not in vars(mediafile.MediaFile):
            # Beside a genre of ours stands a tag of our own, as "musicemb tag" writes it: no guess votes for guesses.
            styles = (
                mediafile.MP3ListDescStorageStyle(desc="MUSICEMB_GENRE"),
                mediafile.MP4ListStorageStyle("----:com.apple.iTunes:MUSICEMB_GENRE"),
                mediafile.ListStorageStyle("MUSICEMB_GENRE"),
                mediafile.ASFStorageStyle("MUSICEMB_GENRE"),
            )
            self.add_media_field(SET_BY_US, mediafile.ListMediaField(*styles))
        if self.config["auto"]:
            self.import_stages = [self.imported]

    def commands(self) -> list[ui.Subcommand]:
        """The commands that beets gains."""
        hear = ui.Subcommand("musicemb", help="analyse tracks: group them by sound, guess genres")
        options = hear.parser
        options.usage = "%prog [options] [QUERY]"
        options.add_option("-p", "--pretend", action="store_true", help="show what would be set, and change nothing")
        options.add_option("-w", "--write", action="store_true", dest="write", help="write genres to the files' tags")
        options.add_option("-W", "--nowrite", action="store_false", dest="write", help="leave the files' tags alone")
        options.add_option("-F", "--force", action="store_true", help="replace genres that are there")
        hear.func = self._hear
        alike = ui.Subcommand("similar", help="list tracks that sound like those of a query")
        alike.parser.usage = "%prog [options] QUERY"
        alike.parser.add_option("-n", "--count", type="int", help="number of tracks (default: count, 25)")
        alike.parser.add_path_option()
        alike.parser.add_format_option()
        alike.func = self._list_similar
        return [hear, alike]

    def _hear(self, lib: BeetsLibrary, opts: Any, args: list[str]) -> None:
        """The command "beet musicemb": analyse the items of a query, and set their fields."""
        items = list(lib.items(args))
        write = self.config["write"].get(bool) if opts.write is None else bool(opts.write)
        force = self.config["force"].get(bool) or bool(opts.force)
        with _told():
            here = _existing(items)
            if not opts.pretend and here:
                self._scan(lib, here, whole=not args)
            counts = Counter[str]()
            with suppress(*(NothingScanned,) * bool(opts.pretend)):
                counts = self._set_fields(here, pretend=bool(opts.pretend), write=write, force=force)
        told = [f"{counts['known']} of {len(items)} tracks analysed", f"{counts['changed']} changed"]
        told.append(f"{counts['genres']} given genres" + (f" ({counts['written']} written to files)" if write else ""))
        if opts.pretend and (unheard := len(here) - counts["known"]):
            told.append(f"{unheard} must be analysed first")
        if len(here) < len(items):
            told.append(f"{len(items) - len(here)} files missing")
        ui.print_(f"{'would be: ' if opts.pretend else ''}{', '.join(told)}")

    def _list_similar(self, lib: BeetsLibrary, opts: Any, args: list[str]) -> None:
        """The command "beet similar": list tracks similar to the items of a query, the most similar first."""
        if not args:
            raise ui.UserError("name the tracks to compare with: beet similar QUERY")
        seeds = list(lib.items(args))
        if not seeds:
            raise ui.UserError(f"no track fits {' '.join(args)}")
        if len(seeds) > MOST_SEEDS:
            raise ui.UserError(f"{len(seeds)} tracks fit {' '.join(args)}: add words, until at most {MOST_SEEDS} do")
        with _told():
            found = self.similar(lib, [item.filepath for item in seeds], opts.count or self.config["count"].get(int))
        for similarity, item in found:
            ui.print_(format(item) if opts.format else f"{similarity:.2f}  {format(item)}")

    def imported(self, session: ImportSession, task: ImportTask) -> None:
        """Analyse the items that were just imported; an error here does not end the import.

        Parameters
        ----------
        session : ImportSession
        task : ImportTask
        """
        items = list(task.imported_items())
        try:
            here = _existing(items)
            if here:
                self._scan(session.lib, here, whole=False)
                write, force = (self.config[name].get(bool) for name in ("write", "force"))
                self._set_fields(here, pretend=False, write=write, force=force)
        except (MusicembError, ui.UserError) as error:
            self._log.warning("{}", error)

    def similar(self, lib: BeetsLibrary, seeds: Sequence[str | Path], count: int) -> list[tuple[float, Item]]:
        """The items that sound most like some tracks.

        Parameters
        ----------
        lib : beets.library.Library
        seeds : sequence of str or Path
        count : int

        Returns
        -------
        list of (float, Item)
            Similarity and item, best first; what musicemb knows and beets does not is left out.
        """
        with self._library(read_only=True) as library:
            matches = library.similar(seeds, n=max(100, 4 * count))
        own = set(map(Path, seeds))
        found: dict[int, tuple[float, Item]] = {}
        for match in matches:
            for track in (match.track, *match.versions):
                if len(found) == count:
                    return list(found.values())
                item = None if track.path in own else lib.items(PathQuery("path", os.fsencode(track.path))).get()
                if item is not None:
                    found.setdefault(item.id, (match.similarity, item))
                    break
        return list(found.values())

    def _opened(self, lib: BeetsLibrary) -> None:
        self.items = lib

    def _library(self, *, read_only: bool) -> Library:
        place = self.config["library"]
        try:
            return open_library(Path(place.as_filename()) if place.get(str) else None, read_only=read_only)
        except NothingScanned:
            raise NothingScanned('nothing was analysed yet: run "beet musicemb" first') from None

    def _scan(self, lib: BeetsLibrary, items: Sequence[Item], *, whole: bool) -> None:
        """Analyse new and changed items; for the whole library, also find files that are gone."""
        from musicemb.records import ScanPlanned, ScanProgress, ScanSummary

        folder = Path(os.fsdecode(lib.directory))
        outside = [item.filepath for item in items if folder not in item.filepath.parents]
        paths = [folder, *outside] if whole and len(outside) < len(items) else [item.filepath for item in items]
        with self._library(read_only=False) as library:
            # Remembered as folders, not file by file, for scans without a path.
            for root in {path.parent for path in outside} | ({folder} if len(outside) < len(items) else set()):
                library.catalogue.add_root(root)
            done = total = 0
            for event in library.scan(paths, workers=self.config["workers"].get(int) or None):
                if isinstance(event, ScanPlanned):
                    total = event.to_embed
                elif isinstance(event, ScanProgress):
                    done += 1
                    if done % TOLD_EVERY == 0:
                        self._log.info("analysed {} of {} files", done, total)
                elif isinstance(event, ScanSummary):
                    for problem in event.failed:
                        self._log.warning("{}: {}", problem.path, problem.reason)

    def _set_fields(self, items: Iterable[Item], *, pretend: bool, write: bool, force: bool) -> Counter[str]:
        with self._library(read_only=True) as library:
            tracks = {track.path: track for track in library.catalogue.tracks()}
            groups = {group.id: group.name for group in library.clusters()}
        counts = Counter[str]()
        for item in (item for item in items if item.filepath in tracks):
            track = tracks[item.filepath]
            counts["known"] += 1
            wanted = _fields(track, groups)
            genres = self._genres(item, track, force=force)
            if genres:
                wanted |= {"genres": genres, SET_BY_US: genres}
            changed = {name: value for name, value in wanted.items() if item.get(name) != value}
            counts["changed"] += bool(changed)
            counts["genres"] += "genres" in changed
            if pretend:
                for name, value in changed.items():
                    ui.print_(f"{format(item)}: {name}: {_shown(item.get(name))} -> {_shown(value)}")
                continue
            item.update(changed)
            item.store()  # of what has changed
            if write and _is_to_be_written(item) and item.try_write():
                item.store()  # with the file's new time
                counts["written"] += 1
        return counts

    def _genres(self, item: Item, track: Track, *, force: bool) -> list[str]:
        """The genres to set for an item; none if it has the listener's own, or nothing is guessed."""
        if track.guess is None or not self.config["genres"].get(bool):
            return []
        theirs = item.genres and list(item.genres) != list(item.get(SET_BY_US) or [])
        return [] if theirs and not force else list(track.guess.genres)


def _fields(track: Track, groups: dict[int, str]) -> dict[str, Any]:
    guess, group = track.guess, groups.get(-1 if track.cluster is None else track.cluster, "")
    return {
        "musicemb_group": group,
        "musicemb_strength": round(track.strength, 3) if group else 0.0,
        "musicemb_genre": "; ".join(guess.genres) if guess else "",
        "musicemb_confidence": round(guess.confidence, 3) if guess else 0.0,
    }


def _is_to_be_written(item: Item) -> bool:
    """Whether beets has genres of ours that are not in the file yet: its time is 0 if a field was set since."""
    return bool(item.genres) and list(item.genres) == list(item.get(SET_BY_US) or []) and item.mtime == 0


def _existing(items: Sequence[Item]) -> list[Item]:
    """The items whose files exist."""
    here = [item for item in items if item.filepath.is_file()]
    if items and not here:
        raise ui.UserError(
            f"no file of these {len(items)} tracks exists (the first: {items[0].filepath}): is its drive mounted? "
            "If the library was moved, set 'directory' in beets' configuration"
        )
    return here


def _shown(value: Any) -> str:
    return ("; ".join(value) if isinstance(value, list) else str(value or "")) or "nothing"


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except MusicembError as error:
        raise ui.UserError(str(error)) from None
