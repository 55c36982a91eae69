"""Sound described in words: search, selection, and values such as mood and voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from musicemb.library.opened import OpenedLibrary

if TYPE_CHECKING:
    from collections.abc import Collection

    from musicemb.records import Search, SoundValues, TagHeads, WordChoice
    from musicemb.workflows.similarity.ranking import ResultFilters


class Sounds(OpenedLibrary):
    """Search by words, and sound values of tracks; nothing here changes a file or the catalogue."""

    def search(self, words: str, *, n: int = 10, filters: ResultFilters | None = None) -> Search:
        """Find the tracks that words describe best; see `workflows.similarity.find_words.search_words`.

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

    def choose_by_words(self, words: str) -> WordChoice:
        """Select the third of the library that words describe best; see
        `workflows.similarity.word_scores.choose_by_words`.

        Parameters
        ----------
        words : str
            As for `search`.

        Returns
        -------
        WordChoice
            Its `scores` are what `ResultFilters(among=...)` takes, for `similar` and `playlist`.

        Raises
        ------
        TrackNotFound
            Where no word can be used, or no track is of a genre that is asked for.
        """
        from musicemb.workflows.similarity.word_scores import choose_by_words

        return choose_by_words(self.catalogue, self._opened_space(), words, lambda: self.encoder)

    def sound_values(self, among: Collection[int] | None = None) -> dict[int, SoundValues]:
        """Moods, instruments, voice, era and energy of each track, as far as the tag heads are sure.

        Parameters
        ----------
        among : collection of track ids, optional
            The only ones that are asked for.

        Returns
        -------
        dict of track id to SoundValues
            Empty where the library's encoder has no tag heads, or cannot be opened.
        """
        from musicemb.workflows.similarity.sound_values import find_values

        heads = self._tag_heads()
        return {} if heads is None else find_values(self._opened_space(), heads, among)

    def cluster_values(self) -> dict[int, SoundValues]:
        """Moods, instruments, voice, era and energy that most tracks of each cluster have.

        Returns
        -------
        dict of cluster id to SoundValues
            Empty as that of `sound_values`.
        """
        from musicemb.workflows.similarity.sound_values import values_by_cluster

        heads = self._tag_heads()
        return {} if heads is None else values_by_cluster(self.catalogue, heads)

    def _tag_heads(self) -> TagHeads | None:
        """The tag heads of the library's encoder; None if it cannot be opened, since they are only an addition."""
        from musicemb.errors import BundleError

        if self.catalogue.active_encoder is None:
            return None
        try:
            encoder = self.encoder
        except BundleError:
            return None
        return encoder.tag_heads if encoder.id == self.catalogue.active_encoder else None
