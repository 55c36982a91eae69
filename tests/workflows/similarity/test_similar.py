"""Seeds by path and by words; neighbours without the seed, without copies, without heavy libraries."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import sounds
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import trials
from paths import ROOT, with_tests_on_path

from musicemb.errors import AmbiguousTrack, AudioError, CatalogueError, MusicembError, SkippedAudio, TrackNotFound
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import EmbeddedTrack, Encoder, Floats, FoundFile, Track, TrackTags
from musicemb.workflows.embedding.embed import embed_file
from musicemb.workflows.similarity.ranking import ResultFilters
from musicemb.workflows.similarity.similar import find_seed, find_similar

ENCODER = "fake00000000"
DIMENSIONS = 16


def vector_at(angle: float) -> np.ndarray:
    """A unit vector; the nearer the angles (radians), the more alike."""
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[:2] = np.cos(angle), np.sin(angle)
    return vector


def put(
    catalogue: Catalogue,
    path: str,
    angle: float = 0.0,
    *,
    artist: str = "",
    title: str = "",
    album: str = "",
    payload: str = "",
    encoder_id: str = ENCODER,
) -> int:
    return catalogue.put_track(
        EmbeddedTrack(
            file=FoundFile(Path(path).absolute(), 1, 1),
            payload_hash=payload or path,
            tags=TrackTags(artist, title, album),
            duration=100.0,
            decoder="soundfile",
            vector=vector_at(angle),
            homogeneity=1.0,
            segments=None,
        ),
        encoder_id,
    )


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with open_catalogue(tmp_path / "library.sqlite") as made:
        made.set_active_encoder(ENCODER, "fake")
        yield made


@pytest.fixture
def music(catalogue: Catalogue) -> Catalogue:
    """Six tracks, each 0.1 radians from the last."""
    rows = [
        ("/m/cc/monkey.mp3", "Jonathan Coulton", "Code Monkey", "Thing a Week"),
        ("/m/cc/skullcrusher.mp3", "Jonathan Coulton", "Skullcrusher Mountain", "Smoking Monkey"),
        ("/m/bj/joga.mp3", "Björk", "Jóga", "Homogenic"),
        ("/m/bj/joga-live.mp3", "Björk", "Jóga (live)", "Unplugged"),
        ("/m/untitled-07.mp3", "", "", ""),
        ("/m/chk.mp3", "!!!", "Me and Giuliani", "Louden Up Now"),
    ]
    for number, (path, artist, title, album) in enumerate(rows):
        put(catalogue, path, 0.1 * number, artist=artist, title=title, album=album)
    return catalogue


def names(candidates: object) -> list[str]:
    assert isinstance(candidates, tuple)
    return [track.path.stem for track in candidates]


# ----------------------------------------------------------------------------------------- seeds


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        ("code monkey", "monkey"),
        ("CODE", "monkey"),
        ("coulton monkey code", "monkey"),
        ("bjork joga", "joga"),  # the whole artist and title, though a live version answers too
        ("Jóga", "joga"),
        (unicodedata.normalize("NFD", "Jóga"), "joga"),
        ("joga björk", "joga"),
        ("joga unplugged", "joga-live"),
        ("skullcrusher", "skullcrusher"),
        ("untitled 07", "untitled-07"),
        ("!!! giuliani", "chk"),
        ("Jóga (live)", "joga-live"),
    ],
)
def test_words_find_a_track(music: Catalogue, words: str, stem: str) -> None:
    assert find_seed(music, words).path.stem == stem


def test_ambiguous_words_list_the_candidates_best_first(music: Catalogue) -> None:
    with pytest.raises(AmbiguousTrack) as caught:
        find_seed(music, "monkey")
    assert names(caught.value.candidates) == ["monkey", "skullcrusher"]  # in the title before in the album
    with pytest.raises(AmbiguousTrack) as caught:
        find_seed(music, "jonathan")
    assert len(caught.value.candidates) == 2


def test_equal_titles_are_ambiguous_but_copies_are_not(music: Catalogue) -> None:
    put(music, "/m/copy.mp3", artist="Jonathan Coulton", title="Code Monkey", payload="/m/cc/monkey.mp3")
    assert find_seed(music, "code monkey").path.stem == "monkey"
    put(music, "/m/cover.mp3", artist="Somebody", title="Code Monkey")
    with pytest.raises(AmbiguousTrack) as caught:
        find_seed(music, "code monkey")
    assert names(caught.value.candidates) == ["monkey", "cover"]
    assert find_seed(music, "somebody code monkey").path.stem == "cover"


@pytest.mark.parametrize(
    "words", ["zappa", "code zappa", "", "   ", "nothing.mp3", "/no/such/file.mp3", "q\0q", "x" * 9000, "~nobody/a"]
)
def test_words_that_nothing_answers_to(music: Catalogue, words: str) -> None:
    with pytest.raises(TrackNotFound) as caught:
        find_seed(music, words)
    assert "\n" not in str(caught.value)


def test_paths_find_a_track(music: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "Schön.mp3"
    path.write_bytes(b"music")
    put(music, str(path), title="Schön")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for text in (str(path), "Schön.mp3", "./Schön.mp3", "~/Schön.mp3", f"../{tmp_path.name}/Schön.mp3"):
        assert find_seed(music, text).path == path
    assert find_seed(music, unicodedata.normalize("NFD", "Schön.mp3")).path == path
    assert find_seed(music, str(Path("/m/bj/joga.mp3").absolute())).tags.title == "Jóga"  # known, though not there now


def test_an_existing_file_is_never_taken_for_words(
    music: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "monkey").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TrackNotFound, match="not in the library"):
        find_seed(music, "monkey")
    with pytest.raises(TrackNotFound, match="a folder"):
        find_seed(music, "folder")


@settings(max_examples=trials(50), deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_is_answered_for_people(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.sqlite"
    with open_catalogue(path) as catalogue:
        catalogue.set_active_encoder(ENCODER)
        put(catalogue, "/m/one.mp3", title="One")
        try:
            find_seed(catalogue, text)
        except MusicembError as error:
            assert str(error)


# ------------------------------------------------------------------------------------ neighbours


EVERY = ResultFilters(all_versions=True)


def similar(catalogue: Catalogue, *args: object, **options: object) -> list[str]:
    options.setdefault("filters", EVERY)
    return [match.track.path.stem for match in find_similar(catalogue, *args, **options)]  # type: ignore[arg-type]


def test_neighbours_come_best_first_without_the_seed(music: Catalogue) -> None:
    matches = find_similar(music, "code monkey", n=3, filters=EVERY)
    assert [match.track.path.stem for match in matches] == ["skullcrusher", "joga", "joga-live"]
    assert [match.similarity for match in matches] == pytest.approx(list(np.cos([0.1, 0.2, 0.3])), abs=1e-5)
    assert similar(music, find_seed(music, "code monkey"), n=3) == similar(music, Path("/m/cc/monkey.mp3"), n=3)


@pytest.mark.parametrize(("n", "count"), [(0, 0), (1, 1), (5, 5), (1000, 5)])
def test_as_many_as_wanted_or_there_are(music: Catalogue, n: int, count: int) -> None:
    assert len(similar(music, "code monkey", n=n)) == count


def test_copies_are_folded(music: Catalogue) -> None:
    put(music, "/m/seed-copy.mp3", 0.0, payload="/m/cc/monkey.mp3")
    put(music, "/m/joga-copy.mp3", 0.2, payload="/m/bj/joga.mp3")
    matches = find_similar(music, "code monkey")
    assert [match.track.path.stem for match in matches] == ["skullcrusher", "joga", "untitled-07", "chk"]
    assert [track.path.stem for track in matches[1].versions] == ["joga-copy", "joga-live"]
    assert similar(music, "code monkey")[1:4] == ["joga", "joga-copy", "joga-live"]  # copies of the seed stay out


def test_gone_tracks_are_left_out(music: Catalogue) -> None:
    joga = find_seed(music, "bjork joga")
    music.mark_gone([joga.id])
    assert "joga" not in similar(music, "code monkey")
    put(music, "/m/joga-copy.mp3", 0.2, payload="/m/bj/joga.mp3")
    assert similar(music, joga, n=1) in (["skullcrusher"], ["joga-live"])  # by its copy
    music.mark_gone([find_seed(music, "skullcrusher").id])
    with pytest.raises(TrackNotFound, match="is gone"):
        find_similar(music, Path("/m/cc/skullcrusher.mp3"))


def test_at_most_so_many_of_an_artist(music: Catalogue) -> None:
    put(music, "/m/case.mp3", 0.05, artist="jonathan COULTON")
    assert similar(music, "untitled-07", max_per_artist=1) == ["joga-live", "chk", "skullcrusher"]
    put(music, "/m/other.mp3", 0.41)  # nobody's tracks are not one artist's
    put(music, "/m/another.mp3", 0.42)
    assert similar(music, "untitled-07", n=9, max_per_artist=1)[:2] == ["other", "another"]


def test_an_artist_that_fills_the_neighbourhood_is_seen_past(catalogue: Catalogue) -> None:
    with catalogue.transaction():
        put(catalogue, "/m/seed.mp3", 0.0, title="seed")
        for number in range(400):
            put(catalogue, f"/m/{number}.mp3", 0.001 * (number + 1), artist="Prolific", title=f"Song {number}")
        put(catalogue, "/m/far.mp3", 1.0, artist="Rare")
    found = similar(catalogue, Path("/m/seed.mp3"), n=3, max_per_artist=1)
    assert len(found) == 2
    assert found[1] == "far"


def test_an_empty_library_says_so(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError, match="musicemb scan"):
        find_similar(catalogue, "anything")


# ---------------------------------------------------------------------------- files from elsewhere


@pytest.fixture
def outside(catalogue: Catalogue, tmp_path: Path) -> Callable[[int], Path]:
    """Three tracks of known sound in the library; makes files outside of it."""
    for seed in range(3):
        path = sounds.write_music(tmp_path / "lib" / f"{seed}.wav", 5.0, seed=seed)
        status = path.stat()
        track = embed_file(FoundFile(path, status.st_size, status.st_mtime_ns), FakeEncoder())
        assert isinstance(track, EmbeddedTrack)
        catalogue.put_track(track, ENCODER)

    def make(seed: int) -> Path:
        return sounds.write_music(tmp_path / "out" / f"outside-{seed}.flac", 5.0, seed=seed)

    return make


def test_an_unknown_file_is_embedded_on_the_spot(catalogue: Catalogue, outside: Callable[[int], Path]) -> None:
    path = outside(1)  # the sound of lib/1.wav in another format
    for seed in (path, str(path)):
        matches = find_similar(catalogue, seed, n=2, encoder=FakeEncoder())
        assert matches[0].track.path.stem == "1"
        assert matches[0].similarity > 0.999
    assert len(catalogue.tracks()) == 3  # and not stored


def test_what_the_runtime_says_stays_off_the_screen(
    catalogue: Catalogue, outside: Callable[[int], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    class Talkative(FakeEncoder):
        def embed(self, features: Floats) -> Floats:
            os.write(2, b"INFO: opened\n")
            return super().embed(features)

    assert find_similar(catalogue, outside(7), encoder=Talkative())
    assert capfd.readouterr().err == ""


def test_the_encoder_is_opened_only_when_needed(
    catalogue: Catalogue, outside: Callable[[int], Path], tmp_path: Path
) -> None:
    opened: list[str] = []

    def open_encoder() -> Encoder:
        opened.append("once")
        return FakeEncoder()

    copy = tmp_path / "copy.wav"
    copy.write_bytes((tmp_path / "lib" / "1.wav").read_bytes())
    assert "1" not in similar(catalogue, copy, encoder=open_encoder)  # its audio is known
    assert similar(catalogue, tmp_path / "lib" / "0.wav", encoder=open_encoder)
    assert opened == []
    assert similar(catalogue, outside(7), encoder=open_encoder)
    assert opened == ["once"]


def test_a_file_that_cannot_be_embedded_says_why(
    catalogue: Catalogue, outside: Callable[[int], Path], tmp_path: Path
) -> None:
    silent = sounds.write(tmp_path / "silent.wav", np.zeros((44_100 * 2, 1), dtype=np.float32))
    page = tmp_path / "page.mp3"
    page.write_text("<html>" * 100)
    with pytest.raises(SkippedAudio, match="silent"):
        find_similar(catalogue, silent, encoder=FakeEncoder())
    with pytest.raises(AudioError):
        find_similar(catalogue, page, encoder=FakeEncoder())
    with pytest.raises(TrackNotFound, match="no encoder"):
        find_similar(catalogue, outside(9))
    with pytest.raises(CatalogueError, match="other0000000"):
        find_similar(catalogue, outside(9), encoder=FakeEncoder(id="other0000000"))
    with pytest.raises(TrackNotFound, match="no such file"):
        find_similar(catalogue, tmp_path / "nowhere.mp3", encoder=FakeEncoder())
    with pytest.raises(TrackNotFound, match="folder"):
        find_similar(catalogue, tmp_path / "lib", encoder=FakeEncoder())


# -------------------------------------------------------------------------------------- lightness


@pytest.mark.processes
def test_a_known_track_loads_nothing_heavy(music: Catalogue) -> None:
    music.close()
    code = (
        "import sys\n"
        "from musicemb.io.catalogue.catalogue import open_catalogue\n"
        "from musicemb.workflows.similarity.similar import find_similar\n"
        f"with open_catalogue({str(music.path)!r}, read_only=True) as catalogue:\n"
        "    assert len(find_similar(catalogue, 'code monkey', n=3)) == 3\n"
        "print(*sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=with_tests_on_path(),
    )
    assert ran.returncode == 0, ran.stderr
    loaded = {name.split(".")[0] for name in ran.stdout.split()}
    assert "musicemb" in loaded
    heavy = {
        "tensorflow",
        "keras",
        "librosa",
        "numba",
        "sklearn",
        "hdbscan",
        "scipy",
        "soundfile",
        "soxr",
        "av",
        "mutagen",
    }
    assert not loaded & heavy


def test_seeds_are_tracks(music: Catalogue) -> None:
    assert isinstance(find_seed(music, "code monkey"), Track)
