"""The command ``clusters``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from musicemb.cli.options import genre_options, library_option, listing_options, read_words
from musicemb.cli.output import emit, emit_json, emit_styled, emit_tracks
from musicemb.cli.paragraphs import emit_paragraph
from musicemb.cli.progress import note
from musicemb.cli.session import Session, pass_session
from musicemb.cli.verbosity import is_verbose
from musicemb.cli.views.cluster_table import cluster_rows, nearest_group, typical_tracks
from musicemb.cli.views.table import Column, emit_table
from musicemb.cli.views.values import spell_values
from musicemb.cli.wording import genre_of, plural, printable, short_path
from musicemb.documents import (
    CLUSTER_HELP,
    SCHEMA,
    TRACK_HELP,
    VALUES_HELP,
    cluster_document,
    families_document,
    track_document,
)
from musicemb.errors import TrackNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from musicemb.records import Cluster, SoundValues, Track


@click.command(
    "clusters",
    short_help="Show the groups that sound alike, or the tracks of one.",
    context_settings={"ignore_unknown_options": True},  # so that -1 is an ID
    epilog=f"""\b
--json prints
  {{"schema": 1, "clusters": [CLUSTER], "families": [{{"name", "size",
   "clusters": [ids]}}], "noise": tracks in no cluster, "setting": of HDBSCAN,
   "instead": why it is not the default setting, or "", "fault": what is wrong
   with the clusters, or "", "mixes": long tracks left out}}, or with ID
  {{"schema": 1, CLUSTER's keys, "tracks": [TRACK]}}; both with CLUSTER's
   "values": VALUES, what most of its tracks have
{CLUSTER_HELP}
{VALUES_HELP}
{TRACK_HELP}
""",
)
@click.argument("cluster", metavar="[ID]", type=int, required=False)
@click.option(
    "--rename", nargs=2, type=(int, str), metavar="ID NAME", help='Name a group; "" returns to its automatic name.'
)
@click.option("--tree", is_flag=True, help="Show families of groups too, where the library is large enough.")
@click.option(
    "--details", is_flag=True, help="Show how the groups were made: HDBSCAN's settings, and why they were chosen."
)
@genre_options
@listing_options
@library_option()
@pass_session
def clusters_command(
    session: Session,
    cluster: int | None,
    rename: tuple[int, str] | None,
    details: bool,
    tree: bool,
    vocabulary: Path | None,
    any_genre: bool,
    max_genres: int | None,
    min_confidence: float | None,
    form: str,
) -> None:
    """Show the groups that the last scan found, or the tracks of one group, the most typical first.

    ID is the number in the list; -1 shows the tracks that belong to no group, each with its nearest group and how close
    it comes to it (strength). A group is named after the genre or family that most of its tracks share, then after what
    distinguishes its sound, then after typical artists, or "mixed" if none of these is clear. What distinguishes it
    from the rest of the library is shown only where the difference is clear: slow or fast; dark or bright (the centre
    of the spectrum); sustained or percussive (onsets per second). What most of its tracks sound like (mood,
    instruments, voice, era, energy) is "not known" unless more than half of them clearly have the same. --tree shows
    two levels: groups on one branch of HDBSCAN's tree form a family, which is named as groups are.

    \b
    Examples:
      musicemb clusters
      musicemb clusters --tree
      musicemb clusters 3 --m3u8 > evening.m3u8
      musicemb clusters --rename 3 "For the evening"
    """
    from musicemb.records import NOISE
    from musicemb.workflows.clustering.listing import clustering_notes
    from musicemb.workflows.genres.decide import with_guesses
    from musicemb.workflows.index.summaries import cluster_sizes, track_totals, tracks_in_cluster

    words = read_words(vocabulary, any_genre=any_genre)
    if tree and cluster is not None:
        raise click.UsageError("--tree shows all groups: leave the ID out")
    if rename is not None:
        _rename(session, *rename)
    with session.open(read_only=True) as library:
        catalogue, clusters = library.catalogue, library.clusters()
        guesses = library.guess_otherwise(vocabulary=words, max_genres=max_genres, min_confidence=min_confidence)
        if cluster is None:
            shown = list(catalogue.tracks_of([one for item in clusters for one in item.typical]).values())
        else:
            shown = tracks_in_cluster(catalogue, cluster)
        tracks = {track.id: track for track in with_guesses(shown, guesses)}
        active = catalogue.active_encoder or ""
        made, totals = catalogue.clustering(active), track_totals(catalogue)
        described = catalogue.any_described(list(tracks))
        mixes = 0 if catalogue.with_mixes else totals.mixes
        values = library.cluster_values()
        alone = cluster_sizes(catalogue, active).get(NOISE, 0)
    if cluster is None:
        if form in ("paths", "print0", "m3u8"):
            raise click.UsageError(f"--{form} needs the ID of a group: musicemb clusters ID --{form}")
        if form == "json":
            documents = [cluster_document(item, typical_tracks(item, tracks), values) for item in clusters]
            told = {"setting": made.setting, "instead": made.instead, "fault": made.fault, "mixes": mixes}
            families = families_document(clusters)
            emit_json({"schema": SCHEMA, "clusters": documents, "families": families, "noise": alone, **told})
            return
        _show_all(session, clusters, tracks, values, totals.tracks, alone, tree=tree)
        if tree and clusters and not any(one.parent for one in clusters):
            note(f"one level only: {plural(len(clusters), 'group')} in which HDBSCAN's tree shows no families")
        for text in clustering_notes(made, mixes, details=details or is_verbose()) if clusters else ():
            note(text)
        return
    chosen = _chosen(session, cluster, clusters, alone)
    members = _members(chosen, tracks)
    if form == "json":
        document = cluster_document(chosen, typical_tracks(chosen, tracks), values)
        emit_json({"schema": SCHEMA, **document, "tracks": [track_document(track) for track in members]})
    elif form != "table":
        emit_tracks(members, form)
    else:
        _show_one(chosen, members, {one.id: one.name for one in clusters}, values.get(chosen.id))
        if chosen.id != NOISE and not described:
            note(f"how these tracks sound is not described yet: run {session.command('scan --reembed')} to add it")


def _rename(session: Session, cluster: int, name: str) -> None:
    with session.open() as library:
        _chosen(session, cluster, [one for one in library.clusters() if cluster >= 0], 0)
        if cluster < 0:
            raise click.UsageError("-1 is not a group: --rename needs the ID of one")
        library.catalogue.give_name(library.catalogue.active_encoder or "", cluster, " ".join(name.split()))


def _chosen(session: Session, wanted: int, clusters: Sequence[Cluster], alone: int) -> Cluster:
    from musicemb.records import NOISE, Cluster

    if wanted == NOISE:
        return Cluster(NOISE, "in no group", alone)
    for cluster in clusters:
        if cluster.id == wanted:
            return cluster
    if not clusters:
        raise TrackNotFound(f"there are no groups yet: run {session.command('scan')} FOLDER")
    known = ", ".join(str(cluster.id) for cluster in clusters[:30])
    raise TrackNotFound(f"there is no group {wanted}; {session.command('clusters')} lists them (ids: {known})")


def _members(chosen: Cluster, tracks: Mapping[int, Track]) -> list[Track]:
    place = {id_: index for index, id_ in enumerate(chosen.typical)}
    members = [track for track in tracks.values() if track.cluster == chosen.id]
    return sorted(members, key=lambda track: (place.get(track.id, len(place)), -track.strength, str(track.path)))


def _why_none(session: Session, total: int) -> str:
    from musicemb.settings import ScanSettings

    if not total:
        return "the library is empty: run musicemb scan FOLDER"
    fewest = ScanSettings().minimum_tracks
    if total >= fewest:
        return f"no groups among {plural(total, 'track')}"
    wanted = session.command("scan FOLDER")
    return f"no groups among {plural(total, 'track')}: at least {fewest} are needed; {wanted} adds music"


def _show_all(
    session: Session,
    clusters: Sequence[Cluster],
    tracks: Mapping[int, Track],
    values: Mapping[int, SoundValues],
    total: int,
    alone: int,
    *,
    tree: bool,
) -> None:
    if not clusters:
        note(_why_none(session, total))
        return
    emit_table(*cluster_rows(clusters, tracks, values, tree=tree), below="text", last=2 if values else 1)
    if alone:
        share = f"{alone / max(total, 1):.0%}"
        stand = f"{plural(alone, 'track')} in no group, {share}"
        emit("")
        emit_paragraph(f"{stand} ({session.command('clusters -1')})")


def _show_one(chosen: Cluster, members: Sequence[Track], names: Mapping[int, str], values: SoundValues | None) -> None:
    from musicemb.records import NOISE

    emit_styled(f"{printable(chosen.name)}, {plural(len(members), 'track')}", "bold")
    if not members:
        return
    alone = chosen.id == NOISE and bool(names)
    for trait in chosen.traits:
        emit_paragraph(trait, first="  ", hang=4)
    if values is not None and not alone:
        heard = "; ".join(f"{name} {value}" for name, value in spell_values(values))
        emit_paragraph(f"most sound like: {heard}", first="  ", hang=4)
    columns = [
        Column("strength", right=True, style="cyan", at_least=8),
        Column("artist", at_least=12),
        Column("title", at_least=16),
        Column("genre", at_least=8, spare=1),
        *([Column("nearest group", at_least=12)] if alone else []),
        Column("path", style="dim", at_least=20, end=True),
    ]
    rows = [
        [
            f"{track.strength:.2f}",
            track.tags.artist,
            track.tags.title or track.path.stem,
            genre_of(track),
            *([nearest_group(track, names)] if alone else []),
            short_path(track.path),
        ]
        for track in members
    ]
    emit_table(columns, rows, below="path")
