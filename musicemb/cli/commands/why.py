"""The command ``why``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from musicemb.cli.options import encoder_option, json_option, library_option
from musicemb.cli.output import Column, emit, emit_json, emit_styled, emit_table
from musicemb.cli.session import Session, pass_session
from musicemb.cli.track_arguments import find_known
from musicemb.cli.wording import number, printable
from musicemb.documents import SCHEMA, TRACK_HELP, reasons_document

if TYPE_CHECKING:
    from musicemb.records import Reasons

NEAREST = 8
"""Neighbours shown; the others weigh less, and --json has them."""
FEW_TRIED = 100
"""Tagged tracks from which the listener's own tags say more on how sure to be than what is shipped."""


@click.command(
    "why",
    epilog=f"""\b
--json prints
  {{"schema": 1, "track": TRACK, "guess": null or {{"genre", "confidence", "witness"}}, "threshold",
   "likely": {{GENRE: probability}}, "witnesses": {{WITNESS: {{"weight", "shares": {{GENRE: share}}}}}},
   "neighbours": [{{"track": TRACK, "genres": [...], "similarity": -1..1, "weight": 0..1}}],
   "head": {{LABEL: probability}}, "cluster": null or id, "cluster_name",
   "nearest_name": of the group it is nearest to, "tried",
   "outside_vocabulary": "" or a genre}}
  WITNESS  "neighbours", "genre head", "cluster"; one that has too little to go by is left out
{TRACK_HELP}
""",
)
@click.argument("words", metavar="TRACK", nargs=-1, required=True)
@json_option
@encoder_option("Encoder of the library, where it did not come with musicemb.")
@library_option()
@pass_session
def why_command(session: Session, words: tuple[str, ...], as_json: bool, encoder: str | None) -> None:
    """Tell why the genre of TRACK is guessed, or why not.

    Three witnesses are asked: your own tagged tracks that sound most like it, the genre head that came
    with the encoder, and the tagged tracks of its cluster. How much each counts, and how sure they can be
    together, is fitted on your own tags, each tried as if nothing by its artist were tagged.

    \b
    Examples:
      musicemb why code monkey
      musicemb why ~/Music/new.mp3 --json
    """
    with session.open(read_only=True, encoder=encoder) as library:
        reasons = library.explain(find_known(session, library, " ".join(words)))
    if as_json:
        emit_json({"schema": SCHEMA, **reasons_document(reasons)})
    else:
        _show(reasons)


def _show(reasons: Reasons) -> None:
    from musicemb.records import NOISE

    track, guess = reasons.track, reasons.guess
    emit_styled(track.name, "bold")
    if track.tags.listener_genres:
        emit(f"your tag says {printable(', '.join(track.tags.listener_genres))}; it has no vote here")
    best = f"{max(reasons.likely.values(), default=0):.2f}"
    if guess is not None:
        words = printable("; ".join(guess.genres))
        emit(f"guessed: {words}, confidence {guess.confidence:.2f} (it takes {reasons.threshold:.2f})")
    elif not reasons.weights:
        emit("no guess: no witness has anything to go by")
    elif reasons.outside:
        emit(f"no guess: {printable('; '.join(reasons.outside))} is likeliest, and it is not in the vocabulary")
    else:
        emit(f"no guess: the likeliest genre has {best}, and it takes {reasons.threshold:.2f}")
    emit("")
    names = {"neighbours": "your tracks near it", "genre head": "the genre head", "cluster": "its cluster"}
    rows = [["all together", "", _line(reasons.likely)]]
    for name, label in names.items():
        silent = name not in reasons.weights
        if name == "cluster" and reasons.cluster_name:
            label = f"{label} ({reasons.cluster_name})"
        rows.append([label, "" if silent else f"{reasons.weights[name]:.2f}", _silence(name, reasons) if silent else
                     _line(reasons.shares[name])])  # fmt: skip
    emit_table([Column("witness", at_least=12), Column("counts", right=True, at_least=6), Column("says")], rows)
    if reasons.voters:
        emit("")
        columns = [
            Column("like", right=True, style="cyan", at_least=5),
            Column("weight", right=True, at_least=6),
            Column("genre", style="green", at_least=8),
            Column("your tracks near it", at_least=16),
        ]
        emit_table(
            columns,
            [
                [f"{voter.similarity:.2f}", f"{voter.weight:.2f}", ", ".join(voter.genres), voter.track.name]
                for voter in reasons.voters[:NEAREST]
            ],
        )
        if len(reasons.voters) > NEAREST:
            emit(f"and {len(reasons.voters) - NEAREST} more, farther away")
    if track.cluster == NOISE and reasons.nearest_name:
        emit("")
        near = f"{printable(reasons.nearest_name)} (group {track.nearest}), strength {track.strength:.2f}"
        emit(f"It stands alone; the group that it almost belongs to is {near}.")
    emit("")
    tried = f"{number(reasons.tried)} of your tagged tracks"
    if not reasons.tried:
        emit("No other track is tagged with a genre, so how sure that is rests on other people's music.")
        return
    if reasons.tried >= FEW_TRIED:
        emit(f"How sure that is was tried on {tried}.")
    else:
        emit(f"Only {tried} could be tried, so how sure that is rests mostly on other people's music.")


def _line(shares: dict[str, float]) -> str:
    return ", ".join(f"{genre} {share:.2f}" for genre, share in shares.items() if share >= 0.005) or "nothing"


def _silence(name: str, reasons: Reasons) -> str:
    if name == "neighbours":
        return "silent: too few tagged tracks, or by too few artists"
    if name == "genre head":
        return "silent: this encoder has none"
    if reasons.cluster is None or not reasons.cluster_name:
        return "silent: the track is in no cluster"
    return "silent: too few of its tracks are tagged"
