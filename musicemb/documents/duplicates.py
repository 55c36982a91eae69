"""Files that contain the same recording, in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musicemb.documents.tracks import track_document

if TYPE_CHECKING:
    from musicemb.records import Copy, Duplicates


def duplicates_document(found: Duplicates) -> dict[str, Any]:
    """Groups of duplicates, with what all but the first of each take.

    Parameters
    ----------
    found : Duplicates

    Returns
    -------
    dict
    """
    return {
        "groups": [
            {
                "kind": group.kind,
                "copies": [_copy(copy) for copy in group.copies],
                "differs": list(group.differs),
            }
            for group in found.groups
        ],
        "files": sum(len(group.copies) for group in found.groups),
        "spare": sum(copy.size for group in found.groups for copy in group.copies[1:]),
        "versions": found.versions,
        "unheard": found.unheard,
    }


def _copy(copy: Copy) -> dict[str, Any]:
    return {
        **track_document(copy.track),
        "format": copy.format,
        "bitrate": copy.bitrate,
        "bytes": copy.size,
        "share": copy.similarity,
        "offset": copy.offset,
    }
