"""The command ``why``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from musicemb.cli.options import encoder_option, genre_options, json_option, library_option, read_words
from musicemb.cli.output import emit, emit_json, emit_styled
from musicemb.cli.paragraphs import emit_paragraph
from musicemb.cli.session import Session, pass_session
from musicemb.cli.track_arguments import find_known, join_words
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.views.values import spell_passages, spell_values
from musicemb.cli.wording import number
from musicemb.documents import SCHEMA, TRACK_HELP, VALUES_HELP, reasons_document

if TYPE_CHECKING:
    from pathlib import Path

    from musicemb.records import Reasons, Track

NEAREST = 8
"""Neighbours shown; --json has the others too, which weigh less."""
FAMILIES = 3
"""Number of families whose probability is shown."""
SOUNDS = 8
"""Number of sound words shown."""
FEW_TRIED = 100
"""Tagged tracks from which on the user's own tags calibrate more than what is shipped."""

MUCH_SILENCE = 0.1
"""Share of a track's time from which on its silence is worth a word: pauses at both ends are less."""


@click.command(
    "why",
    epilog=f"""\b
--json prints
  {{"schema": 1, "track": TRACK, "guess": null or {{"genre", "confidence",
   "witness"}}, "threshold", "likely": {{GENRE: probability}},
   "families": {{GENRE: probability, all that belongs to it counted}},
   "witnesses": {{WITNESS: {{"weight", "shares": {{GENRE: share}}}}}},
   "neighbours": [{{"track": TRACK, "genres": [...], "similarity": -1..1,
   "weight": 0..1}}], "head": {{LABEL: probability}}, "cluster": null or id,
   "cluster_name", "nearest_name": of the nearest cluster, "tried",
   "outside_vocabulary": "" or a genre, "company": {{"tracks": other tracks by
   the artist that were taken into account, "shares": {{GENRE: share}}}},
   "sounds": [{{"name", "kind", "probability", "rank": share of music that has
   less of it}}], "values": VALUES, "passages": null or [{{"name": "voice",
   "speech" or "noise", "start": seconds, "end", "clearness": 0..1}}]}}
  WITNESS  the source of evidence: "neighbours", "genre head", "cluster"; one
           without enough data is left out
{VALUES_HELP}
{TRACK_HELP}
""",
)
@click.argument("words", metavar="TRACK", nargs=-1, required=True)
@json_option
@genre_options
@encoder_option("Encoder of the library, if it was not shipped with musicemb.")
@library_option()
@pass_session
def why_command(
    session: Session,
    words: tuple[str, ...],
    as_json: bool,
    vocabulary: Path | None,
    any_genre: bool,
    max_genres: int | None,
    min_confidence: float | None,
    encoder: str | None,
) -> None:
    """Explain why the genre of TRACK is guessed, or why not.

    A guess combines three sources of evidence: your own tagged tracks that sound most similar, the genre head of the
    encoder, and the tagged tracks of its group. Then up to twelve other tracks by the artist, those of the album first,
    are taken into account: their tag, or what they are most likely to be. How much each counts, and how confident they
    are together, is fitted on your own tags, each tested as if nothing by its artist were tagged.

    Where segments are stored (the default of scan), it also shows when somebody sings or speaks in the track.

    \b
    Examples:
      musicemb why code monkey
      musicemb why ~/Music/new.mp3 --json
    """
    allowed = read_words(vocabulary, any_genre=any_genre)
    with session.open(read_only=True, encoder=encoder) as library:
        reasons = library.explain(
            find_known(session, library, _one(words)),
            vocabulary=allowed,
            max_genres=max_genres,
            min_confidence=min_confidence,
        )
    if as_json:
        emit_json({"schema": SCHEMA, **reasons_document(reasons)})
    else:
        _show(reasons)


def _one(words: tuple[str, ...]) -> str:
    named = join_words(words)
    if len(named) > 1:
        raise click.UsageError(f"why explains one track at a time; {len(named)} are named")
    return named[0]


def _show(reasons: Reasons) -> None:
    _show_verdict(reasons)
    _show_sound(reasons)
    emit("")
    if reasons.families:
        widest = dict(list(reasons.families.items())[:FAMILIES])
        emit_paragraph(f"families, with all that belongs to them: {_line(widest)}", hang=2)
        emit("")
    _show_evidence(reasons)
    _show_voters(reasons)
    _show_nearest(reasons)
    _show_calibration(reasons)


def _show_verdict(reasons: Reasons) -> None:
    """Show the genre in the file, and the guess, or why there is none."""
    track, guess = reasons.track, reasons.guess
    emit_styled(track.name, "bold")
    if track.tags.listener_genres:
        says = "you imported" if track.tags.imported else "your tag says"
        emit_paragraph(f"{says} {', '.join(track.tags.listener_genres)}; it is not used here")
    if guess is not None:
        words = "; ".join(guess.genres)
        emit_paragraph(f"guessed: {words}, confidence {guess.confidence:.2f} (needed: {reasons.threshold:.2f})")
    elif not reasons.weights:
        emit("no guess: there is no evidence")
    elif reasons.outside:
        emit_paragraph(f"no guess: {'; '.join(reasons.outside)} is the most likely, but not in the vocabulary")
    else:
        word, worth = reasons.closest
        # Rounded down: 0.597 is not enough where 0.60 is needed.
        best = f"{word} has {int(worth * 100 + 1e-9) / 100:.2f}" if word else "no genre that may be guessed is likely"
        emit_paragraph(f"no guess: nothing is sure enough; {best}, and {reasons.threshold:.2f} is needed")


