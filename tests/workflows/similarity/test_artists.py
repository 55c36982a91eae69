"""Artists that sound alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from searched_library import ENCODER, put

from musicemb.errors import TrackNotFound
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.workflows.similarity.loaded_library import load_library


def test_artists_lie_where_their_tracks_do(own_library: Path) -> None:
    directions = {"Ádám": 0.0, "Bea": 0.2, "Cid": 0.9, "Dot": 2.0}
    with open_catalogue(own_library) as catalogue:
        catalogue.set_active_encoder(ENCODER, "fake")
        for at, (artist, angle) in enumerate(directions.items()):
            for number in range(4):
                turned = angle + number / 100
                vector = np.array([np.cos(turned), np.sin(turned)] + [0.0] * 10)
                put(catalogue, 4 * at + number, vector, artist=artist.upper() if number == 3 else artist)
        put(catalogue, 99, artist="")
        library = load_library(catalogue)
    found = library.similar_artists("adam", n=10)
    assert [one.artist for one in found] == ["Bea", "Cid", "Dot"]
    assert [round(one.similarity, 3) for one in found] == [round(float(np.cos(angle)), 3) for angle in (0.2, 0.9, 2.0)]
    assert found[0].own_tracks[0].tags.title == "Song 3"  # the one that lies towards Bea
    assert [track.tags.title for track in found[0].tracks] == ["Song 4", "Song 5", "Song 6"]
    assert len(library.similar_artists("Bea", n=1)) == 1
    assert library.similar_artists("Bea", n=-1) == []
    for nobody in ("", "nobody"):
        with pytest.raises(TrackNotFound, match="no track by"):
            library.similar_artists(nobody)
