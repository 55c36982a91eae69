"""Which track of the library a server's track is."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from musicemb.records import ServerTrack, ServerTracks, Track, TrackTags
from musicemb.workflows.media_servers.matching import match_tracks, path_parts

MBID = "0f4b2c1e-90ab-4c0d-9d5e-0123456789ab"


def own(number: int, path: str, artist: str, title: str, album: str, duration: float = 200.0) -> Track:
    return Track(number, Path(path), TrackTags(artist, title, album), duration, str(number))


LIBRARY = [
    own(1, "/srv/music/Björk/Post/01 Army.flac", "Björk", "Army of Me", "Post"),
    own(2, "/srv/music/Björk/Live/01 Army.flac", "Björk", "Army of Me", "Live", 240.0),
    own(3, "/srv/music/X/CD1/01.mp3", "X", "One", "Box"),
    own(4, "/srv/music/X/CD2/01.mp3", "X", "Two", "Box"),
    own(5, "/srv/music/Y/CD1/01.mp3", "Y", "Three", "Other"),
    own(6, "/srv/music/Z/z.mp3", "Z", "Song", "A", 100.0),
]
IDENTIFIERS = {4: (MBID, ""), 5: ("", "USRC17607839"), 6: (MBID.replace("0", "1"), "")}


def found(wanted: ServerTrack) -> tuple[int, str] | None:
    server = ServerTracks("navidrome", "http://a", 0.0, (wanted,))
    return match_tracks(server, LIBRARY, IDENTIFIERS).found.get(wanted.id)


def test_paths_are_compared_from_their_end() -> None:
    assert found(ServerTrack("a", "/music/Björk/Post/01 Army.flac")) == (1, "path")
    assert found(ServerTrack("a", "Bjo\u0308rk\\live\\01 ARMY.flac")) == (2, "path")
    assert found(ServerTrack("a", "/data/X/CD1/01.mp3")) == (3, "path")
    assert found(ServerTrack("a", "CD1/01.mp3")) is None  # X or Y?
    assert found(ServerTrack("a", "01.mp3")) is None
    assert found(ServerTrack("a", "Z/z.mp3", duration=300.0)) is None  # of another length: another file
    assert found(ServerTrack("a", "Z/z.mp3", duration=103.0)) == (6, "path")


def test_identifiers_come_next() -> None:
    assert found(ServerTrack("a", "made/up.mp3", mbid=MBID.upper())) == (4, "mbid")
    assert found(ServerTrack("a", isrc="us-rc1-76-07839")) == (5, "isrc")
    assert found(ServerTrack("a", "data/X/CD1/01.mp3", mbid=MBID)) == (3, "path")
    assert found(ServerTrack("a", mbid="no uuid", isrc="short")) is None


def test_names_need_the_same_length() -> None:
    assert found(ServerTrack("a", title="army of me", artist="BJORK", duration=199)) == (1, "names")
    assert found(ServerTrack("a", title="army of me", artist="BJORK", duration=240.4)) == (2, "names")
    assert found(ServerTrack("a", title="army of me", artist="BJORK", duration=220)) is None
    assert found(ServerTrack("a", title="army of me", artist="BJORK")) is None
    assert found(ServerTrack("a", title="", artist="", duration=200)) is None


def test_counts_and_what_is_unknown() -> None:
    tracks = (
        ServerTrack("a", "/x/Z/z.mp3"),
        ServerTrack("b", mbid=MBID),
        ServerTrack("c", title="Two", artist="X", duration=200.0),
        ServerTrack("d", title="nothing"),
    )
    ids = match_tracks(ServerTracks("lyrion", "http://a", 0.0, tracks), LIBRARY, IDENTIFIERS)
    assert dict(ids.counts) == {"path": 1, "mbid": 1, "names": 1}
    assert ids.unknown == tracks[3:]
    assert ids.found["b"][0] == ids.found["c"][0]  # a copy there


@given(st.lists(st.sampled_from(["music", "Ä", "a b", "CD1"]), max_size=4), st.text("ab", min_size=1))
def test_a_prefix_changes_nothing(folders: list[str], name: str) -> None:
    inside = "/".join([*folders, f"{name}.mp3"])
    assert path_parts(f"/srv/x/{inside}")[: len(folders) + 1] == path_parts(f"C:\\music\\{inside}")[: len(folders) + 1]
