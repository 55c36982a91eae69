"""Where a match is like a seed."""

from __future__ import annotations

from searched_library import at, put

from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.workflows.similarity.similar import find_similar


def test_where(catalogue: Catalogue) -> None:
    put(catalogue, 80, segments=False)
    matches = find_similar(catalogue, at(catalogue, 0), n=80, where=True)
    for match in matches:
        assert (match.spans is None) == (match.track.path.stem == "80")
        for span in match.spans or ():
            assert 0 <= span.here[0] < span.here[1] <= 40
            assert (span.here[1] - span.here[0]) == (span.there[1] - span.there[0])
    assert find_similar(catalogue, at(catalogue, 0), n=1)[0].spans is None
