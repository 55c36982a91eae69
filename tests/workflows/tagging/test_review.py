"""A review: what is asked, that answers are kept and hold as long as file and guess do, and what is written of them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import sounds
from hypothesis import given
from hypothesis import strategies as st
from tagged_library import ENCODER, add, snapshot

from musicemb.core.genres.names import fold_genre
from musicemb.errors import SettingsError
from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.io.tags.reader import read_tags
from musicemb.records import NO_ALIASES, NOISE, Cluster, GenreOdds, Guess, ReviewItem, TrackTags, Verdict
from musicemb.workflows.tagging.review import decide, plan_review, read_typed, take_back
from musicemb.workflows.tagging.tag import apply_tags, plan_tags
from musicemb.workflows.tagging.undo import apply_undo, plan_undo


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Four files without a genre, two of them in a group."""
    root = tmp_path / "music"
    for number, suffix in enumerate((".mp3", ".flac", ".ogg", ".mp3")):
        sounds.write_music(root / f"{number}{suffix}", 1.0, seed=number, artist="A", title=f"T{number}")
    return root


@pytest.fixture
def catalogue(own_library: Path, music: Path) -> Catalogue:
    opened = open_catalogue(own_library)
    for number, path in enumerate(sorted(music.iterdir())):
        add(opened, path, "Techno", 0.9 - number / 10)
    ids = [track.id for track in opened.tracks()]
    labels = {ids[0]: (7, 0.9, 7), ids[1]: (7, 0.9, 7), ids[2]: (NOISE, 0.1, 7)}
    opened.put_clusters(ENCODER, [Cluster(7, "Techno, fast", 2)], labels)
    opened.put_odds(
        ENCODER, {ids[0]: GenreOdds({"electronic": 0.9, "techno": 0.8, "trance": 0.2, "jazz": 0.01}, 0.6, "neighbours")}
    )
    return opened


def items(catalogue: Catalogue) -> list[ReviewItem]:
    return [item for group in plan_review(catalogue).groups for item in group.items]


def genres(music: Path) -> list[TrackTags]:
    return [read_tags(path) for path in sorted(music.iterdir())]


def test_groups_come_in_order_with_the_surest_first(catalogue: Catalogue) -> None:
    review = plan_review(catalogue)
    assert [(group.name, len(group.items)) for group in review.groups] == [("Techno, fast", 2), ("in no group", 2)]
    assert [item.change.confidence for item in review.groups[0].items] == [0.9, 0.8]
    first = review.groups[0].items[0]
    assert (first.guessed, first.words) == (("Techno",), ("Techno",))
    assert first.others == (("Electronic", 0.9), ("Trance", 0.2))
    assert (review.decided, review.skipped, review.blocked) == (0, 0, ())


def test_what_was_decided_is_written_and_nothing_else(catalogue: Catalogue, music: Path) -> None:
    before = snapshot(music)
    one, two, three, four = items(catalogue)
    decide(catalogue, [one], "chosen", ("Trance",))
    decide(catalogue, [two], "accepted")
    decide(catalogue, [three], "accepted with its group")
    decide(catalogue, [four], "skipped")
    assert snapshot(music) == before
    review = plan_review(catalogue)
    assert (review.groups, review.decided, review.skipped) == ((), 3, 1)
    changes = plan_tags(catalogue)
    assert [(change.after, change.confidence, change.own) for change in changes] == [
        (("Trance",), 1.0, True),
        (("Techno",), 1.0, True),
        (("Techno",), 0.7, False),
    ]
    assert [result.status for result in apply_tags(catalogue, changes)] == ["written"] * 3
    told = genres(music)
    assert [tags.genres for tags in told] == [("Trance",), ("Techno",), ("Techno",), ()]
    # What was confirmed or chosen is the listener's; what was accepted with its group stays ours.
    assert [tags.listener_genres for tags in told] == [("Trance",), ("Techno",), (), ()]
    assert [tags.our_confidence for tags in told] == [None, None, 0.7, None]
    assert [track.tags.listener_genres for track in catalogue.tracks()] == [tags.listener_genres for tags in told]
    assert set(catalogue.decisions()) == {four.change.track.id}
    assert plan_tags(catalogue) == [] and plan_review(catalogue).groups == ()
    assert {result.status for result in apply_undo(catalogue, plan_undo(catalogue))} == {"written"}
    assert snapshot(music) == before
    assert len(items(catalogue)) == 3  # what was taken back is asked again; what was skipped is not


def test_a_track_whose_guess_changes_is_asked_again_unless_it_became_what_was_said(catalogue: Catalogue) -> None:
    ids = [track.id for track in catalogue.tracks()]
    for item, verdict in zip(items(catalogue), ("chosen", "accepted", "skipped", "chosen"), strict=True):
        decide(catalogue, [item], verdict, ("Trance",))  # type: ignore[arg-type]
    words = ("House", "House", "House", "Trance")
    guesses = {track: Guess((word,), 0.9, "neighbours") for track, word in zip(ids, words, strict=True)}
    catalogue.put_guesses(ENCODER, guesses)
    assert [item.change.track.id for item in items(catalogue)] == ids[:3]
    assert [(change.after, change.own) for change in plan_tags(catalogue)] == [
        (("House",), False),
        (("House",), False),
        (("House",), False),
        (("Trance",), True),
    ]
    catalogue.put_guesses(ENCODER, {})  # nothing is sure enough any more: what was said stands
    assert [change.after for change in plan_tags(catalogue)] == [("Trance",), ("Techno",), ("Trance",)]


