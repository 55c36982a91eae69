"""Opening, closing and losing a catalogue: each mishap is one clear line, and what was stored stays."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from made_tracks import beside, embedded, fill

from musicemb.errors import CatalogueError
from musicemb.io.catalogue import opening
from musicemb.io.catalogue.catalogue import Catalogue, default_path, open_catalogue
from musicemb.io.catalogue.safety import network_mounts as mounts

NOBODY = 65534
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


def one_line(error: pytest.ExceptionInfo[CatalogueError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can reach: pytest's own are closed to them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o777)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everywhere; tests of permissions are done as somebody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


# ------------------------------------------------------------------------------ where it lies


def test_environment_names_the_catalogue(own_library: Path) -> None:
    with open_catalogue() as catalogue:
        assert catalogue.path == own_library
    assert own_library.is_file()


def test_default_path_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUSICEMB_LIBRARY")
    monkeypatch.setattr(
        "musicemb.io.catalogue.catalogue.default_path", lambda: tmp_path / "not" / "yet" / "library.sqlite"
    )
    with pytest.raises(CatalogueError, match="nothing scanned yet"):
        open_catalogue(read_only=True)
    with pytest.raises(CatalogueError, match="nothing scanned yet"):
        open_catalogue(create=False)
    assert list(tmp_path.iterdir()) == []
    with open_catalogue() as catalogue:
        assert catalogue.path.is_file()


def test_default_path_belongs_to_the_user() -> None:
    assert default_path().is_absolute()
    assert "musicemb" in default_path().parts


def test_named_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="is not a folder: make it") as error:
        open_catalogue(tmp_path / "missing" / "library.sqlite")
    one_line(error)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("read_only", [True, False])
def test_folder_is_no_catalogue(tmp_path: Path, read_only: bool) -> None:
    with pytest.raises(CatalogueError, match=r"is a folder, not a catalogue: .*library\.sqlite"):
        open_catalogue(tmp_path, read_only=read_only)


@posix_only
def test_pipe_is_no_catalogue(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(CatalogueError, match="is not a file"):
        open_catalogue(path)


def test_nothing_to_read_yet(path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"nothing scanned yet .*musicemb scan FOLDER"):
        open_catalogue(path, read_only=True)
    assert not path.exists()
    path.touch()
    with pytest.raises(CatalogueError, match=r"nothing scanned yet .*musicemb scan FOLDER"):
        open_catalogue(path, read_only=True)
    assert path.stat().st_size == 0


@pytest.mark.parametrize("name", ["a b.sqlite", "50%?#&=é.sqlite", "a'b.sqlite"])
def test_odd_names(tmp_path: Path, name: str) -> None:
    fill(tmp_path / name)
    assert beside(tmp_path / name) == [name]
    with open_catalogue(tmp_path / name, read_only=True) as catalogue:
        assert len(catalogue.tracks()) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no undecodable names")
def test_undecodable_name(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.sqlite")
    fill(path)
    assert [os.fsencode(item.name) for item in tmp_path.iterdir()] == [b"\xff.sqlite"]


def test_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_catalogue("library.sqlite") as catalogue:
        assert catalogue.path == tmp_path / "library.sqlite"


# ----------------------------------------------------------------------- reading and closing


def test_one_file_is_left(filled: Path) -> None:
    assert beside(filled) == ["library.sqlite"]
    with open_catalogue(filled, read_only=True) as catalogue:
        catalogue.tracks()
    assert beside(filled) == ["library.sqlite"]


def test_closing_twice_does_no_harm(filled: Path) -> None:
    catalogue = open_catalogue(filled)
    catalogue.close()
    whole = filled.read_bytes()
    catalogue.close()
    assert beside(filled) == [filled.name]
    assert filled.read_bytes() == whole
    with open_catalogue(filled, read_only=True) as again:
        assert len(again.tracks()) == 3


def test_closing_takes_an_open_transaction_back(filled: Path) -> None:
    with open_catalogue(filled) as catalogue, suppress(KeyboardInterrupt), catalogue.transaction():
        catalogue.add_root(Path("/m"))
        raise KeyboardInterrupt
    with open_catalogue(filled, read_only=True) as catalogue:
        assert catalogue.roots() == []


def test_reading_while_another_writes(filled: Path) -> None:
    reader = open_catalogue(filled, read_only=True)
    with reader:
        with open_catalogue(filled) as writer, writer.transaction():
            writer.put_track(embedded("/m/new.mp3", seed=9), "first")
            assert len(reader.tracks()) == 3
        assert len(reader.tracks()) == 4
    with open_catalogue(filled), open_catalogue(filled, read_only=True) as late:
        assert len(late.tracks()) == 4
    with open_catalogue(filled):
        pass
    assert beside(filled) == ["library.sqlite"]


def test_reader_cannot_write(filled: Path) -> None:
    before = filled.read_bytes()
    with open_catalogue(filled, read_only=True) as catalogue:
        with pytest.raises(CatalogueError, match="opened for reading only"):
            catalogue.put_track(embedded(), "first")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            catalogue._connection.execute("DELETE FROM track")
    assert filled.read_bytes() == before


@posix_only
def test_reading_a_read_only_file(open_folder: Path) -> None:
    path = open_folder / "library.sqlite"
    fill(path)
    path.chmod(0o444)
    with as_nobody():
        with open_catalogue(path, read_only=True) as catalogue:
            assert len(catalogue.tracks()) == 3
            assert len(catalogue.vectors("first")[0]) == 3
        with pytest.raises(CatalogueError, match="cannot be written: it or its folder is read-only") as error:
            open_catalogue(path)
    one_line(error)


@posix_only
@pytest.mark.parametrize("state", ["closed", "left in WAL mode"])
def test_reading_in_a_read_only_folder(open_folder: Path, state: str) -> None:
    path = open_folder / "library.sqlite"
    fill(path)
    if state != "closed":
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
    path.chmod(0o666)
    open_folder.chmod(0o555)
    with as_nobody():
        with open_catalogue(path, read_only=True) as catalogue:
            assert len(catalogue.tracks()) == 3
        with pytest.raises(CatalogueError, match=r"cannot be (written|opened)") as error:
            open_catalogue(path)
    one_line(error)
    assert beside(path) == ["library.sqlite"]


@posix_only
def test_no_permission_to_read(open_folder: Path) -> None:
    path = open_folder / "library.sqlite"
    fill(path)
    path.chmod(0)
    with as_nobody():
        for read_only in (True, False):
            with pytest.raises(CatalogueError, match=r"cannot be opened \(Permission denied\)"):
                open_catalogue(path, read_only=read_only)
    open_folder.chmod(0)
    with as_nobody(), pytest.raises(CatalogueError, match=r"cannot be opened: Permission denied"):
        open_catalogue(path, read_only=True)


@posix_only
def test_folder_that_cannot_be_written_to(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with as_nobody(), pytest.raises(CatalogueError, match="cannot be opened"):
        open_catalogue(open_folder / "library.sqlite")


# ------------------------------------------------------------------------------- other writers

HOLD = """
import sys, time
from musicemb.io.catalogue.catalogue import open_catalogue
catalogue = open_catalogue(sys.argv[1])
with catalogue.transaction():
    print("holding", flush=True)
    time.sleep(60)
