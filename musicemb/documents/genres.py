"""Why a genre is guessed, in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musicemb.documents.tracks import track_document, values_document

if TYPE_CHECKING:
    from musicemb.records import Reasons


def reasons_document(reasons: Reasons) -> dict[str, Any]:
    """Why a genre is guessed, or is not.

    Parameters
    ----------
    reasons : Reasons

    Returns
    -------
    dict
    """
    guess = reasons.guess
    return {
        "track": track_document(reasons.track),
        "guess": guess
        and {"genre": "; ".join(guess.genres), "confidence": guess.confidence, "witness": guess.predictor},
        "threshold": round(reasons.threshold, 4),
        "likely": _rounded(reasons.likely),
        "families": _rounded(reasons.families),
        "witnesses": {
            name: {"weight": round(weight, 4), "shares": _rounded(reasons.shares[name])}
            for name, weight in reasons.weights.items()
        },
        "neighbours": [
            {
                "track": track_document(voter.track),
                "genres": list(voter.genres),
                "similarity": round(voter.similarity, 6),
                "weight": round(voter.weight, 6),
            }
            for voter in reasons.voters
        ],
        "head": _rounded(reasons.head),
        "cluster": reasons.cluster,
        "cluster_name": reasons.cluster_name,
        "nearest_name": reasons.nearest_name,
        "tried": reasons.tried,
        "outside_vocabulary": "; ".join(reasons.outside),
        "company": {"tracks": reasons.company, "shares": _rounded(reasons.company_says)},
        "sounds": [
            {
                "name": sound.name,
                "kind": sound.kind,
                "probability": round(sound.probability, 4),
                "rank": round(sound.rank, 4),
            }
            for sound in reasons.sounds
        ],
        "values": values_document(reasons.values),
        "passages": None
        if reasons.passages is None
        else [
            {
                "name": passage.name,
                "start": round(passage.start, 2),
                "end": round(passage.end, 2),
                "clearness": round(passage.clearness, 4),
            }
            for passage in reasons.passages
        ],
    }


def _rounded(shares: dict[str, float]) -> dict[str, float]:
    return {genre: round(share, 4) for genre, share in shares.items()}
