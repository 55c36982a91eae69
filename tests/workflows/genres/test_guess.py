"""Guessing genres of a library: who votes, who must not, and what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from musicemb.core.genres.aliases import make_aliases
from musicemb.core.genres.ensemble import fit_ensemble
from musicemb.core.genres.family_table import JOINT
from musicemb.core.genres.predictions import HEAD
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import Cluster, EmbeddedTrack, FoundFile, GenreHead, TrackTags
from musicemb.settings import GuessSettings
from musicemb.workflows.genres.guess import find_odds, guess_genres, neighbour_votes
from musicemb.workflows.genres.inputs import load_guess_inputs
from musicemb.workflows.genres.vocabulary import store_preferences

ENCODER = "encoder00001"
AXES = np.eye(8, dtype=np.float32)


@pytest.fixture
def catalogue(own_library: Path) -> Iterator[Catalogue]:
    with open_catalogue(own_library) as opened:
        opened.set_active_encoder(ENCODER, "test")
        yield opened


def put(
    catalogue: Catalogue,
    number: int,
    axis: int,
    genres: tuple[str, ...] = (),
    *,
    artist: str | None = None,
    ours: tuple[str, ...] = (),
    payload: str | None = None,
    duration: float = 180.0,
    vector: np.ndarray | None = None,
) -> int:
    """A track near one axis; its id."""
    if vector is None:
        vector = AXES[axis] + 0.05 * np.random.default_rng(number).normal(size=8)
    tags = TrackTags(
        artist=f"Artist {number}" if artist is None else artist, title=f"Title {number}", genres=genres, our_genres=ours
    )
    return catalogue.put_track(
        EmbeddedTrack(
            FoundFile(Path(f"/music/{number}.mp3").absolute(), 1000, number),
            payload or f"hash {number}",
            tags,
            duration,
            "soundfile",
            (vector / np.linalg.norm(vector)).astype(np.float32),
            0.9,
            None,
        ),
        ENCODER,
    )


def say(label: str = "pop/rock", threshold: float = 0.5, probability: float = 0.9) -> GenreHead:
    """A head that says one label of two, as sure as asked, whatever it hears."""
    bias = np.array([np.log(probability / (1 - probability)), 0], dtype=np.float32)
    zeros = np.zeros(8, np.float32)
    return GenreHead((label, "classical"), np.zeros((8, 2), np.float32), bias, zeros, zeros + 1, threshold)


def test_tagged_neighbours_give_their_word_to_an_untagged_track(catalogue: Catalogue) -> None:
    for number in range(12):
        put(catalogue, number, number % 2, ("HipHop" if number % 2 else "(17)",))
    rock, hop = put(catalogue, 20, 0), put(catalogue, 21, 1)
    guesses = guess_genres(catalogue, ENCODER, None, GuessSettings(neighbours=6))
    assert (guesses[rock].genres, guesses[hop].genres) == (("Rock",), ("HipHop",))
    assert guesses[rock].predictor == "neighbours"
    assert catalogue.track(rock).guess == guesses[rock]


def test_all_tracks_are_guessed_but_none_by_its_own_word(catalogue: Catalogue) -> None:
    for number in range(8):
        put(catalogue, number, 0, ("Rock",))
    alone = put(catalogue, 8, 0, ("Jazz",))
    guesses = guess_genres(catalogue, ENCODER, None)
    assert guesses[alone].genres == ("Rock",)
    # 7 for Rock and 1 for Jazz, where its own word would make it 8 to 1.
    assert guesses[1].confidence < guesses[alone].confidence


def test_a_copy_does_not_vote_and_gets_the_same_guess(catalogue: Catalogue) -> None:
    for number in range(4):
        put(catalogue, number, 0, ("Rock",))
    for number in range(10, 14):
        put(catalogue, number, 0, ("Jazz",), payload="the same recording")
    # Four for Rock and one for Jazz: five voters. Without them counting once, Jazz would win.
    asked = put(catalogue, 20, 0)
    guesses = guess_genres(catalogue, ENCODER, None)
    assert guesses[asked].genres == ("Rock",)
    for number in range(30, 32):
        put(catalogue, number, 0, ("Rock",))
    guesses = guess_genres(catalogue, ENCODER, None)
    copies = [row.id for row in catalogue.tracks() if row.payload_hash == "the same recording"]
    assert len({guesses[row] for row in copies}) == 1
    assert guesses[copies[0]].genres == ("Rock",)


@pytest.mark.parametrize(
    ("words", "artists", "heard"),
    [(5, 5, True), (4, 4, False), (5, 2, False), (9, 1, False)],
)
def test_it_takes_five_tracks_by_three_artists(catalogue: Catalogue, words: int, artists: int, heard: bool) -> None:
    for number in range(words):
        put(catalogue, number, 0, ("Jazz",), artist=f"Artist {number % artists}")
    asked = put(catalogue, 50, 0, artist="")
    guesses = guess_genres(catalogue, ENCODER, say())
    assert guesses[asked].genres == (("Jazz",) if heard else ("Pop Rock",))
    assert guesses[asked].predictor == ("neighbours" if heard else "genre head")


def test_the_nearest_tagged_tracks_vote_however_many_untagged_lie_between(catalogue: Catalogue) -> None:
    for number in range(20):
        put(catalogue, number, 0)
    for number in range(20, 30):
        put(catalogue, number, 0, ("Jazz",))
    assert guess_genres(catalogue, ENCODER, None, GuessSettings(neighbours=10))[1].genres == ("Jazz",)


def test_tagged_tracks_from_afar_convince_nobody(catalogue: Catalogue) -> None:
    asked = put(catalogue, 0, 0)
    for number in range(20, 30):
        put(catalogue, number, 1, ("Jazz",))
    assert asked not in guess_genres(catalogue, ENCODER, None)


def test_mixes_do_not_vote_unless_asked_for(catalogue: Catalogue) -> None:
    for number in range(10):
        put(catalogue, number, 0, ("Jazz",), duration=20 * 60 + 1)
    asked = put(catalogue, 50, 0)
    assert asked not in guess_genres(catalogue, ENCODER, None)
    catalogue.want_mixes(True)
    assert guess_genres(catalogue, ENCODER, None)[asked].genres == ("Jazz",)


def test_a_vocabulary_limits_the_words_and_spells_them(catalogue: Catalogue) -> None:
    for number in range(12):
        put(catalogue, number, number % 2, ("HipHop" if number % 2 else "Rock",))
    rock, hop = put(catalogue, 20, 0), put(catalogue, 21, 1)
    assert store_preferences(catalogue, vocabulary=["hip hop"])
    assert not store_preferences(catalogue, vocabulary=["hip hop"])
    guesses = guess_genres(catalogue, ENCODER, None, GuessSettings(neighbours=6))
    assert guesses[hop].genres == ("hip hop",)
    assert rock not in guesses  # what is likeliest may not be said: then nothing is
    assert store_preferences(catalogue, vocabulary=[])
    assert guess_genres(catalogue, ENCODER, None, GuessSettings(neighbours=6))[rock].genres == ("Rock",)


def test_aliases_that_the_catalogue_was_opened_with_fold_its_genres(catalogue: Catalogue) -> None:
    for number in range(12):
        put(catalogue, number, 0, ("Crunk" if number % 2 else "Sea Music",))
    asked = put(catalogue, 20, 0)
    assert asked not in guess_genres(catalogue, ENCODER, None)  # two genres of equal weight
    assert not store_preferences(catalogue)
    catalogue.aliases = make_aliases({"crunk": "Southern", "sea music": "Southern"})
    assert store_preferences(catalogue)
    assert guess_genres(catalogue, ENCODER, None)[asked].genres == ("Southern",)


def test_where_words_of_a_family_share_the_votes_the_family_is_said(catalogue: Catalogue) -> None:
    words = ("Alternative", "Indie", "Hard Rock", "Rock")
    for number in range(24):
        put(catalogue, number, 0, (words[number % 4],))
    for number in range(30, 42):
        put(catalogue, number, 2, ("Jazz",))
    asked = put(catalogue, 50, 0)
    assert guess_genres(catalogue, ENCODER, None)[asked].genres == ("Rock",)
    store_preferences(catalogue, vocabulary=["ROCK", "Indie"])
    assert guess_genres(catalogue, ENCODER, None)[asked].genres == ("ROCK",)
    store_preferences(catalogue, vocabulary=["Indie"])
    assert asked not in guess_genres(catalogue, ENCODER, None)


def test_a_family_that_the_listener_keeps_apart_is_not_said(catalogue: Catalogue) -> None:
    for number in range(24):
        put(catalogue, number, 0, (("Indie", "Pop")[number % 2],))
    for number in range(30, 42):
        put(catalogue, number, 2, ("Jazz",))
    asked = put(catalogue, 50, 0)
    assert asked not in guess_genres(catalogue, ENCODER, None)  # rock or pop, but "Pop Rock" is not their word
    put(catalogue, 60, 1, ("Pop/Rock",))
    assert guess_genres(catalogue, ENCODER, None)[asked].genres == ("Pop Rock",)


def test_a_word_of_the_vocabulary_that_became_no_genre_is_not_guessed(catalogue: Catalogue) -> None:
    for number in range(12):
        put(catalogue, number, 0, ("Rock",))
    asked = put(catalogue, 20, 0)
    store_preferences(catalogue, vocabulary=["Crunk"])
    catalogue.aliases = make_aliases({"crunk": ""})
    assert asked not in guess_genres(catalogue, ENCODER, None)


def test_two_strong_genres_are_named_where_two_are_wanted(catalogue: Catalogue) -> None:
    for number in range(20):
        put(catalogue, number, 0, ("Rock" if number % 2 else "Jazz",))
    asked = put(catalogue, 50, 0)
    assert asked not in guess_genres(catalogue, ENCODER, None)  # torn between two
    store_preferences(catalogue, max_genres=2)
    guess = guess_genres(catalogue, ENCODER, None)[asked]
    assert set(guess.genres) == {"Rock", "Jazz"}
    assert guess.confidence > 0.6


def test_the_cluster_is_heard_and_a_second_look_finds_the_same(catalogue: Catalogue) -> None:
    ids = [put(catalogue, number, 0, ("Rock" if number % 6 else "Jazz",)) for number in range(30)]
    asked = put(catalogue, 50, 0)
    before = guess_genres(catalogue, ENCODER, None).get(asked)
    labels = dict.fromkeys([*ids, asked], (1, 1.0, 1))
    catalogue.put_clusters(ENCODER, [Cluster(1, "all", 31)], labels)
    after = guess_genres(catalogue, ENCODER, None, votes=neighbour_votes(catalogue, ENCODER))
    assert after == guess_genres(catalogue, ENCODER, None)
    assert after.get(asked) != before


@pytest.mark.parametrize("tags", ["all the same", "identical tracks"])
def test_libraries_of_one_sort(catalogue: Catalogue, tags: str) -> None:
    same = np.ones(8, np.float32) / np.sqrt(np.float32(8))
    for number in range(40):
        words = ("Rock",) if tags == "all the same" or number % 2 else ("Jazz",)
        put(catalogue, number, 0, words, vector=None if tags == "all the same" else same)
    guesses = guess_genres(catalogue, ENCODER, None)
    if tags == "all the same":
        assert {guess.genres for guess in guesses.values()} == {("Rock",)}
    else:
        assert guesses == {}  # nothing tells them apart


def test_what_we_wrote_and_what_is_no_genre_never_votes(catalogue: Catalogue) -> None:
    for number in range(8):
        put(catalogue, number, 0, ("Jazz",), ours=("Jazz",))
    for number in range(8, 16):
        put(catalogue, number, 0, ("Other",))
    asked = put(catalogue, 50, 0)
    assert asked not in guess_genres(catalogue, ENCODER, None)
    assert guess_genres(catalogue, ENCODER, say())[asked].predictor == "genre head"


def test_a_word_that_the_listener_changed_is_theirs(catalogue: Catalogue) -> None:
    for number in range(8):
        put(catalogue, number, 0, ("Blues",), ours=("Jazz",))
    asked = put(catalogue, 50, 0)
    assert guess_genres(catalogue, ENCODER, None)[asked].genres == ("Blues",)


def test_writing_our_guesses_and_guessing_again_changes_nothing(catalogue: Catalogue) -> None:
    for number in range(12):
        put(catalogue, number, number % 2, ("Rock" if number % 2 else "Jazz",))
    for number in range(20, 30):
        put(catalogue, number, number % 2)
    first = guess_genres(catalogue, ENCODER, None, GuessSettings(neighbours=10))
    assert first
    for number in range(20, 30):
        known = catalogue.track_at(Path(f"/music/{number}.mp3").absolute())
        assert known is not None
        if known.id in first:
            word = first[known.id].genres
            put(catalogue, number, number % 2, word, ours=word)
    assert guess_genres(catalogue, ENCODER, None, GuessSettings(neighbours=10)) == first


def test_below_the_threshold_there_is_no_guess_and_an_old_one_is_dropped(catalogue: Catalogue) -> None:
    asked = put(catalogue, 0, 0)
    assert guess_genres(catalogue, ENCODER, say(threshold=0.8))[asked].confidence == pytest.approx(0.9, abs=1e-3)
    assert guess_genres(catalogue, ENCODER, say(threshold=0.95)) == {}
    assert catalogue.track(asked).guess is None


def test_the_head_speaks_the_listeners_words(catalogue: Catalogue) -> None:
    put(catalogue, 0, 1, ("Hip Hop",))
    asked = put(catalogue, 1, 0)
    assert guess_genres(catalogue, ENCODER, say("hip-hop"))[asked].genres == ("Hip Hop",)


def test_gone_tracks_do_not_vote(catalogue: Catalogue) -> None:
    ids = [put(catalogue, number, 0, ("Jazz",)) for number in range(8)]
    asked = put(catalogue, 50, 0)
    assert asked in guess_genres(catalogue, ENCODER, None)
    catalogue.mark_gone(ids[:6])
    assert guess_genres(catalogue, ENCODER, None) == {}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_next_to_nothing(catalogue: Catalogue, count: int) -> None:
    for number in range(count):
        put(catalogue, number, 0)
    assert guess_genres(catalogue, ENCODER, None) == {}
    assert len(guess_genres(catalogue, ENCODER, say())) == count


def test_odd_tags_do_no_harm(catalogue: Catalogue) -> None:
    odd = ["x" * 10_000, "<script>alert(1)</script>", "רוק", "🎸", "\0", ";;;", "Rock;" * 2000]
    for number, word in enumerate(odd):
        put(catalogue, number, 0, (word,), artist=word)
    guesses = guess_genres(catalogue, ENCODER, say())
    assert len(guesses) == len(odd)


def test_what_is_likely_of_all_tracks_is_what_is_likely_of_each(catalogue: Catalogue) -> None:
    generator = np.random.default_rng(3)
    for number in range(90):
        words = (("Jazz",), ("Bebop",), ("Rock",), ("Indie Rock", "Rock"), ())[int(generator.integers(5))]
        artist = "" if number % 7 == 0 else f"Artist {number // 4}"
        put(catalogue, number, int(generator.integers(3)), words, artist=artist)
    inputs = load_guess_inputs(catalogue, ENCODER, say())
    found = find_odds(inputs, GuessSettings())
    assert len(found) == 90
    ensemble = fit_ensemble(inputs.evidence, GuessSettings(), inputs.aliases)
    for track, odds in found.items():
        row = np.array([inputs.rows[track]])
        everyone = ensemble.with_company(row)
        predictions = ensemble.predict(everyone)
        place = int(np.searchsorted(everyone, row[0]))
        worth = ensemble.tree.roll_up(ensemble.tell(everyone, predictions))[place]
        known = [
            node
            for node, genre in enumerate(ensemble.tree.nodes)
            if node < len(ensemble.candidates) or genre not in JOINT
        ]
        order = sorted(known, key=lambda node: -worth[node])[:16]
        wanted = {ensemble.tree.nodes[node]: worth[node] for node in order if worth[node] >= 0.005}
        assert list(odds.worth) == list(wanted)
        assert list(odds.worth.values()) == pytest.approx(list(wanted.values()), abs=0.00005 + 1e-9)
        available = ensemble.available(predictions, place)
        assert odds.predictor in available
        assert odds.threshold == (inputs.head_threshold if available == (HEAD,) else 0.6)