"""


@contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"holding\n"
        try:
            yield
        finally:
            process.kill()


@pytest.mark.processes
def test_second_writer_is_told(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.3)
    with held_by_another(filled):
        with pytest.raises(CatalogueError, match=r"another musicemb is writing to .*: try again") as error:
            open_catalogue(filled)
        one_line(error)
        with open_catalogue(filled, read_only=True) as catalogue:
            assert len(catalogue.tracks()) == 3
    fill(filled)


@pytest.mark.processes
def test_lock_taken_in_the_middle(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.3)
    with open_catalogue(filled) as catalogue:
        with held_by_another(filled), pytest.raises(CatalogueError, match="another musicemb is writing"):
            catalogue.add_root(Path("/m"))
        catalogue.add_root(Path("/n"))
        assert catalogue.roots() == [Path("/n")]


def test_two_that_take_turns(filled: Path) -> None:
    with open_catalogue(filled) as first, open_catalogue(filled) as second:
        first.add_root(Path("/a"))
        second.add_root(Path("/b"))
        assert first.roots() == second.roots() == [Path("/a"), Path("/b")]
    assert beside(filled) == ["library.sqlite"]


# -------------------------------------------------------------------------- kills and full disks

PUT_FOR_EVER = """
import sys
from made_tracks import embedded
from musicemb.io.catalogue.catalogue import open_catalogue
catalogue = open_catalogue(sys.argv[1])
number = 0
while True:
    catalogue.put_track(embedded(f"/k/{number}.mp3", seed=number, segments=60, dimensions=128), "first")
    print(number, flush=True)
    number += 1
