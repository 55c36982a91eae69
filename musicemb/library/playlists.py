"""Playlists and playlist files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from musicemb.library.queries import Queries

if TYPE_CHECKING:
    from musicemb.records import Cluster, Track
    from musicemb.workflows.similarity.playlist import PlaylistLength
    from musicemb.workflows.similarity.ranking import ResultFilters
    from musicemb.workflows.similarity.similar import Seed


class Playlists(Queries):
    """Makes playlists and writes their files."""

    def playlist(
        self,
        seeds: Seed | Sequence[Seed] = (),
        *,
        cluster: int | None = None,
        ends: tuple[Track | str, Track | str] | None = None,
        n: int | None = None,
        minutes: float | None = None,
        length: PlaylistLength | None = None,
        spacing: int = 3,
        filters: ResultFilters | None = None,
        curve: str | None = None,
    ) -> list[Track]:
        """Make a playlist: similar to some tracks, of a cluster, or a path from one track to another (exactly one of
        these).

        Parameters
        ----------
        seeds : str, Path or Track, or a sequence of them
        cluster : int, optional
        ends : two tracks, optional
        n : int, optional
            Tracks; default: 25.
        minutes : float, optional
            About how long it plays, in place of `n`.
        length : PlaylistLength, optional
            Both in one, for programs that hand them on.
        spacing : int
            Tracks between two by one artist, where possible.
        filters : ResultFilters, optional
            What is left out. Of a cluster, or on the way between two tracks, only `among` and `limits` count.
        curve : str, optional
            Order it by tempo and key: one of `core.similarity.curves.CURVES`.

        Returns
        -------
        list of Track

        Raises
        ------
        MusicembError
            Where it is not one of the three, or no such track or cluster is known.
        """
        from musicemb.core.similarity.curves import in_curve
        from musicemb.errors import SettingsError
        from musicemb.records import Track
        from musicemb.workflows.similarity import playlist

        seeds = [seeds] if isinstance(seeds, str | Path | Track) else seeds
        if sum([bool(seeds), cluster is not None, ends is not None]) != 1:
            raise SettingsError(
                "a playlist is made of tracks, of a cluster, or of a start and an end: give one of the three"
            )
        if length is None:
            length = playlist.PlaylistLength(minutes=minutes) if n is None else playlist.PlaylistLength(n, minutes)
        space = None if cluster is not None else self._opened_space()
        if cluster is not None:
            found = playlist.playlist_of_cluster(self.catalogue, cluster, length, spacing=spacing, filters=filters)
        elif ends is not None:
            start, end = (self.find(one) if isinstance(one, str) else one for one in ends)
            between = partial(playlist.playlist_between, space=space, filters=filters)
            found = between(self.catalogue, start, end, length, spacing=spacing)
        else:
            like = partial(playlist.playlist_like, encoder=lambda: self.encoder, filters=filters, space=space)
            found = like(self.catalogue, seeds, length, spacing=spacing)
        return found if curve is None else in_curve(found, curve)

    def group_playlists(
        self, *, length: PlaylistLength | None = None, spacing: int = 3
    ) -> list[tuple[Cluster, list[Track]]]:
        """Make a playlist of every group, the largest group first.

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

    @staticmethod
    def write_playlist(tracks: Iterable[Track], path: str | Path, *, name: str = "", replace: bool = False) -> None:
        """Write a playlist file, completely or not at all.

        Parameters
        ----------
        tracks : iterable of Track
        path : str or Path
            .xspf, else M3U8. Tracks are named relative to its folder where that can be.
        name : str
            What players show.
        replace : bool
            Replace a file that is there.

        Raises
        ------
        ConsentMissing
            Where a file is there and `replace` is not given.
        MusicembError
            Where it cannot be written.
        """
        from musicemb.io.output.files import write_output
        from musicemb.io.output.playlist_files import format_of, playlist_bytes
        from musicemb.io.output.playlist_paths import PlaylistPaths

        target = Path(path).expanduser()
        places = PlaylistPaths(folder=target.absolute().parent)
        write_output(target, playlist_bytes(tracks, format_of(target), places=places, name=name), force=replace)
