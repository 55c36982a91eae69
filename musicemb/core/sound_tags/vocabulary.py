"""The words of the tag heads, and which classes of published taggers teach each.

Classes are those of YAMNet (AudioSet's ontology, Gemmeke et al. 2017) and of musicnn (Pons & Serra 2019: the most
frequent tags of MagnaTagATune and of the Million Song Dataset's Last.fm tags). A class is found by its name in
whatever teacher has it, so that another tagger of the same names teaches the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["mood", "instrument", "voice", "era", "style", "sound", "genre"]


@dataclass(frozen=True)
class SoundTag:
    """A word, what kind of word it is, and its classes."""

    name: str
    kind: Kind
    classes: tuple[str, ...]
    """Names of taggers' classes, lower case."""


def _tags(kind: Kind, *rows: str) -> tuple[SoundTag, ...]:
    """Rows of "name: class, class"; without a colon the word is its own class."""
    found = []
    for row in rows:
        name, _, classes = row.partition(": ")
        found.append(SoundTag(name, kind, tuple(c.strip() for c in (classes or name).split("; "))))
    return tuple(found)


SOUND_TAGS: tuple[SoundTag, ...] = (
    *_tags(
        "mood",
        "happy: happy; happy music",
        "sad: sad; sad music",
        "calm: mellow; chill; chillout; soft; quiet; slow; tender music; easy listening",
        "energetic: party; dance; fast; loud; exciting music",
        "angry: angry music",
        "scary: scary music",
        "beautiful",
        "weird: weird; experimental",
        "catchy",
    ),
    *_tags(
        "instrument",
        "guitar",
        "electric guitar",
        "acoustic guitar: acoustic guitar; acoustic",
        "slide guitar: steel guitar, slide guitar",
        "bass guitar",
        "banjo",
        "mandolin",
        "sitar",
        "ukulele",
        "harp",
        "piano",
        "electric piano",
        "organ: organ; hammond organ; electronic organ",
        "harpsichord",
        "accordion",
        "synthesizer: synthesizer; synth",
        "drums: drums; drum kit; drum; percussion",
        "drum machine",
        "beats: beat; beats",
        "tabla",
        "bells: bell; church bell; tubular bells; glockenspiel; chime",
        "marimba, xylophone",
        "vibraphone",
        "steelpan",
        "orchestra",
        "strings: strings; string section; bowed string instrument",
        "violin: violin; violin, fiddle",
        "cello",
        "double bass",
        "brass: brass instrument; trombone; french horn",
        "trumpet",
        "saxophone",
        "clarinet",
        "flute",
        "harmonica",
        "bagpipes",
        "didgeridoo",
    ),
    *_tags(
        "voice",
        "no voice: no vocals; no vocal; no voice; instrumental",
        "singing: singing; vocals; vocal; voice",
        "female voice: female vocalists; female vocalist; female; woman; female vocal; female voice",
        "male voice: male vocalists; male; man; male vocal; male voice",
        "choir: choir; choral",
        "rap: rapping",
        "child singing",
        "a cappella: a capella",
        "whistling",
        "yodeling",
        "chant: chant; mantra",
        "opera singing: opera",
    ),
    *_tags("era", "sixties: 60s", "seventies: 70s", "eighties: 80s", "nineties: 90s", "two-thousands: 00s", "oldies"),
    *_tags(
        "style",
        "background music",
        "soundtrack: soundtrack music; theme music",
        "video game music",
        "lullaby",
        "christmas music",
        "dance music: dance music; dance",
        "solo",
    ),
    *_tags("sound", "speech", "noise: noise; white noise; pink noise; static"),
    *_tags(
        "genre",
        "rock: rock; rock music",
        "alternative: alternative; alternative rock",
        "indie: indie; indie rock; independent music",
        "hard rock",
        "classic rock",
        "progressive rock",
        "psychedelic: psychedelic rock",
        "rock & roll: rock and roll",
        "grunge",
        "punk: punk; punk rock",
        "metal: metal; heavy metal",
        "pop: pop; pop music",
        "indie pop",
        "electronic: electronic; electronica; electronic music",
        "electro",
        "edm: electronic dance music",
        "techno",
        "house: house; house music",
        "trance: trance music",
        "drum & bass: drum and bass",
        "dubstep",
        "ambient: ambient; ambient music",
        "jazz",
        "swing: swing music",
        "blues",
        "soul: soul; soul music",
        "funk",
        "r&b: rnb; rhythm and blues",
        "disco",
        "gospel: gospel music",
        "hip-hop: hip-hop; hip hop music",
        "reggae",
        "ska",
        "country",
        "bluegrass",
        "folk: folk; folk music; traditional music",
        "latin: music of latin america",
        "salsa: salsa music",
        "flamenco",
        "classical: classical; classical music; classic",
        "new age: new age; new-age music",
        "african: music of africa",
        "afrobeat",
        "middle eastern: middle eastern music",
        "indian: indian; carnatic music",
        "bollywood: music of bollywood",
        "asian: music of asia",
        "children's: music for children",
        "religious: christian music",
    ),
)

HEARD_GENRES = frozenset(tag.name for tag in SOUND_TAGS if tag.kind == "genre")
"""Genres that tag heads tell where no track of a library is known to be of them; folded, as in the tree of genres."""