"""


@pytest.mark.processes
@posix_only
def test_what_was_put_survives_a_kill(path: Path) -> None:
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    told = 0
    for _ in range(3):
        command = [sys.executable, "-c", PUT_FOR_EVER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=surroundings) as process:
            assert process.stdout is not None
            for _ in range(40):
                told = max(told, int(process.stdout.readline()))
            process.send_signal(signal.SIGKILL)
        with open_catalogue(path, read_only=True) as catalogue:
            known = {file.path.name for file in catalogue.known_files("first") if file.embedded}
            assert {f"{number}.mp3" for number in range(told + 1)} <= known
            ids, _ = catalogue.vectors("first")
            assert all(catalogue.segments(row, "first") is not None for row in ids)
    with open_catalogue(path) as catalogue:
        assert catalogue._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert beside(path) == ["library.sqlite"]


def leave_in_the_middle(path: Path, mode: str) -> None:
    """Put files there as a kill during a write leaves them: log or journal hold what the file needs."""
    with open_catalogue(path) as catalogue:
        catalogue._connection.execute(f"PRAGMA journal_mode = {mode}")
        catalogue._connection.execute("PRAGMA cache_size = 1")
        if mode == "WAL":
            catalogue.add_root(Path("/m"))
        with suppress(RuntimeError), catalogue.transaction():
            for number in range(3, 20):
                catalogue.put_track(embedded(f"/m/{number}.mp3", seed=number, segments=60), "first")
            copies = {item: item.read_bytes() for item in path.parent.iterdir() if not item.name.endswith("-shm")}
            raise RuntimeError("killed")
    for item, content in copies.items():
        item.write_bytes(content)
    assert len(copies) == 2


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_reading_after_a_kill(filled: Path, mode: str) -> None:
    leave_in_the_middle(filled, mode)
    with open_catalogue(filled, read_only=True) as catalogue:
        assert len(catalogue.tracks()) == 3
        assert len(catalogue.roots()) == (mode == "WAL")
    with open_catalogue(filled) as catalogue:
        assert catalogue._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert beside(filled) == ["library.sqlite"]


@posix_only
@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_reading_after_a_kill_where_nothing_can_be_written(open_folder: Path, mode: str) -> None:
    path = open_folder / "library.sqlite"
    fill(path)
    leave_in_the_middle(path, mode)
    before = {item: item.read_bytes() for item in open_folder.iterdir()}
    open_folder.chmod(0o555)
    with as_nobody(), pytest.raises(CatalogueError, match=r"not closed properly .*library\.sqlite-") as error:
        open_catalogue(path, read_only=True)
    one_line(error)
    assert {item: item.read_bytes() for item in open_folder.iterdir()} == before


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_full_disk_takes_back_the_step(filled: Path, mode: str) -> None:
    with open_catalogue(filled) as catalogue:
        catalogue._connection.execute(f"PRAGMA journal_mode = {mode}")
        (pages,) = catalogue._connection.execute("PRAGMA page_count").fetchone()
        catalogue._connection.execute(f"PRAGMA max_page_count = {pages + 20}")
        with pytest.raises(CatalogueError, match=r"no space is left for .*earlier ones were") as error:
            for number in range(100, 200):
                catalogue.put_track(embedded(f"/f/{number}.mp3", seed=number, segments=60), "first")
        one_line(error)
        stored = [track.path.name for track in catalogue.tracks()]
        assert stored[:3] == ["0.mp3", "1.mp3", "2.mp3"]
        assert len(catalogue.vectors("first")[0]) == len(stored)
        assert all(catalogue.segments(track.id, "first") is not None for track in catalogue.tracks())
    with open_catalogue(filled) as catalogue:
        assert [track.path.name for track in catalogue.tracks()] == stored
        catalogue.put_track(embedded("/f/after.mp3", seed=300), "first")


LIMITED = """
import resource, sys
from made_tracks import embedded
from musicemb.errors import CatalogueError
from musicemb.io.catalogue.catalogue import open_catalogue
with open_catalogue(sys.argv[1]) as catalogue:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    try:
        for number in range(100, 300):
            catalogue.put_track(embedded(f"/f/{number}.mp3", seed=number, segments=60), "first")
            print(number, flush=True)
    except CatalogueError as error:
        print(error)
