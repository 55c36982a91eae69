"""Synonyms for the words of the tag heads, as data; `core.sound_tags.query` looks words up in it.

Each line names a word of `core.sound_tags.vocabulary` and what else it is called: ``word: synonym; synonym``. Spaces,
hyphens and capitals make no difference, and a plural need not be listed. A genre is no synonym: those words come from
the tree of genres (`core.genres.family_table`). Where a word of everyday language is a genre's name too ("relaxing",
"piano", "choral"), it stands here if it says how music sounds rather than where it belongs.

Sources: the classes that teach the words; AllMusic's moods, https://www.allmusic.com/moods; the synonyms of the words
in WordNet 3.1, as far as people say them of music; and Last.fm's most used tags of the same tracks.
"""

from __future__ import annotations

from musicemb.core.genres.aliases import squeeze
from musicemb.core.sound_tags.vocabulary import SOUND_TAGS

TABLE = """
happy: cheerful; joyful; joyous; upbeat; uplifting; merry; jolly; feel good; sunny; bright; good mood
happy: light-hearted; fun; positive; glad; optimistic; playful; euphoric; happiness; joy
sad: melancholy; melancholic; melancholia; sorrowful; mournful; gloomy; depressing; depressive; heartbroken; tearful
sad: tragic; somber; sombre; wistful; bittersweet; unhappy; grief; sadness; heartbreak; moody; lonely; sorrow
calm: mellow; relaxing; relaxed; quiet; soft; slow; peaceful; gentle; soothing; chill; chilled; chilling; laid back
calm: chillout; tender; serene; tranquil; restful; still; calming; calmer; dreamy; smooth; delicate; low key
calm: subdued; unhurried; easy going; meditative; sleepy; hushed; placid; slow tempo; downbeat
energetic: fast; loud; lively; high energy; powerful; driving; pumping; exciting; party; wild; intense; vigorous
energetic: up tempo; fast paced; workout; running; gym; energising; energizing; dynamic; full of energy; energy
energetic: hectic; frantic; danceable; partying; banging; rousing; noisy; quick; fast tempo
angry: aggressive; furious; rage; raging; violent; hostile; brutal; fierce; harsh; anger; mad
scary: creepy; spooky; eerie; frightening; sinister; ominous; haunting; horror; dark; menacing; threatening; terrifying
beautiful: lovely; pretty; gorgeous; heavenly; elegant; sublime
weird: strange; odd; bizarre; quirky; surreal; unusual; trippy; crazy
catchy: earworm; hook; singalong; memorable; hooky

guitar: guitarist; guitar music
electric guitar: electric guitars; distorted guitar; distortion; guitar solo; guitar riff; riff; lead guitar
acoustic guitar: acoustic; unplugged; nylon guitar; steel string guitar; fingerstyle; fingerpicking; strumming
slide guitar: steel guitar; pedal steel; lap steel; bottleneck guitar; dobro; steel guitar slide guitar
bass guitar: bass; electric bass; bassline; slap bass; bassist
banjo: banjoist
mandolin: mandola; bouzouki
sitar: sarod
ukulele: uke; ukelele
harp: harpist
piano: pianist; grand piano; keys; upright piano; piano music
electric piano: rhodes; fender rhodes; wurlitzer; e-piano
organ: hammond; hammond organ; church organ; pipe organ; electronic organ; organist
harpsichord: cembalo; clavichord; spinet
accordion: bandoneon; concertina; squeezebox; accordeon; melodeon
synthesizer: synth; synthesiser; synths; keyboard; moog; analog synth; synth pad; electronic keyboard
drums: drum; drummer; drum kit; percussion; percussive; drum set; drumming; cymbal; bongo; conga
drum machine: drum computer; 808; 909; tr-808; tr-909; programmed drums; electronic drums
beats: beat; breakbeats; groove; rhythm
tabla: tablas; indian drums
bells: bell; chime; tubular bells; church bell; glockenspiel; carillon; jingle bells; celesta
marimba, xylophone: marimba; xylophone; mallets; balafon
vibraphone: vibes player; vibraharp
steelpan: steel drum; steel drums; steel band
orchestra: orchestral; symphony orchestra; symphonic; philharmonic; full orchestra
strings: string section; bowed strings; string ensemble; bowed string instrument; stringed; string orchestra
violin: fiddle; violinist; fiddler; viola; violin fiddle
cello: violoncello; cellist
double bass: upright bass; contrabass; stand-up bass; acoustic bass
brass: horn; horns; brass section; trombone; french horn; tuba; brass instrument; horn section
trumpet: trumpeter; cornet; flugelhorn
saxophone: sax; saxophonist; alto sax; tenor sax; soprano sax
clarinet: clarinettist; clarinetist; bass clarinet
flute: flutist; flautist; recorder; pan flute; panpipes; piccolo; tin whistle; penny whistle
harmonica: mouth organ; blues harp; mouth harp
bagpipes: bagpipe; pipes; uilleann pipes
didgeridoo: didjeridu; didgeridu

no voice: instrumental; no vocals; no vocal; no singing; no singer; no voices; voiceless; wordless; vocal-free
no voice: without vocals; without voice; without singing; without voices; without a singer; without words; no words
no voice: no lyrics; without lyrics; nobody sings; non-vocal; not sung; purely instrumental; instrumental music
singing: singer; vocal; vocals; voice; sung; sings; song with words; lyrics; vocalist; sing; with words; voices
female voice: female vocal; female vocals; female vocalist; female vocalists; female singer; woman; women; female
female voice: woman singing; woman singer; girl; lady; female singing; women singing; female lead; soprano; songstress
female voice: woman's voice; sung by a woman; female fronted; alto; mezzo-soprano
male voice: male vocal; male vocals; male vocalist; male vocalists; male singer; man; men; male; man singing; baritone
male voice: male singing; man singer; tenor; male lead; guy; man's voice; sung by a man; men singing
choir: choral; chorus; choirs; choir singing; vocal ensemble; chorale; choral music; many voices; group singing
rap: rapping; rapper; mc; emcee; rapped; rhyming
child singing: children singing; child; kid singing; kids singing; children's choir; child voice; boy soprano
a cappella: acapella; unaccompanied; unaccompanied singing; voices only; only voices
whistling: whistle; whistled; whistler
yodeling: yodel; yodelling; yodeller; yodeler
chant: chanting; mantra; chanted
opera singing: opera; operatic; aria; opera singer; bel canto; coloratura

sixties: 60s; 1960s; the sixties
seventies: 70s; 1970s; the seventies
eighties: 80s; 1980s; the eighties
nineties: 90s; 1990s; the nineties
two-thousands: 00s; 2000s; noughties; naughties; aughts
oldies: oldie; vintage; golden oldies; old; old-fashioned; retro

background music: background; muzak; elevator music; unobtrusive; ambience
soundtrack: film music; movie music; film score; movie score; theme music; theme tune; soundtrack music; film; movie
video game music: game music; video game; gaming; video games; computer game music
lullaby: lullabies; bedtime; cradle song; goodnight song; berceuse
christmas music: christmas; xmas; carol; carols; christmas song; noel; christmas songs; christmas carols; yuletide
dance music: dance; dancing; dancefloor; club music; for dancing; to dance to
solo: solo instrument; unaccompanied instrument; single instrument; one instrument
speech: speaking; talking; spoken; talk; spoken words; narration; narrator; conversation; interview
noise: static; hiss; white noise; noises; rumble; only noise
"""

WORDS: dict[str, str] = {}
"""Squeezed word or synonym -> word of the vocabulary."""


def _read_table() -> None:
    for tag in SOUND_TAGS:
        if tag.kind != "genre":
            WORDS[squeeze(tag.name)] = tag.name
    for line in filter(None, TABLE.splitlines()):
        name, _, synonyms = line.partition(": ")
        for synonym in synonyms.split("; "):
            WORDS.setdefault(squeeze(synonym), name)


_read_table()
