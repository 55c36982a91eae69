"""Writes planned changes of genres or values file by file, each after its journal entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from musicemb.errors import TagError
from musicemb.records import Applied, FoundFile, Track
from musicemb.workflows.tagging.leftovers import remove_leftovers, writing_beside
from musicemb.workflows.tagging.results import failure, fenced

if TYPE_CHECKING:
    from musicemb.io.catalogue.catalogue import Catalogue
    from musicemb.io.tags.writer import Edit


class _Planned(Protocol):
    @property
    def track(self) -> Track: ...


Planned = TypeVar("Planned", bound=_Planned)
Written = Literal["written", "unchanged"]


class TagRun:
    """One run that writes to files; the journal records it from the first file on.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._id: int | None = None

    def commit(self, track: Track, edit: Edit, encoder_id: str) -> FoundFile:
        """Record a file's old and new fields in the journal, then put its new version in place.

        Parameters
        ----------
        track : Track
        edit : Edit
            Verified.
        encoder_id : str
            Of the encoder that the run is by, noted where it begins.

        Returns
        -------
        FoundFile
            The file as it is now.

        Raises
        ------
        TagError
            Where it could not be done: the file is as it was, and the journal knows nothing of it.
        CatalogueError
            Where the catalogue is lost or cannot be written; the file is as it was.
        """
        if self._id is None:
            self._id = self.catalogue.start_run("tag", encoder_id)
        entry = self.catalogue.add_journal(self._id, track.path, edit.payload_hash, edit.before, edit.after, edit.note)
        self.catalogue.check_place()
        try:
            return edit.commit()
        except TagError:
            self.catalogue.drop_journal(entry)
            raise


def write_each(
    catalogue: Catalogue, changes: Iterable[Planned], write: Callable[[TagRun, Planned], Written]
) -> Iterator[Applied]:
    """Write planned changes; an error of one file does not affect the others.

    Parameters
    ----------
    catalogue : Catalogue
        Open for writing.
    changes : iterable
        Each with its `track`.
    write : callable
        Writes one file, by `TagRun.commit`.

    Yields
    ------
    Applied
        One per change, in their order.

    Raises
    ------
    OSError
        The disk is full: what was written so far stays.
    CatalogueError
        The catalogue cannot be written.
    """
    changes = list(changes)
    with catalogue.holding():
        if changes:
            catalogue.keep_copy()
        remove_leftovers(catalogue, (change.track.path for change in changes))
        with writing_beside(catalogue, (change.track.path for change in changes)):
            run = TagRun(catalogue)
            for change in changes:
                path = change.track.path
                try:
                    with fenced(path):
                        status = write(run, change)
                except TagError as error:
                    yield failure(path, error)
                else:
                    yield Applied(path, status)
