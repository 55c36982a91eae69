"""The beets plugin, in a real beets library of real files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from optparse import Values
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sounds
from fake_encoder import FakeEncoder
from paths import PACKAGE, with_tests_on_path

from musicemb.errors import MusicembError
from musicemb.io.catalogue.catalogue import open_catalogue
from musicemb.library import Library
from musicemb.records import Cluster, Guess

pytestmark = pytest.mark.processes
beets = pytest.importorskip("beets", reason="beets is not installed: pip install beets")


def plugin_module() -> ModuleType:
    """The plugin: in a checkout with our packages, in a wheel where beets looks for it."""
    home = "musicemb.plugins.beets" if find_spec("musicemb.plugins.beets") else "beetsplug.musicemb"
    return import_module(home)


class Inline(Library):
    """Hears in this process, with an encoder that costs nothing."""

    def scan(self, paths: Any = (), **options: Any) -> Any:
        return super().scan(paths, **{**options, "workers": 0})


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Six tracks by three artists; two have a genre of their own."""
    for seed in range(6):
        genre = {"genre": "Rock"} if seed < 2 else {}
        artist = f"Artist {seed % 3}"
        suffix = (".mp3", ".flac", ".ogg")[seed % 3]
        sounds.write_music(
            tmp_path / "music" / artist / f"{seed}{suffix}",
            4.0,
            seed=seed,
            artist=artist,
            title=f"Song {seed}",
            **genre,
        )
    return tmp_path / "music"