def _show_sound(reasons: Reasons) -> None:
    """Show which sounds were detected, and when, and what was measured."""
    from musicemb.core.sound_tags.track_sounds import clear_sounds

    if clear := clear_sounds(reasons.sounds):
        emit_paragraph(f"sounds like: {', '.join(clear[:SOUNDS])}", hang=2)
    if reasons.values is not None:
        emit_paragraph("; ".join(f"{name}: {value}" for name, value in spell_values(reasons.values)), hang=2)
    for line in spell_passages(reasons.passages or ()):
        emit_paragraph(line, hang=2)
    if values := _values(reasons.track):
        emit_paragraph(values, hang=2)


def _show_evidence(reasons: Reasons) -> None:
    """Show what each source of evidence says, and its weight."""
    names = {"neighbours": "your similar tracks", "genre head": "the genre head", "cluster": "its group"}
    rows = [["combined", "", _line(reasons.likely)]]
    for name, label in names.items():
        if name == "cluster" and reasons.cluster_name:
            label = f"{label} ({reasons.cluster_name})"
        if name in reasons.weights:
            rows.append([label, f"{reasons.weights[name]:.2f}", _line(reasons.shares[name])])
        else:
            rows.append([label, "", _silence(name, reasons)])
    if reasons.company:
        rows.append([f"{number(reasons.company)} more by the artist", "", _line(reasons.company_says)])
    emit_table([Column("evidence", at_least=12), Column("weight", right=True, at_least=6), Column("genres")], rows)


def _show_voters(reasons: Reasons) -> None:
    """Show the tagged tracks that vote."""
    if not reasons.voters:
        return
    emit("")
    columns = [
        Column("similarity", right=True, style="cyan", at_least=10),
        Column("weight", right=True, at_least=6, spare=1),
        Column("genre", style="green", at_least=8),
        Column("your similar tracks", at_least=16),
    ]
    rows = [
        [f"{voter.similarity:.2f}", f"{voter.weight:.2f}", ", ".join(voter.genres), voter.track.name]
        for voter in reasons.voters[:NEAREST]
    ]
    emit_table(columns, rows)
    if len(reasons.voters) > NEAREST:
        emit(f"and {len(reasons.voters) - NEAREST} more, less similar")


def _show_nearest(reasons: Reasons) -> None:
    """Show the group nearest to a track that is in none."""
    from musicemb.records import NOISE

    track = reasons.track
    if track.cluster == NOISE and reasons.nearest_name:
        emit("")
        near = f"{reasons.nearest_name} (group {track.nearest}), strength {track.strength:.2f}"
        emit_paragraph(f"It is in no group; the nearest one is {near}.")


def _show_calibration(reasons: Reasons) -> None:
    """Show how the confidence was calibrated."""
    emit("")
    tried = f"{number(reasons.tried)} of your tagged tracks"
    if not reasons.tried:
        emit_paragraph("No other track has a genre tag, so the confidence is calibrated on other music.")
    elif reasons.tried >= FEW_TRIED:
        emit_paragraph(f"The confidence is calibrated on {tried}.")
    else:
        emit_paragraph(f"The confidence is calibrated on only {tried}, and mostly on other music.")


def _values(track: Track) -> str:
    """The measured values, each with its confidence."""
    values, told = track.values, []
    if values is None:
        return ""
    if values.bpm is not None:
        told.append(f"{values.bpm:.1f} BPM ({values.bpm_confidence:.2f})")
    if values.key is not None:
        told.append(f"{values.key.name}, Camelot {values.key.camelot} ({values.key_confidence:.2f})")
    if values.loudness is not None:
        extent = "" if values.loudness_range is None else f", range {values.loudness_range:.1f} LU"
        told.append(f"{values.loudness:.1f} LUFS{extent} ({values.loudness_confidence:.2f})")
    if values.silence is not None and values.silence >= MUCH_SILENCE:
        told.append(f"{values.silence:.0%} of it silent")
    return f"measured: {'; '.join(told)}" if told else ""


def _line(shares: dict[str, float]) -> str:
    return ", ".join(f"{genre} {share:.2f}" for genre, share in shares.items() if share >= 0.005) or "nothing"


def _silence(name: str, reasons: Reasons) -> str:
    if name == "neighbours":
        return "none: too few tagged tracks, or by too few artists"
    if name == "genre head":
        return "none: this encoder has no genre head"
    if reasons.cluster is None or not reasons.cluster_name:
        return "none: the track is in no group"
    return "none: too few of its tracks are tagged"