"""


@pytest.mark.processes
@posix_only
def test_file_that_may_not_grow(filled: Path) -> None:
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", LIMITED, str(filled)]
    done = subprocess.run(command, capture_output=True, text=True, env=surroundings, timeout=60, check=True)
    *numbers, said = done.stdout.splitlines()
    assert "the last step was not stored" in said
    assert done.stderr == ""
    with open_catalogue(filled) as catalogue:
        names = [track.path.stem for track in catalogue.tracks()]
        assert names == ["0", "1", "2", *numbers]


# ------------------------------------------------------------------------------------- damage


def test_text_is_no_catalogue(path: Path) -> None:
    path.write_text("this is a shopping list, long enough to be read as a header of a database " * 20)
    before = path.read_bytes()
    for read_only in (True, False):
        with pytest.raises(CatalogueError, match="is not a musicemb catalogue") as error:
            open_catalogue(path, read_only=read_only)
        one_line(error)
    assert path.read_bytes() == before
    assert beside(path) == ["library.sqlite"]


def use(catalogue: Catalogue) -> None:
    catalogue.tracks()
    catalogue.known_files("first")
    for row in catalogue.vectors("first")[0]:
        catalogue.segments(row, "first")
    catalogue.put_track(embedded("/m/new.mp3", seed=7), "first")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A catalogue of 200 tracks."""
    path = tmp_path_factory.mktemp("large") / "library.sqlite"
    fill(path, 200)
    return path.read_bytes()


@pytest.mark.parametrize("filler", [b"\x00", b"\xff", b"\x5a"])
@pytest.mark.parametrize("where", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_overwritten_bytes_are_one_clear_line_or_harmless(
    path: Path, large: bytes, filler: bytes, where: float
) -> None:
    content = bytearray(large)
    start = int(len(content) * where)
    content[start : start + 8192] = filler * 8192
    path.write_bytes(content)
    try:
        with open_catalogue(path) as catalogue:
            use(catalogue)
    except CatalogueError as error:
        assert "damaged" in str(error)
        assert "backup" in str(error)
        assert "\n" not in str(error)
    assert path.stat().st_size >= len(content)


def test_damage_that_the_complaint_quotes(path: Path) -> None:
    fill(path, 20)
    content = path.read_bytes()
    where = content.index(b"tabletracktrack") + 5
    path.write_bytes(content[:where] + b"\xff" * 5 + content[where + 5 :])
    with pytest.raises(CatalogueError, match=r"damaged \(.*backup"):
        open_catalogue(path)


@pytest.mark.parametrize("pages", [1, 3, 10])
def test_truncated_catalogue(path: Path, pages: int) -> None:
    fill(path, 200)
    with path.open("r+b") as stream:
        stream.truncate(4096 * pages)
    with pytest.raises(CatalogueError, match=r"damaged \(.*backup"), open_catalogue(path) as catalogue:
        use(catalogue)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE embedding SET vector = x'000102' WHERE track = 2",
        "UPDATE track SET genres = 'no list' WHERE id = 2",
        "UPDATE track SET genres = x'5b5d00ff' WHERE id = 2",
        "UPDATE track SET artist = CAST(x'ff41' AS TEXT) WHERE id = 2",
        "UPDATE track SET path = 5 WHERE id = 2",
    ],
)
def test_contents_that_were_never_written(filled: Path, statement: str) -> None:
    connection = sqlite3.connect(filled)
    connection.execute(statement)
    connection.commit()
    connection.close()
    with pytest.raises(CatalogueError, match="damaged") as error, open_catalogue(filled) as catalogue:
        use(catalogue)
    one_line(error)


# ---------------------------------------------------------------------------- network, backups


def test_no_write_ahead_log_on_a_network(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "on_network", lambda _: True)
    with open_catalogue(path) as catalogue:
        catalogue.put_track(embedded(), "first")
        assert beside(path) == ["library.sqlite"]
        assert catalogue._connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_write_ahead_log_elsewhere(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "on_network", lambda _: False)
    with open_catalogue(path) as catalogue:
        assert catalogue._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
