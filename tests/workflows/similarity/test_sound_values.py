"""What is heard in tracks, and in clusters."""

from __future__ import annotations

from searched_library import LISTENING

from musicemb.io.catalogue.catalogue import Catalogue
from musicemb.records import NOISE
from musicemb.workflows.similarity.library_vectors import open_space
from musicemb.workflows.similarity.sound_values import find_values, share_by_cluster


def test_every_track_has_its_values(calm_library: Catalogue) -> None:
    assert LISTENING.tag_heads is not None
    values = find_values(open_space(calm_library), LISTENING.tag_heads)
    tracks = calm_library.tracks()
    assert values.keys() == {track.id for track in tracks}
    for track in tracks:
        even = int(track.path.stem) % 2 == 0
        assert ("calm" in values[track.id].moods, "piano" in values[track.id].instruments) == (even, not even)


def test_a_cluster_has_what_most_of_its_tracks_have(calm_library: Catalogue) -> None:
    assert LISTENING.tag_heads is not None
    space = open_space(calm_library)
    tracks = {int(track.path.stem): track.id for track in calm_library.tracks()}  # the even ones are calm
    clusters = {tracks[0]: 0, tracks[2]: 0, tracks[1]: 0, tracks[3]: 1, tracks[4]: 1, tracks[5]: NOISE}
    shared = share_by_cluster(space, LISTENING.tag_heads, clusters)
    assert {cluster: (one.moods, one.instruments) for cluster, one in shared.items()} == {
        0: (("calm",), ()),
        1: ((), ()),
        NOISE: ((), ("piano",)),
    }
    assert share_by_cluster(space, LISTENING.tag_heads, {}) == {}
