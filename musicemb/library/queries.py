"""Queries to a library; nothing here changes a file or the catalogue, except that the map's positions are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from musicemb.library.sounds import Sounds

if TYPE_CHECKING:
    from musicemb.records import (
        Cluster,
        CollectionMatch,
        Guess,
        LibraryStatus,
        Match,
        MeasureStage,
        MusicMap,
        Reasons,
        Track,
    )
    from musicemb.workflows.similarity.ranking import ResultFilters
    from musicemb.workflows.similarity.similar import Seed


class Queries(Sounds):
    """Tracks, groups, guesses and the state of a library."""

    def find(self, text: str) -> Track:
        """Find the track that a path or words name; see `workflows.similarity.similar.find_seed`.

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

    def tracks(self, *, cluster: int | None = None) -> list[Track]:
        """The tracks of the library, without those whose files are gone.

        Parameters
        ----------
        cluster : int, optional
            Only those of this group.

        Returns
        -------
        list of Track
            By id; those of a group, the most typical first.
        """
        found = self.catalogue.tracks()
        if cluster is None:
            return found
        typical = next((one.typical for one in self.clusters() if one.id == cluster), ())
        place = {track: at for at, track in enumerate(typical)}
        members = [track for track in found if track.cluster == cluster]
        return sorted(members, key=lambda track: (place.get(track.id, len(place)), -track.strength, str(track.path)))

    @staticmethod
    def holds_words(track: Track, text: str) -> bool:
        """Whether a track contains all words of a text exactly as spelled (`find` also accepts misspelled words).

        Parameters
        ----------
        track : Track
        text : str

        Returns
        -------
        bool
        """
        from musicemb.core.similarity.folding import fold_text
        from musicemb.workflows.similarity.named_tracks import answer

        return bool(answer([track], fold_text(text).split()))

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

    def tracks_by(self, by: Literal["artist", "album"], name: str) -> list[Track]:
        """The tracks of an artist or an album that are used as seeds for it; see `workflows.similarity.named_tracks`.

        Parameters
        ----------
        by : {"artist", "album"}
        name : str

        Returns
        -------
        list of Track
            At most 40, those nearest to the middle of all.

        Raises
        ------
        TrackNotFound
            Where none is so called, or several are.
        """
        from musicemb.workflows.similarity.collections_like import most_typical
        from musicemb.workflows.similarity.named_tracks import tracks_by

        return most_typical(tracks_by(self.catalogue, by, name), self._opened_space())

    def collections_like(
        self, seeds: Sequence[Seed], by: Literal["artist", "album"], *, n: int = 10, unlike: Sequence[Seed] = ()
    ) -> list[CollectionMatch]:
        """Find the artists, or the albums, that sound most like some tracks.

        Parameters
        ----------
        seeds : sequence of str, Path or Track
        by : {"artist", "album"}
        n : int
        unlike : sequence of str, Path or Track

        Returns
        -------
        list of CollectionMatch
            Best first; never those that the seeds are of.
        """
        from musicemb.workflows.similarity.collections_like import find_collections

        space = self._opened_space()
        return find_collections(
            self.catalogue, seeds, by, n=n, encoder=lambda: self.encoder, space=space, unlike=unlike
        )

    def clusters(self) -> list[Cluster]:
        """The groups that the last scan found, the largest first."""
        from musicemb.workflows.clustering.listing import list_clusters

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
        """Lay the library out as a two-dimensional map; see `workflows.mapping.map.map_library`.

        Parameters
        ----------
        again : bool
            Lay out anew, without regard to where tracks stood.
        guesses : mapping of track id to Guess, optional
            Of `guess_otherwise`, in place of those in the catalogue.
        on_stage : callable
            Called with the progress.

        Returns
        -------
        MusicMap
        """
        from musicemb.records import MusicMap
        from musicemb.workflows.mapping.map import map_library

        for step in map_library(self.catalogue, again=again, guesses=guesses, tag_heads=self._tag_heads()):
            if isinstance(step, MusicMap):
                return step
            on_stage(step)
        raise AssertionError("the last step is the map")