def test_what_was_accepted_with_its_group_is_as_sure_as_it_is_likely_where_it_is_no_guess_any_more(
    catalogue: Catalogue,
) -> None:
    first, second, *_ = items(catalogue)
    decide(catalogue, [first, second], "accepted with its group")
    odds = catalogue.odds(ENCODER)
    catalogue.put_guesses(ENCODER, {})
    catalogue.put_odds(ENCODER, odds)
    # Of the first it is known how likely the word is; of the second nothing is.
    assert [(change.after, change.confidence) for change in plan_tags(catalogue)] == [
        (("Techno",), 0.8),
        (("Techno",), 0.0),
    ]


def test_a_track_whose_file_changes_is_asked_again(catalogue: Catalogue, music: Path) -> None:
    for item in items(catalogue):
        decide(catalogue, [item], "skipped")
    assert items(catalogue) == []
    sounds.write_music(music / "0.mp3", 1.0, seed=77, artist="A", title="Other")
    add(catalogue, music / "0.mp3", "Techno")
    assert [item.change.track.path.name for item in items(catalogue)] == ["0.mp3"]


def test_decisions_outlive_the_program_and_can_be_taken_back(catalogue: Catalogue, own_library: Path) -> None:
    first, second, *_ = items(catalogue)
    decide(catalogue, [first, second], "accepted with its group")
    catalogue.close()
    with open_catalogue(own_library) as again:
        assert plan_review(again).decided == 2
        assert len([item for group in plan_review(again, again=True).groups for item in group.items]) == 4
        take_back(again, [first])
        assert plan_review(again).decided == 1
        assert first.change.track.id in [item.change.track.id for item in items(again)]


def test_a_word_of_ours_that_the_listener_confirms_becomes_theirs(catalogue: Catalogue, music: Path) -> None:
    path = music / "0.mp3"
    list(apply_tags(catalogue, [change for change in plan_tags(catalogue) if change.track.path == path]))
    assert read_tags(path).our_genres == ("Techno",)
    track = next(track for track in catalogue.tracks() if track.path == path)
    guesses = {each.id: each.guess for each in catalogue.tracks() if each.guess}
    catalogue.put_guesses(ENCODER, guesses | {track.id: Guess(("House",), 0.9, "neighbours")})
    (item,) = [item for item in items(catalogue) if item.change.track.id == track.id]
    decide(catalogue, [item], "chosen", ("Techno",))
    changes = [change for change in plan_tags(catalogue) if change.verdict == "chosen"]
    assert [result.status for result in apply_tags(catalogue, changes)] == ["written"]
    assert (read_tags(path).listener_genres, read_tags(path).our_genres) == (("Techno",), ())
    assert catalogue.decisions() == {}


def test_added_words_stand_behind_the_listeners(own_library: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.mp3"
    sounds.write_music(path, 1.0, artist="A", title="Own", genre="Polka")
    with open_catalogue(own_library) as catalogue:
        add(catalogue, path, "Techno")
        ((item,),) = [group.items for group in plan_review(catalogue, policy="add").groups]
        assert item.words == ("Techno",)
        decide(catalogue, [item], "chosen", ("Folk",))
        (change,) = plan_tags(catalogue, policy="add")
        assert (change.before, change.after) == (("Polka",), ("Polka", "Folk"))
        list(apply_tags(catalogue, [change]))
    assert read_tags(path).listener_genres == ("Polka", "Folk")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("trance", ("Trance",)),
        ("  TRANCE ;; acid  house;trance ", ("TRANCE", "Acid House", "Trance")),
        ("Rock, Pop", ("Rock", "Pop")),
        ("My own word", ("My own word",)),
        ("rock/jazz", ("Rock", "Jazz")),
        ("", ()),
        (" ; ", ()),
    ],
)
def test_typed_genres(catalogue: Catalogue, typed: str, found: tuple[str, ...]) -> None:
    assert read_typed(catalogue, typed) == found


@pytest.mark.parametrize("typed", ["123", "Other", "x" * 200, "a\x1b[31mb", "rock; 7"])
def test_what_is_typed_and_no_genre_is_one_line(catalogue: Catalogue, typed: str) -> None:
    with pytest.raises(SettingsError, match="is not a genre"):
        read_typed(catalogue, typed)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_fit_for_a_tag_or_refused(text: str) -> None:
    nobody = SimpleNamespace(aliases=NO_ALIASES, tracks=list)
    try:
        words = read_typed(nobody, text)  # type: ignore[arg-type]
    except SettingsError as error:
        assert "\n" not in str(error)
        return
    for word in words:
        assert word == " ".join(word.split()) and word.isprintable() and not set(word) & set(";/\0")
        assert fold_genre(word)


def test_every_verdict_is_read_as_it_was_stored(catalogue: Catalogue) -> None:
    verdicts: tuple[Verdict, ...] = ("accepted", "chosen", "accepted with its group", "skipped")
    for item, verdict in zip(items(catalogue), verdicts, strict=True):
        decide(catalogue, [item], verdict, ("Jazz",))
    assert [(one.verdict, one.genres) for one in catalogue.decisions().values()] == [
        ("accepted", ("Techno",)),
        ("chosen", ("Jazz",)),
        ("accepted with its group", ("Techno",)),
        ("skipped", ()),
    ]