@pytest.fixture
def lib(music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """beets' library of them."""
    from beets.library import Item
    from beets.library import Library as BeetsLibrary

    monkeypatch.setenv("BEETSDIR", str(tmp_path))
    beets.config.clear()
    beets.config.read()  # its defaults
    opened = BeetsLibrary(str(tmp_path / "beets.db"), str(music))
    for path in sorted(music.rglob("*.*")):
        opened.add(Item.from_path(os.fsencode(path)))
    yield opened
    beets.config.clear()


@pytest.fixture
def plugin(lib: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The plugin, loaded as beets loads it, with musicemb's library in the test's folder."""
    module = plugin_module()
    catalogue = tmp_path / "musicemb.sqlite"
    monkeypatch.setattr(
        module,
        "open_library",
        lambda path, read_only: Inline.open(
            path or catalogue, encoder=FakeEncoder(), read_only=read_only, create=not read_only
        ),
    )
    monkeypatch.setattr(beets.plugins, "_instances", [])
    made = module.MusicembPlugin()
    monkeypatch.setattr(beets.plugins, "_instances", [made])
    made._opened(lib)
    return made


def hear(plugin: Any, lib: Any, *args: str, **options: Any) -> None:
    plugin._hear(lib, Values({"pretend": None, "write": None, "force": None, **options}), list(args))


def guess(tmp_path: Path, words: tuple[str, ...] = ("Jazz", "Blues")) -> None:
    """Give all tracks that musicemb knows one group, and Song 3 a guess."""
    with open_catalogue(tmp_path / "musicemb.sqlite") as catalogue:
        ids = {track.tags.title: track.id for track in catalogue.tracks()}
        encoder = catalogue.active_encoder or ""
        catalogue.put_clusters(encoder, [Cluster(4, "Calm", 6, ())], dict.fromkeys(ids.values(), (4, 0.75, 4)))
        catalogue.put_guesses(encoder, {ids["Song 3"]: Guess(words, 0.8125, "neighbours")})


def test_fields_are_set_and_a_genre_only_where_there_is_none(
    plugin: Any, lib: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hear(plugin, lib)
    assert capsys.readouterr().out == "6 of 6 tracks analysed, 6 changed, 0 given genres\n"
    guess(tmp_path)
    before = {item.id: item.filepath.read_bytes() for item in lib.items()}
    hear(plugin, lib, pretend=True)
    shown = capsys.readouterr().out
    assert "Artist 0 -  - Song 3: genres: nothing -> Jazz; Blues\n" in shown
    assert shown.endswith("would be: 6 of 6 tracks analysed, 6 changed, 1 given genres\n")
    assert [list(item.genres) for item in lib.items(["title:Song 3"])] == [[]]

    hear(plugin, lib)
    assert capsys.readouterr().out == "6 of 6 tracks analysed, 6 changed, 1 given genres\n"
    (item,) = lib.items("musicemb_confidence:0.8..0.9")
    assert (item.title, item.genres) == ("Song 3", ["Jazz", "Blues"])
    assert (item.musicemb_group, item.musicemb_strength, item.musicemb_genre) == ("Calm", 0.75, "Jazz; Blues")
    assert item.musicemb_confidence == pytest.approx(0.812, abs=0.001)
    assert {tuple(item.genres) for item in lib.items(["title:Song 0"])} == {("Rock",)}
    assert {item.id: item.filepath.read_bytes() for item in lib.items()} == before  # write: no
    hear(plugin, lib)
    assert capsys.readouterr().out == "6 of 6 tracks analysed, 0 changed, 0 given genres\n"

    # A later guess takes the place of an earlier one, and of nothing that the listener wrote.
    guess(tmp_path, ("Soul",))
    hear(plugin, lib)
    assert [item.genres for item in lib.items(["title:Song 3"])] == [["Soul"]]
    item.load()
    item.genres = ["Mine"]
    item.store()
    guess(tmp_path)
    hear(plugin, lib)
    assert [item.genres for item in lib.items(["title:Song 3"])] == [["Mine"]]
    hear(plugin, lib, force=True)
    assert [item.genres for item in lib.items(["title:Song 3"])] == [["Jazz", "Blues"]]


def test_before_anything_was_heard(plugin: Any, lib: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hear(plugin, lib, pretend=True)
    assert capsys.readouterr().out == (
        "would be: 0 of 6 tracks analysed, 0 changed, 0 given genres, 6 must be analysed first\n"
    )
    with pytest.raises(beets.ui.UserError, match='nothing was analysed yet: run "beet musicemb" first'):
        plugin._list_similar(lib, Values({"count": None, "format": None}), ["title:Song 1"])
    assert not (tmp_path / "musicemb.sqlite").exists()
    hear(plugin, lib, "title:Song 1")
    capsys.readouterr()
    hear(plugin, lib, pretend=True)
    assert "1 of 6 tracks analysed, 0 changed, 0 given genres, 5 must be analysed first" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".ogg"])
def test_what_is_written_is_never_taken_for_the_listeners_own(
    plugin: Any, lib: Any, music: Path, tmp_path: Path, suffix: str
) -> None:
    from musicemb.io.tags.reader import read_tags

    path = sounds.write_music(music / "Artist 0" / f"new{suffix}", 4.0, seed=9, title="Song 3", artist="New")
    next(iter(lib.items(["title:Song 3"]))).remove()
    (music / "Artist 0" / "3.mp3").unlink()
    lib.add(beets.library.Item.from_path(os.fsencode(path)))
    hear(plugin, lib)
    guess(tmp_path)
    hear(plugin, lib)
    assert read_tags(path).genres == ()
    hear(plugin, lib, write=True)  # also what an earlier run set, and wrote to no file
    tags = read_tags(path)
    assert (tags.genres, tags.our_genres, tags.listener_genres) == (("Jazz", "Blues"), ("Jazz", "Blues"), ())
    before = path.stat().st_mtime_ns
    hear(plugin, lib, write=True)
    assert path.stat().st_mtime_ns == before  # nothing to write: the file is not touched


def test_only_what_the_query_finds_is_heard(plugin: Any, lib: Any, music: Path, tmp_path: Path) -> None:
    hear(plugin, lib, "artist:Artist 1")
    with open_catalogue(tmp_path / "musicemb.sqlite") as catalogue:
        assert {track.tags.artist for track in catalogue.tracks()} == {"Artist 1"}
        assert catalogue.roots() == [music]  # not file by file
    assert sum("musicemb_group" in item for item in lib.items()) == 2


def test_alike(plugin: Any, lib: Any, music: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hear(plugin, lib)
    capsys.readouterr()
    plugin._list_similar(lib, Values({"count": 3, "format": None}), ["title:Song 1"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert [float(line.split("  ")[0]) for line in lines] == sorted((float(line[:4]) for line in lines), reverse=True)
    assert not any("Song 1" in line for line in lines)
    for words in ([], ["title:nothing"]):
        with pytest.raises(beets.ui.UserError):
            plugin._list_similar(lib, Values({"count": 3, "format": None}), words)


def test_a_query_for_smart_playlists(plugin: Any, lib: Any, tmp_path: Path) -> None:
    from beets.dbcore.query import InvalidQueryError

    hear(plugin, lib)
    plugin.config["count"] = 2
    (seed,) = lib.items(["title:Song 1"])
    best = [item.id for _, item in plugin.similar(lib, [seed.filepath], 2)]
    for asked in (f"similar:{seed.id}", "similar:Artist 1 Song 1", f"similar:{seed.filepath}"):
        assert {item.id for item in lib.items([asked])} == set(best)
    assert not lib.items([f"similar:{seed.id}", "artist:Nobody"])
    for asked in ("similar:999", "similar:no such words"):
        with pytest.raises(InvalidQueryError, match="musicemb knows"):
            lib.items([asked])


def test_an_import_is_heard_and_never_ended(plugin: Any, lib: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Session:
        def __init__(self) -> None:
            self.lib = lib

    class Task:
        def imported_items(self) -> list[Any]:
            return list(lib.items(["artist:Artist 2"]))

    plugin.imported(Session(), Task())
    assert sum("musicemb_group" in item for item in lib.items()) == 2

    def broken(*_: Any, **__: Any) -> None:
        raise MusicembError("the library is damaged")

    monkeypatch.setattr(plugin_module(), "open_library", broken)
    plugin.imported(Session(), Task())
    with pytest.raises(beets.ui.UserError, match="is damaged"):
        hear(plugin, lib)


def test_a_library_that_moved_is_one_line(plugin: Any, lib: Any, music: Path, tmp_path: Path) -> None:
    music.rename(tmp_path / "elsewhere")
    with pytest.raises(beets.ui.UserError, match=r"no file of these 6 tracks exists.*'directory'"):
        hear(plugin, lib)
    assert not (tmp_path / "musicemb.sqlite").exists()
    (tmp_path / "elsewhere").rename(music)
    hear(plugin, lib)
    (music / "Artist 0" / "0.mp3").unlink()
    hear(plugin, lib)
    with open_catalogue(tmp_path / "musicemb.sqlite") as catalogue:
        assert len(catalogue.tracks()) == 5


@pytest.mark.slow
def test_beets_itself_runs_it(music: Path, tmp_path: Path) -> None:
    """As the wheel lays it out, through beets' own command, with the shipped encoder."""
    (tmp_path / "beetsplug").mkdir()
    shutil.copy(PACKAGE / "plugins" / "beets.py", tmp_path / "beetsplug" / "musicemb.py")
    (tmp_path / "config.yaml").write_text(
        f"directory: {music}\nlibrary: {tmp_path}/beets.db\npluginpath: {tmp_path}/beetsplug\n"
        "plugins: [musicemb, smartplaylist]\nimport: {copy: no, write: no, autotag: no}\n"
        f"musicemb: {{library: {tmp_path}/musicemb.sqlite}}\n"
        f"smartplaylist: {{playlist_dir: {tmp_path}, playlists: [{{name: like.m3u, query: '\"similar:Song 1\"'}}]}}\n"
    )

    def beet(*words: str) -> str:
        environment = with_tests_on_path() | {"BEETSDIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-m", "beets", *words], capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr
        assert "error loading plugin" not in done.stderr
        return done.stdout

    beet("import", "-A", "-q", str(music))
    assert beet("musicemb").startswith("6 of 6 tracks analysed, 6 changed")
    assert len(beet("similar", "-n", "2", "-p", "title:Song 1").splitlines()) == 2
    beet("splupdate")
    assert len((tmp_path / "like.m3u").read_text().splitlines()) == 5
