"""The explanation of a guess, the sounds in a track, and the meaning of the listener's own genre words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from musicemb.records.tracks import Guess, Track


@dataclass(frozen=True)
class Voter:
    """A tagged track near the one that is explained."""

    track: Track
    genres: tuple[str, ...]
    """As the listener writes them."""
    similarity: float
    """Cosine, -1 to 1."""
    weight: float
    """What its vote weighs, 0 to 1."""


@dataclass(frozen=True)
class HeardSound:
    """A word of the tag heads, and how much of it a track has."""

    name: str
    kind: str
    """mood, instrument, voice, era, style, sound or genre."""
    probability: float
    """As taggers say it; those of different words do not compare."""
    rank: float
    """Share of the training's tracks that have less of it, 0 to 1; those of different words compare. Of words that were
    calibrated to truth (speech, noise) it is the probability."""


@dataclass(frozen=True)
class Passage:
    """A part of a track with a voice, speech or noise."""

    name: str
    """voice, speech or noise."""
    start: float
    """Seconds."""
    end: float
    clearness: float
    """How clearly on average, 0 to 1; of speech and noise their probability."""


@dataclass(frozen=True)
class SoundValues:
    """Mood, instruments, voice, era and energy, as far as they are sure, of a track or of most tracks of a group."""

    moods: tuple[str, ...] = ()
    """The clearest first; () where none is clear."""
    instruments: tuple[str, ...] = ()
    voice: str = ""
    """none, female, male, choir, rap or singing (by whom is not clear); "" where it is not known."""
    era: str = ""
    """sixties to two-thousands; "" where it is not known."""
    energy: str = ""
    """low, medium or high; "" where it is not known."""


@dataclass(frozen=True)
class Reasons:
    """The evidence for and against a guess."""

    track: Track
    guess: Guess | None
    threshold: float
    """Confidence that it takes."""
    likely: dict[str, float]
    """Probability of the likeliest genres, by all predictors together."""
    families: dict[str, float]
    """Probability of the likeliest families, with all that belongs to them."""
    shares: dict[str, dict[str, float]]
    """Available predictor -> its likeliest genres."""
    weights: dict[str, float]
    """Available predictor -> its weight."""
    voters: tuple[Voter, ...]
    """The nearest tagged tracks, nearest first."""
    head: dict[str, float]
    """The head's own labels, as it says them."""
    cluster: int | None
    cluster_name: str
    """"" where the track is in no cluster."""
    nearest_name: str
    """Of the cluster that the track is nearest to, whether in it or not; "" where there is none."""
    tried: int
    """Tagged tracks that the weights and the confidence were fitted on."""
    outside: tuple[str, ...]
    """What would be guessed without the vocabulary, where nothing is guessed within it."""
    sounds: tuple[HeardSound, ...] = ()
    """The sounds that the tag heads find, the most unusual first; () if the encoder has none."""
    values: SoundValues | None = None
    """What of that is sure; None where it has no tag heads."""
    company: int = 0
    """Other tracks by the artist, those of the album first, that were taken into account (`core.genres.company`)."""
    company_says: dict[str, float] = field(default_factory=dict)
    """Their likeliest genres: what they are tagged, else what is likely of each by itself."""
    passages: tuple[Passage, ...] | None = None
    """When there is a voice, speech or noise, by name and time; None where no segments are stored, or without tag
    heads."""
    closest: tuple[str, float] = ("", 0.0)
    """The likeliest word of those that may be said, and its probability; "" where none is likely."""


@dataclass(frozen=True)
class GenreAliases:
    """The listener's own aliases of genres (of `core.genres.aliases.make_aliases`)."""

    folds: Mapping[str, str] = field(default_factory=dict)
    """Squeezed word (`core.genres.aliases.squeeze`) -> folded genre, "" for a word that is none."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Folded genre -> how the listener writes it."""
    parents: Mapping[str, str] = field(default_factory=dict)
    """Folded genre -> folded genre that it belongs to, "" for a family: before the table that comes with the program
    (`core.genres.families`)."""


NO_ALIASES = GenreAliases()
"""Of a listener who has none."""
