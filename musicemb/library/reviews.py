"""Reviews: the listener decides on guesses before they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from musicemb.library.opened import OpenedLibrary

if TYPE_CHECKING:
    from musicemb.records import Review, ReviewItem, Verdict
    from musicemb.settings import TagPolicy


class Reviews(OpenedLibrary):
    """A review of guesses; needs a library that is open for writing. Nothing here changes a file."""

    def plan_review(
        self,
        *,
        policy: TagPolicy = "missing",
        min_confidence: float | None = None,
        upgrade_tags: bool = False,
        vocabulary: Sequence[str] | None = None,
        max_genres: int | None = None,
        again: bool = False,
    ) -> Review:
        """Collect the guesses for the listener to decide on; see `workflows.tagging.review.plan_review`.

        Parameters
        ----------
        policy, min_confidence, upgrade_tags, vocabulary, max_genres
            As for `plan_tags`.
        again : bool
            Ask also about tracks with a decision.

        Returns
        -------
        Review
        """
        from musicemb.workflows.tagging.review import plan_review

        guesses = self.guess_otherwise(vocabulary=vocabulary, max_genres=max_genres, min_confidence=min_confidence)
        return plan_review(
            self.catalogue,
            policy=policy,
            min_confidence=min_confidence,
            upgrade_tags=upgrade_tags,
            guesses=guesses,
            vocabulary=vocabulary,
            again=again,
        )

    def decide(self, items: Iterable[ReviewItem], verdict: Verdict, words: str | Sequence[str] = "") -> tuple[str, ...]:
        """Store the listener's decisions on some tracks; `plan_tags` follows them from now on.

        Parameters
        ----------
        items : iterable of ReviewItem
            Of `plan_review`.
        verdict : {"accepted", "chosen", "accepted with its group", "skipped"}
        words : str or sequence of str
            What was chosen: as typed, several genres separated by ";", or the genres as they shall be written.

        Returns
        -------
        tuple of str
            What was chosen, as it will be written.

        Raises
        ------
        SettingsError
            For a word that names no genre.
        """
        from musicemb.errors import SettingsError
        from musicemb.workflows.tagging.review import decide, read_typed

        typed = read_typed(self.catalogue, words) if isinstance(words, str) else tuple(words)
        if verdict == "chosen" and not typed:
            raise SettingsError("no genre was chosen")
        decide(self.catalogue, items, verdict, typed)
        return typed

    def take_back(self, items: Iterable[ReviewItem]) -> None:
        """Delete the decisions on some tracks, so that a review asks about them again.

        Parameters
        ----------
        items : iterable of ReviewItem
        """
        from musicemb.workflows.tagging.review import take_back

        take_back(self.catalogue, items)
