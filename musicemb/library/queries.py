"""What can be asked of a library; nothing here changes a file or the catalogue, but for the places on the map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.library.opened import OpenedLibrary

if TYPE_CHECKING:
    from musicemb.records import Cluster, Guess, LibraryStatus, Match, MeasureStage, Reasons, Search, Track
    from musicemb.records.library import Exported
    from musicemb.records.map import MusicMap
    from musicemb.workflows.similarity.playlist import PlaylistLength
    from musicemb.workflows.similarity.ranking import ResultFilters
    from musicemb.workflows.similarity.similar import Seed


class Queries(OpenedLibrary):
    """Tracks, groups, guesses and the state of a library."""

    def find(self, text: str) -> Track:
        """The track that is meant by a path or by words; see `workflows.similarity.similar.find_seed`.

        Parameters
        ----------
        text : str

        Returns
        -------
        Track

        Raises
        ------
        TrackNotFound, AmbiguousTrack
        """
        from musicemb.workflows.similarity.similar import find_seed

        return find_seed(self.catalogue, text)

    def similar(
        self,
        seeds: Seed | Sequence[Seed],
        *,
        n: int = 10,
        unlike: Sequence[Seed] = (),
        filters: ResultFilters | None = None,
        where: bool = False,
    ) -> list[Match]:
        """The tracks that sound most like one, or like several; see `workflows.similarity.similar.find_similar`.

        Parameters
        ----------
        seeds : str, Path or Track, or a sequence of them
            Words or a path, a file inside or outside the library, or a track.
        n, unlike, filters, where
            As for `find_similar`.

        Returns
        -------
        list of Match
            Best first.
        """
        from musicemb.workflows.similarity.similar import find_similar

        return find_similar(
            self.catalogue,
            seeds,
            n=n,
            encoder=lambda: self.encoder,
            unlike=unlike,
            filters=filters,
            where=where,
            space=self._opened_space(),
        )

    def search(self, words: str, *, n: int = 10, filters: ResultFilters | None = None) -> Search:
        """The tracks that words describe best; see `workflows.similarity.find_words.search_words`.

        Parameters
        ----------
        words : str
            Moods, instruments, voices, decades and genres, such as "calm piano, no vocals".
        n : int
        filters : ResultFilters, optional

        Returns
        -------
        Search
            With the words that were used, and those that are not known.

        Raises
        ------
        TrackNotFound
            Where no word can be used.
        """
        from musicemb.workflows.similarity.find_words import search_words

        return search_words(
            self.catalogue, words, n=n, encoder=lambda: self.encoder, filters=filters, space=self._opened_space()
        )

    def playlist(
        self,
        seeds: Sequence[Seed] = (),
        *,
        cluster: int | None = None,
        ends: tuple[Track | str, Track | str] | None = None,
        length: PlaylistLength | None = None,
        spacing: int = 3,
        filters: ResultFilters | None = None,
    ) -> list[Track]:
        """A playlist like some tracks, of a cluster, or from one track to another: one of the three.

        Parameters
        ----------
        seeds : sequence of str, Path or Track
        cluster : int, optional
        ends : pair of Track or str, optional
        length : PlaylistLength, optional
            Default: 25 tracks.
        spacing : int
            Tracks between two by one artist, where possible.
        filters : ResultFilters, optional
            With `seeds`: what is left out.

        Returns
        -------
        list of Track

        Raises
        ------
        MusicembError
            Where it is not one of the three, or no such track or cluster is known.
        """
        from musicemb.errors import SettingsError
        from musicemb.workflows.similarity import playlist

        if sum([bool(seeds), cluster is not None, ends is not None]) != 1:
            raise SettingsError("a playlist takes tracks, or a cluster, or two ends: one of the three")
        length = length or playlist.PlaylistLength()
        if cluster is not None:
            return playlist.playlist_of_cluster(self.catalogue, cluster, length, spacing=spacing)
        space = self._opened_space()
        if ends is not None:
            start, end = (self.find(one) if isinstance(one, str) else one for one in ends)
            return playlist.playlist_between(self.catalogue, start, end, length, spacing=spacing, space=space)
        return playlist.playlist_like(
            self.catalogue, seeds, length, spacing=spacing, encoder=lambda: self.encoder, filters=filters, space=space
        )

    def group_playlists(
        self, *, length: PlaylistLength | None = None, spacing: int = 3
    ) -> list[tuple[Cluster, list[Track]]]:
        """A playlist of every group, the largest group first.

        Parameters
        ----------
        length : PlaylistLength, optional
            Of each; None: all tracks of the group.
        spacing : int
            As for `playlist`.

        Returns
        -------
        list of (Cluster, list of Track)
        """
        from musicemb.workflows.similarity.playlist import playlists_of_clusters

        return playlists_of_clusters(self.catalogue, length, spacing=spacing)

    def clusters(self) -> list[Cluster]:
        """The groups that the last scan found, the largest first."""
        from musicemb.workflows.clustering.cluster import list_clusters

        return list_clusters(self.catalogue)

    def explain(
        self,
        track: Track | str,
        *,
        vocabulary: Sequence[str] | None = None,
        max_genres: int | None = None,
        min_confidence: float | None = None,
    ) -> Reasons:
        """Why the genre of a track is guessed, or is not.

        Parameters
        ----------
        track : Track or str
        vocabulary, max_genres, min_confidence
            As for `guess_otherwise`.

        Returns
        -------
        Reasons
        """
        from musicemb.workflows.genres.decide import prefer
        from musicemb.workflows.genres.explain import explain_guess
        from musicemb.workflows.genres.vocabulary import read_preferences

        known = self.find(track) if isinstance(track, str) else track
        wanted = prefer(
            read_preferences(self.catalogue),
            vocabulary=vocabulary,
            max_genres=max_genres,
            min_confidence=min_confidence,
        )
        encoder = self.encoder
        heads = encoder.tag_heads if encoder.id == self.catalogue.active_encoder else None
        return explain_guess(self.catalogue, known, encoder.genre_head, preferences=wanted, tag_heads=heads)

    def status(self) -> LibraryStatus:
        """What the library holds."""
        from musicemb.workflows.library.status import library_status

        return library_status(self.catalogue)

    def map(
        self,
        *,
        again: bool = False,
        guesses: Mapping[int, Guess] | None = None,
        on_stage: Callable[[MeasureStage], object] = bool,
    ) -> MusicMap:
        """The library on a plane; see `workflows.similarity.map.map_library`.

        Parameters
        ----------
        again : bool
            Lay out anew, without regard to where tracks stood.
        guesses : mapping of track id to Guess, optional
            Of `guess_otherwise`, in place of those in the catalogue.
        on_stage : callable
            Is told how far it is.

        Returns
        -------
        MusicMap
        """
        from musicemb.records.map import MusicMap
        from musicemb.workflows.similarity.map import map_library

        for step in map_library(self.catalogue, again=again, guesses=guesses):
            if isinstance(step, MusicMap):
                return step
            on_stage(step)
        raise AssertionError("the last step is the map")

    def export(
        self,
        path: str | Path,
        *,
        vectors: bool = True,
        segments: bool = False,
        replace: bool = False,
        on_stage: Callable[[MeasureStage], object] = bool,
    ) -> Exported:
        """Write tracks, vectors, groups, guesses and sounds to a table; see `workflows.exchange.export`.

        Parameters
        ----------
        path : str or Path
            .parquet, .csv, .npz or .jsonl.
        vectors, segments : bool
            What comes along.
        replace : bool
            Replace a file that is there.
        on_stage : callable
            Is told how far it is.

        Returns
        -------
        Exported

        Raises
        ------
        MusicembError
            Where it cannot be written; what was there is untouched.
        """
        from musicemb.records.library import Exported
        from musicemb.workflows.exchange.export import export_library

        target = Path(path).expanduser()
        steps = export_library(
            self.catalogue, target, lambda: self.encoder, vectors=vectors, segments=segments, force=replace
        )
        for step in steps:
            if isinstance(step, Exported):
                return step
            on_stage(step)
        raise AssertionError("the last step is the result")

    def export_projector(self, folder: str | Path, *, replace: bool = False) -> Exported:
        """Write the tables that TensorBoard's embedding projector reads.

        Parameters
        ----------
        folder : str or Path
            Made where absent.
        replace : bool
            Replace such tables where they are.

        Returns
        -------
        Exported
        """
        from musicemb.workflows.exchange.export import export_projector

        return export_projector(self.catalogue, Path(folder).expanduser(), lambda: self.encoder, force=replace)
