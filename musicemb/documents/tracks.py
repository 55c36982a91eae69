"""Tracks, matches and clusters in JSON, and how the commands' help describes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from musicemb.records import Cluster, CollectionMatch, Match, SoundValues, Track, TrackValues

TRACK_HELP = """\
  TRACK    {"id", "path", "artist", "title", "album", "duration": seconds,
           "genres": [in the file], "imported": [by musicemb import],
           "guess": null or {"genre": separated by "; ", "confidence",
           "witness"}, "cluster": null or id (-1: in no cluster),
           "strength": 0..1, "nearest": null or id of the nearest cluster (for
           a track in no cluster, "strength" is how close it is to that one),
           "mix": whether it is longer than 20 minutes,
           "bpm", "key": "Am", "camelot": "8A", "loudness": LUFS,
           "loudness_range": LU, each null if there is none,
           "peak": highest sample, "bpm_confidence", "key_confidence",
           "loudness_confidence", "loudness_range_confidence": 0..1, null
           without the value, "silence": share of its time that is silent
           (below -60 dBFS), null if unknown}"""

CLUSTER_HELP = """\
  CLUSTER  {"cluster": id, "name", "given": whether you named it, "size",
           "typical": [TRACK], "traits": ["dark: 900 Hz, elsewhere 1,500",
           ...]: what distinguishes it, "parent": null or the name of the
           family of clusters that it is in}"""


VALUES_HELP = """\
  VALUES   null if the encoder knows genres only, or {"moods": [...],
           "instruments": [...], "voice": none, female, male, choir, rap or
           singing, "era": sixties to two-thousands, "energy": low, medium or
           high}; null or [] if uncertain"""

WORDS_HELP = """\
  WORDS    null, or for --where-words {"query": as typed, "used": [TERM],
           "unheard": [TERM], "unknown": [words], "tracks": number of tracks
           to choose from}, TERM as in musicemb find"""


def values_document(values: SoundValues | None) -> dict[str, Any] | None:
    """The sure sound values of a track, or of most tracks of a group.

    Parameters
    ----------
    values : SoundValues or None

    Returns
    -------
    dict or None
        None where nothing was listened for.
    """
    if values is None:
        return None
    return {
        "moods": list(values.moods),
        "instruments": list(values.instruments),
        "voice": values.voice or None,
        "era": values.era or None,
        "energy": values.energy or None,
    }


def track_document(track: Track) -> dict[str, Any]:
    """A track.

    Parameters
    ----------
    track : Track

    Returns
    -------
    dict
    """
    guess = track.guess
    return {
        "id": track.id,
        "path": str(track.path),
        "artist": track.tags.artist,
        "title": track.tags.title,
        "album": track.tags.album,
        "duration": round(track.duration, 3),
        "genres": list(track.tags.genres),
        "imported": list(track.tags.imported),
        "guess": guess
        and {
            "genre": "; ".join(guess.genres),
            "confidence": round(guess.confidence, 4),
            "witness": guess.predictor,
        },
        "cluster": track.cluster,
        "strength": round(track.strength, 4),
        "nearest": track.nearest,
        "mix": track.is_mix,
        **measured_document(track.values),
    }


def measured_document(values: TrackValues | None) -> dict[str, Any]:
    """The measured values of a track.

    Parameters
    ----------
    values : TrackValues or None

    Returns
    -------
    dict
        Always the same keys.
    """
    from musicemb.records import TrackValues

    found = values or TrackValues()
    key = found.key
    return {
        "bpm": _rounded(found.bpm, 2),
        "bpm_confidence": None if found.bpm is None else round(found.bpm_confidence, 4),
        "key": key and key.name,
        "camelot": key and key.camelot,
        "key_confidence": key and round(found.key_confidence, 4),
        "loudness": _rounded(found.loudness, 2),
        "loudness_confidence": None if found.loudness is None else round(found.loudness_confidence, 4),
        "loudness_range": _rounded(found.loudness_range, 2),
        "loudness_range_confidence": None if found.loudness_range is None else round(found.range_confidence, 4),
        "peak": _rounded(found.peak, 6),
        "silence": _rounded(found.silence, 4),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def match_document(
    match: Match, *, where: bool = False, values: SoundValues | None = None, fit: float | None = None
) -> dict[str, Any]:
    """A track with how like the seed it is.

    Parameters
    ----------
    match : Match
    where : bool
        Whether it was asked which stretches are alike.
    values : SoundValues, optional
        What is heard in it.
    fit : float, optional
        How well it answers to the words that chose it.

    Returns
    -------
    dict
    """
    document = {
        "similarity": round(match.similarity, 6),
        "closeness": round(match.scaled_similarity, 6),
        **({} if fit is None else {"fit": round(fit, 6)}),
        **track_document(match.track),
        "values": values_document(values),
        "versions": [track_document(track) for track in match.versions],
    }
    if where:
        document["where"] = match.spans and [
            {
                "here": [round(second, 3) for second in span.here],
                "there": [round(second, 3) for second in span.there],
                "similarity": round(span.similarity, 6),
            }
            for span in match.spans
        ]
    return document


def collection_document(match: CollectionMatch) -> dict[str, Any]:
    """An artist or an album with how like the seeds it is.

    Parameters
    ----------
    match : CollectionMatch

    Returns
    -------
    dict
    """
    return {
        "artist": match.artist,
        "album": match.album,
        "tracks": match.tracks,
        "closeness": round(match.scaled_similarity, 6),
        "nearest": track_document(match.nearest),
    }


def cluster_document(
    cluster: Cluster, typical: Iterable[Track], values: Mapping[int, SoundValues] | None = None
) -> dict[str, Any]:
    """A cluster with its typical tracks.

    Parameters
    ----------
    cluster : Cluster
    typical : iterable of Track
        Best first.
    values : mapping of cluster id to SoundValues, optional
        What most tracks of each cluster have; without it there is no such key.

    Returns
    -------
    dict
    """
    return {
        "cluster": cluster.id,
        "name": cluster.name,
        "given": cluster.given,
        "size": cluster.size,
        "typical": [track_document(track) for track in typical],
        "traits": list(cluster.traits),
        "parent": cluster.parent or None,
        **({} if values is None else {"values": values_document(values.get(cluster.id))}),
    }


def families_document(clusters: Sequence[Cluster]) -> list[dict[str, Any]]:
    """The families of clusters.

    Parameters
    ----------
    clusters : sequence of Cluster
        All that there are.

    Returns
    -------
    list of dict
        The largest first.
    """
    found: dict[str, list[Cluster]] = {}
    for cluster in clusters:
        if cluster.parent:
            found.setdefault(cluster.parent, []).append(cluster)
    families = [
        {"name": name, "size": sum(one.size for one in members), "clusters": [one.id for one in members]}
        for name, members in found.items()
    ]
    return sorted(families, key=lambda family: (-family["size"], family["name"]))
