"""Makes a library of any size, without music: `python tests/benchmarks/made_library.py FILE [TRACKS]`.

Artists have albums and a place in a space of unequal groups; of their tracks some are tagged, all are guessed and
grouped as a scan would leave them. The encoder is the shipped one, so that every command can be asked. What takes a
comparison of all with all (what is usual around a track, the groups) is drawn, not computed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from musicemb.io.catalogue.catalogue import Catalogue, open_catalogue
from musicemb.records import (
    NOISE,
    AcousticDescriptors,
    Cluster,
    EmbeddedTrack,
    Floats,
    FoundFile,
    GenreOdds,
    Guess,
    TrackTags,
)

GROUPS = 60
DIRECTIONS = 24
"""Dimensions in which the groups lie; the encoder's others hold a little noise."""
TRACKS_PER_ALBUM, ALBUMS_PER_ARTIST = 11, 4
UNTAGGED = 0.4
CHUNK = 4096
GENRES = (
    "Rock", "Jazz", "Hip-Hop", "Electronic", "Folk", "Classical", "Pop", "Ambient", "Metal", "Punk", "Blues", "Soul",
    "Funk", "Reggae", "Country", "House", "Techno", "Indie", "Singer-Songwriter", "Soundtrack",
)  # fmt: skip
WORDS = [
    "night",
    "river",
    "stone",
    "glass",
    "winter",
    "summer",
    "fire",
    "dance",
    "mirror",
    "shadow",
    "silver",
    "golden",
    "city",
    "road",
    "train",
    "letter",
    "window",
    "garden",
    "ocean",
    "desert",
    "machine",
    "ghost",
    "angel",
    "devil",
    "king",
    "queen",
    "child",
    "mother",
    "brother",
    "blood",
    "heart",
    "bone",
    "dust",
    "smoke",
    "rain",
    "thunder",
    "light",
    "dark",
    "blue",
    "red",
    "green",
    "yellow",
    "black",
    "white",
    "morning",
    "evening",
    "midnight",
    "sunday",
    "paper",
    "iron",
    "velvet",
    "electric",
    "broken",
    "hidden",
    "distant",
    "lonely",
    "sweet",
    "bitter",
    "wild",
    "quiet",
    "empty",
    "falling",
    "rising",
    "burning",
    "sleeping",
    "running",
    "waiting",
    "singing",
]
SYLLABLES = [
    "ka",
    "lo",
    "mi",
    "ren",
    "tor",
    "va",
    "shi",
    "do",
    "bel",
    "gar",
    "nu",
    "pra",
    "zel",
    "fen",
    "ost",
    "ul",
    "wex",
    "yar",
    "quo",
    "hin",
]


def some_words(generator: np.random.Generator, most: int) -> str:
    """A title: one to `most` words."""
    return " ".join(str(word).capitalize() for word in generator.choice(WORDS, generator.integers(1, most + 1)))


def a_name(generator: np.random.Generator) -> str:
    """The name of an artist."""
    parts = ["".join(generator.choice(SYLLABLES, generator.integers(2, 4))) for _ in range(generator.integers(1, 3))]
    return " ".join(part.capitalize() for part in parts)


def make_tracks(number: int, dimensions: int, generator: np.random.Generator) -> Iterator[tuple[EmbeddedTrack, int]]:
    """Tracks one by one, each with the group that it was drawn from."""
    centres = generator.normal(size=(GROUPS, dimensions)) * (np.arange(dimensions) < DIRECTIONS)
    shares = generator.dirichlet(np.full(GROUPS, 2.0))
    made = 0
    while made < number:
        group = int(generator.choice(GROUPS, p=shares))
        artist, genre = a_name(generator), GENRES[group % len(GENRES)]
        place = centres[group] + 0.5 * generator.normal(size=dimensions) * (np.arange(dimensions) < DIRECTIONS)
        tagged = generator.random() >= UNTAGGED
        for _ in range(ALBUMS_PER_ARTIST):
            album = some_words(generator, 3)
            for place_on_album in range(TRACKS_PER_ALBUM):
                if made == number:
                    return
                title = some_words(generator, 4)
                vector = (place + 0.35 * generator.normal(size=dimensions)).astype(np.float32)
                name = f"{place_on_album + 1:02} {title}.mp3"
                yield (
                    EmbeddedTrack(
                        FoundFile(Path("/music") / artist / album / f"{made:07} {name}", 9_000_000, made),
                        f"{made:064x}",
                        TrackTags(artist, title, album, (genre,) if tagged else ()),
                        float(generator.uniform(120, 420)),
                        "soundfile",
                        vector / np.linalg.norm(vector),
                        0.8,
                        None,
                        descriptors=AcousticDescriptors(*generator.uniform(1, 3, 3).tolist()),
                    ),
                    group,
                )
                made += 1


def fill(catalogue: Catalogue, tracks: int, encoder_id: str, name: str, dimensions: int) -> None:
    """Everything that a scan of so many tracks would have stored."""
    generator = np.random.default_rng(1)
    groups: list[int] = []
    ids: list[int] = []
    with catalogue.transaction():
        catalogue.set_active_encoder(encoder_id, name)
        for track, group in make_tracks(tracks, dimensions, generator):
            ids.append(catalogue.put_track(track, encoder_id))
            groups.append(group)
        member: dict[int, list[int]] = {}
        labels: dict[int, tuple[int, float, int]] = {}
        guesses: dict[int, Guess] = {}
        odds: dict[int, GenreOdds] = {}
        for track_id, group in zip(ids, groups, strict=True):
            noise = generator.random() < 0.2
            labels[track_id] = (NOISE if noise else group + 1, float(generator.random()), group + 1)
            if not noise:
                member.setdefault(group + 1, []).append(track_id)
            genre, sure = GENRES[group % len(GENRES)], round(float(generator.uniform(0.3, 0.95)), 4)
            odds[track_id] = GenreOdds({genre.lower(): sure, "pop": round(sure / 3, 4)}, 0.5, "neighbours")
            if sure >= 0.5:
                guesses[track_id] = Guess((genre,), sure, "neighbours")
        clusters = [
            Cluster(group, f"{GENRES[(group - 1) % len(GENRES)]} {group}", len(inside), tuple(inside[:5]))
            for group, inside in sorted(member.items())
        ]
        catalogue.put_clusters(encoder_id, clusters, labels)
        catalogue.put_guesses(encoder_id, guesses)
        catalogue.put_odds(encoder_id, odds)
        catalogue.put_neighbourhood_stats(encoder_id, np.array(ids), usual_distances(len(ids), generator))


def usual_distances(tracks: int, generator: np.random.Generator) -> Floats:
    """Numbers as `core.vectors.hubness` finds them: mean, spread, mean of the nearest, distance of the twentieth."""
    kth = generator.uniform(0.1, 0.3, tracks)
    found: Floats = np.column_stack(
        [generator.uniform(0.8, 1, tracks), generator.uniform(0.2, 0.3, tracks), kth * 0.8, kth]
    )
    return found.round(9)


def make_library(path: Path, tracks: int) -> None:
    """Make the library in a new file."""
    from musicemb.encoder.runtime.litert import load_encoder

    encoder = load_encoder(None)
    with open_catalogue(path) as catalogue:
        fill(catalogue, tracks, encoder.id, encoder.name, 128)


if __name__ == "__main__":
    began = time.monotonic()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    make_library(Path(sys.argv[1]).absolute(), count)
    print(f"{count:,} tracks in {time.monotonic() - began:.0f} s")
