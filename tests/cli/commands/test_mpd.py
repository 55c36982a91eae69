"""mpd as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typed_commands import Type

pytest.importorskip("mpd", reason="python-mpd2 is not installed: pip install 'musicemb[mpd]'")


class Client:
    """As much of MPD as the command asks for, where there is none."""

    timeout = 0.0

    def __init__(self) -> None:
        self.songs = [{"file": "Even/04.mp3", "id": "1"}]
        self.stickers: dict[tuple[str, str], str] = {}

    def connect(self, host: str, port: int) -> None:
        self.host = host

    def disconnect(self) -> None: ...

    def config(self) -> str:
        return "/music"

    def status(self) -> dict[str, str]:
        return {"song": "0", "playlistlength": str(len(self.songs)), "random": "1"}

    def currentsong(self) -> dict[str, str]:
        return self.songs[0] if self.songs else {}

    def playlistinfo(self) -> list[dict[str, str]]:
        return list(self.songs)

    def addid(self, uri: str) -> str:
        self.songs.append({"file": uri, "id": str(len(self.songs) + 1)})
        return self.songs[-1]["id"]

    def sticker_find(self, kind: str, uri: str, name: str) -> list[dict[str, str]]:
        return [
            {"file": song, "sticker": f"{key}={value}"} for (song, key), value in self.stickers.items() if key == name
        ]

    def sticker_set(self, kind: str, uri: str, name: str, value: str) -> None:
        self.stickers[uri, name] = value


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    made = Client()
    monkeypatch.setattr("mpd.MPDClient", lambda: made)
    monkeypatch.setattr("musicemb.plugins.mpd.player._knock", lambda place: None)
    monkeypatch.setenv("MPD_HOST", "/somewhere/socket")
    return made


def test_what_is_like_the_current_song_is_added(library: Path, type_: Type, client: Client) -> None:
    typed = type_("mpd", "-n", "3", "--dry-run")
    assert (typed.status, len(client.songs)) == (0, 1)
    would = typed.text.splitlines()
    assert len(would) == 3
    typed = type_("mpd", "-n", "3")
    assert (typed.status, typed.out) == (0, b"")
    assert [song["file"] for song in client.songs[1:]] == would
    assert "3 tracks added" in typed.err
    assert "random order" in typed.err


def test_stickers(library: Path, type_: Type, client: Client) -> None:
    typed = type_("mpd", "--stickers")
    assert typed.status == 0, typed.err
    assert client.stickers["Even/30.mp3", "musicemb_genre"] == "Rock"
    assert client.stickers["Even/30.mp3", "musicemb_confidence"] == "0.80"
    assert client.stickers["Odd/01.mp3", "musicemb_group"] == "Jazz"


def test_a_playlist_for_it(library: Path, type_: Type, client: Client, tmp_path: Path) -> None:
    target = tmp_path / "x.m3u"
    assert type_("playlist", "Even Song 4", "-n", "2", "--for", "mpd", "-o", target).status == 0
    assert target.read_text().splitlines()[3] == "Even/04.mp3"
    told = type_("playlist", "Even Song 4", "-n", "2", "--for", "mpd", "--music-directory", "/music/Even").text
    assert told.splitlines()[2] == "04.mp3"
    for wrong in (["-o", tmp_path / "x.m3u8"], ["--absolute"], ["--format", "xspf"]):
        assert type_("playlist", "Even Song 4", "--for", "mpd", *wrong).status == 2
    assert type_("playlist", "Even Song 4", "--music-directory", "/music").status == 2


def test_one_that_is_not_there_is_one_line(library: Path, type_: Type, tmp_path: Path) -> None:
    typed = type_("mpd", "--host", tmp_path / "nothing")
    assert (typed.status, typed.err.count("\n")) == (1, 1)
    assert "no MPD answers" in typed.err


@pytest.mark.parametrize("words", [["--follow", "--stickers"], ["--stickers", "--replace"], ["--port", "0"]])
def test_wrong_usage(library: Path, type_: Type, words: list[str]) -> None:
    assert type_("mpd", *words).status == 2
