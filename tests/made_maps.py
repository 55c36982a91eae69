"""Maps made of nothing, for the tests of the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from musicemb.core.sound_tags.query import describe_language
from musicemb.records import Colouring, Guess, MapGroup, MapWords, MusicMap, SoundValues, Track, TrackTags
from musicemb.settings import MAP_COLOURS, MAP_GREY

EVIL = (
    "</script><script>window.pwned=1</script>",
    '<img src=x onerror="window.pwned=1">',
    "\"quotes\" & 'more' ` ${window.pwned=1}",
    "emoji 🎵👩‍👩‍👧 and {{HEAD}} $$\\frac{1}{2}$$ <!--",
    "שלום \u202eevil\u202c עולם",
    "line\nbreak\u2028 tab\t nul\x00 \udcff half",
)
LONG_GENRE = "Krautrock " * 1024


def made_track(number: int, tags: TrackTags, path: Path | None = None, **changes: object) -> Track:
    place = path or Path(f"/music/folder {number // 10}/{number}.mp3").absolute()
    return Track(number + 1, place, tags, 200.4, f"{number:040x}", **changes)  # type: ignore[arg-type]


def made_words(count: int) -> MapWords:
    """Calm, piano and singing are heard, the more the higher the number of a track, the lower, and at random; metal
    where calm is not."""
    ranks = (np.arange(count) + 0.5) / count
    return MapWords(
        language=describe_language(),
        genres={"jazz": "jazz", "polka": "polka", "metal": "metal", "deathmetal": "metal"},
        spellings={"jazz": "Jazz"},
        sounds={
            "calm": ranks,
            "piano": ranks[::-1],
            "singing": np.random.default_rng(1).permutation(ranks),
            "metal": ranks[::-1],
        },
        shares={"jazz": np.where(np.arange(count) % 2, 0.0, 0.8)},
        orders={"jazz": "calm"},
        least_share=0.02,
    )


def made_map(count: int = 60, *, evil: bool = False, files: tuple[Path, ...] = (), heard: bool = False) -> MusicMap:
    """Tracks on a grid; the first of them evil, or with files to play. Three groups and one without a group.

    Where they are heard, the later half is calm and the search knows words.
    """
    random, tracks = np.random.default_rng(count), []
    for number in range(count):
        tags = TrackTags(
            f"Artist {number % 7}", f"Song {number}", f"Album {number % 5}", ("Rock",) if number % 2 else ()
        )
        if evil and number < len(EVIL):
            tags = TrackTags(EVIL[number], EVIL[number], EVIL[number], (EVIL[number],))
        elif evil and number == len(EVIL):
            tags = TrackTags("", "", "", (LONG_GENRE,))
        guess = None if number % 2 else Guess(("Jazz",), 0.8, "neighbours")
        path = files[number] if number < len(files) else None
        tracks.append(made_track(number, tags, path, guess=guess))
    side = max(int(np.ceil(np.sqrt(count))), 1)
    positions = np.column_stack([np.arange(count) % side, np.arange(count) // side]).astype(np.float64)
    near = np.array([[(row + step) % count for step in range(1, 9)] for row in range(count)], dtype=np.int64)
    near[near == np.arange(count)[:, None]] = -1
    cosines = np.sort(random.random((count, 8), dtype=np.float32))[:, ::-1]
    members = np.arange(count) % 4
    names = [EVIL[0], EVIL[3], LONG_GENRE] if evil else ["Calm", "Loud", "Odd"]
    sizes = np.bincount(members, minlength=4)
    shades = (*MAP_COLOURS[:3], MAP_GREY)
    groups = tuple(
        MapGroup(name, int(size), shade) for name, size, shade in zip([*names, "alone"], sizes, shades, strict=True)
    )
    genre = Colouring((MapGroup("Rock", count // 2, MAP_COLOURS[0]), MapGroup("none", 1, MAP_GREY)), members % 2)
    colourings = {"cluster": Colouring(groups, members), "genre": genre}
    music = MusicMap(tuple(tracks), positions, near, cosines, colourings, "laid out", count)
    if not heard:
        return music
    calm = SoundValues(("calm",), ("piano",), "none", "", "low")
    values = tuple(calm if number * 2 >= count else SoundValues() for number in range(count))
    later = (np.arange(count) * 2 >= count).astype(np.int64)
    moods = Colouring(
        (MapGroup("no clear mood", count // 2, MAP_GREY), MapGroup("calm", count // 2, MAP_COLOURS[0])), later
    )
    return replace(music, values=values, words=made_words(count), colourings={**colourings, "mood": moods})
