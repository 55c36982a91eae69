"""Where MPD is, and where its files are."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicemb.errors import MusicembError
from musicemb.plugins.mpd.player import Address, Player, find_address

pytestmark = pytest.mark.processes


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("MPD_HOST", "MPD_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.mark.parametrize(
    ("host", "port", "found"),
    [
        ("nas", None, Address("nas")),
        ("nas", 6601, Address("nas", 6601)),
        ("secret@nas", None, Address("nas", 6600, "secret")),
        ("secret@/run/x", None, Address("/run/x", 6600, "secret")),
        ("@abstract", None, Address("@abstract")),
        (None, 7, Address("localhost", 7)),
    ],
)
def test_what_is_said(host: str | None, port: int | None, found: Address) -> None:
    if not Path("/run/mpd/socket").exists() or host is not None:
        assert find_address(host, port) == found


def test_what_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mpd").mkdir()
    (tmp_path / "mpd" / "socket").touch()
    assert find_address() == Address(str(tmp_path / "mpd" / "socket"))
    monkeypatch.setenv("MPD_HOST", "pass@nas")
    monkeypatch.setenv("MPD_PORT", "6601")
    assert find_address() == Address("nas", 6601, "pass")
    monkeypatch.setenv("MPD_PORT", "many")
    with pytest.raises(MusicembError, match="not a port"):
        find_address()


def test_files_and_what_mpd_calls_them(tmp_path: Path) -> None:
    pytest.importorskip("mpd")
    (tmp_path / "real" / "A").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    player = Player(Address("nas"), tmp_path / "link")
    assert player.uri(tmp_path / "link" / "A" / "#1.mp3") == "A/#1.mp3"
    assert player.uri(tmp_path / "real" / "A" / "b.mp3") == "A/b.mp3"
    assert player.uri(tmp_path / "elsewhere.mp3") is None
    assert player.uri(tmp_path / "link" / "two\nlines.mp3") is None  # MPD's protocol has no word for these
    assert player.uri(tmp_path / "link" / "latin\udce9.mp3") is None
    assert player.uri(tmp_path / "link" / "na\u00efve \U0001f3b5.mp3") == "na\u00efve \U0001f3b5.mp3"
    assert player.path("A/b.mp3") == tmp_path / "link" / "A" / "b.mp3"
    assert player.path("http://radio/x") is None
    with pytest.raises(MusicembError, match="--music-directory"):
        Player(Address("nas")).folder


def test_an_mpd_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("mpd")
    with pytest.raises(MusicembError, match=r"no MPD answers at .*nothing.*is it running"):
        Player(Address(str(tmp_path / "nothing"))).connect()


def test_it_tells_its_folder_over_a_socket(player: Player) -> None:
    assert player.folder.name == "music"
