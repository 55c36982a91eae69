"""The dialogue of ``tag --review``: one key per answer, on stderr like all questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import click

from musicemb.cli.progress import note
from musicemb.cli.session import Session
from musicemb.cli.views.review import ask_key, say, show_group, show_items, show_track
from musicemb.cli.wording import number, plural
from musicemb.errors import SettingsError

if TYPE_CHECKING:
    from musicemb.library import Library
    from musicemb.records import Review, ReviewGroup, ReviewItem, Verdict

Ending = Literal["decided", "write", "leave"]
"""All is decided; write what is decided now; leave it for later."""
_Step = Literal["next", "again", "write", "leave"]
"""What follows an answer: the next question, the same one again, or the end."""

_OF_GROUP = {
    "a": "accept all",
    "o": "one by one",
    "s": "skip all",
    "e": "type another for all",
    "l": "list all",
}
_OF_TRACK = {
    "a": "accept",
    "s": "skip",
    "e": "type another",
    "g": "accept the rest of the group",
}
_ALWAYS = {"n": "later", "b": "back", "w": "write now", "q": "leave", "?": "help"}
_HELP = (
    "accept: the guess is right. skip: the file stays as it is, and you are asked again only once the file or the "
    'guess has changed. A number, or "e": it is another genre.',
    "What you accept for a track, choose or type is written as a genre of your own, and is evidence for guesses from "
    "the next scan on. What you accept as a whole group stays marked as a guess.",
    "later: you are asked next time. back: takes the last answer back. write now: writes what is decided so far, after "
    "a question. leave: what you decided is kept.",
)


class Conversation:
    """Asks about the tracks of a review, and stores each answer at once.

    Parameters
    ----------
    session : Session
    library : Library
        Open for writing.
    review : Review
    """

    def __init__(self, session: Session, library: Library, review: Review) -> None:
        self._session, self._library, self._review = session, library, review
        self._answers: dict[int, Verdict | None] = {}
        """Decisions on tracks; None: put off."""
        self._opened: set[str] = set()
        """Groups whose tracks are decided one by one."""
        self._history: list[tuple[tuple[ReviewItem, ...], bool]] = []
        """What was answered together, and whether as a group; the latest last."""

    def hold(self) -> Ending:
        """Ask until every track is decided or the listener quits.

        Returns
        -------
        str
        """
        self._keep()
        while True:
            left = [
                (group, items)
                for group in self._review.groups
                if (items := [item for item in group.items if item.change.track.id not in self._answers])
            ]
            if not left:
                return "decided"
            group, items = left[0]
            if len(items) == 1 or group.name in self._opened:
                ending = self._ask_track(group, items)
            else:
                ending = self._ask_group(group, items)
            if ending == "write" or ending == "leave":
                return ending

    def conclude(self, ending: Ending, to_write: int) -> None:
        """Print a summary of the decisions.

        Parameters
        ----------
        ending : str
            As `hold` gave it.
        to_write : int
            Files that what was decided, now or before, would be written to.
        """
        asked = sum(len(group.items) for group in self._review.groups)
        left = asked - sum(verdict is not None for verdict in self._answers.values())
        skipped = sum(verdict == "skipped" for verdict in self._answers.values())
        counts = ((to_write, "to write"), (skipped, "skipped"), (left, "left to decide"))
        note("")
        note(", ".join(f"{number(count)} {what}" for count, what in counts if count) or self._nothing())
        if self._review.blocked:
            blocked = plural(len(self._review.blocked), "file")
            note(f"{blocked} cannot be written; {self._session.command('tag --dry-run')} says why")
        if (left or to_write) and ending == "leave":
            note(self._session.kept)

    def _nothing(self) -> str:
        if self._review.skipped:
            skipped = plural(self._review.skipped, "track")
            return f"nothing to decide: you skipped {skipped} before (--again asks about them)"
        if self._review.blocked:
            return "nothing to decide"
        return "nothing to decide: no file without a genre has a guess with enough confidence"

    def _ask_group(self, group: ReviewGroup, items: Sequence[ReviewItem]) -> _Step:
        place = self._review.groups.index(group) + 1
        cut = show_group(group, items, place, len(self._review.groups))
        while True:
            key = ask_key({key: text for key, text in _OF_GROUP.items() if cut or key != "l"} | _ALWAYS)
            if key == "l":
                show_items(items, len(items))
            elif key == "o":
                self._opened.add(group.name)
                return "next"
            elif key == "a":
                return self._answer(items, "accepted with its group", f"{plural(len(items), 'track')} accepted")
            elif key == "s":
                return self._answer(items, "skipped", f"{plural(len(items), 'track')} skipped")
            elif key == "e":
                if self._type(items):
                    return "next"
            elif (ending := self._always(key, items)) != "again":
                return ending

    def _ask_track(self, group: ReviewGroup, items: Sequence[ReviewItem]) -> _Step:
        item = items[0]
        others = {str(place): word for place, (word, _) in enumerate(item.others, start=1)}
        show_track(group, item, len(group.items) - len(items) + 1)
        rest = _OF_TRACK if len(items) > 1 else {key: text for key, text in _OF_TRACK.items() if key != "g"}
        numbers = {f"1-{len(others)}" if len(others) > 1 else "1": "take that word"} if others else {}
        while True:
            key = ask_key(numbers | rest | _ALWAYS, {*others, *rest, *_ALWAYS})
            if key == "a":
                return self._answer([item], "accepted", "; ".join(item.words))
            if key == "s":
                return self._answer([item], "skipped", "skipped")
            if key == "g":
                return self._answer(items, "accepted with its group", f"{plural(len(items), 'track')} accepted")
            if key in others:
                return self._answer([item], "chosen", "", (others[key],))
            if key == "e":
                if self._type([item]):
                    return "next"
            elif (ending := self._always(key, [item])) != "again":
                return ending

    def _type(self, items: Sequence[ReviewItem]) -> bool:
        """Let the listener type a genre; False if they cancelled."""
        while words := click.prompt("Genre (nothing: back)", default="", show_default=False, err=True).strip():
            try:
                self._answer(items, "chosen", "", words)
            except SettingsError as error:
                note(str(error))
            else:
                return True
        return False

    def _always(self, key: str, items: Sequence[ReviewItem]) -> _Step:
        """Handle the keys that every question offers."""
        if key in ("w", "q"):
            return "write" if key == "w" else "leave"
        if key == "n":
            self._answers.update(dict.fromkeys(_ids(items)))
            self._history.append((tuple(items), len(items) > 1))
            note("  later")
            return "next"
        if key == "b":
            if not self._history:
                note("there is nothing to go back to")
                return "again"
            before, as_group = self._history.pop()
            self._library.take_back(before)
            for track in _ids(before):
                del self._answers[track]
            if as_group:
                home = next(group for group in self._review.groups if before[0] in group.items)
                self._opened.discard(home.name)
            self._keep()
            return "next"
        for paragraph in _HELP:
            say(f"  {paragraph}")
        return "again"

    def _answer(
        self, items: Sequence[ReviewItem], verdict: Verdict, said: str, words: str | Sequence[str] = ()
    ) -> _Step:
        chosen = self._library.decide(items, verdict, words)
        self._history.append((tuple(items), len(items) > 1))
        self._answers.update(dict.fromkeys(_ids(items), verdict))
        self._keep()
        say(f"  {said or '; '.join(chosen)}", "green" if verdict != "skipped" else "yellow")
        return "next"

    def _keep(self) -> None:
        self._session.kept = f"what you decided is kept for the next {self._session.command('tag --review')}"


def _ids(items: Sequence[ReviewItem]) -> list[int]:
    return [item.change.track.id for item in items]
