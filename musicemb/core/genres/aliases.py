"""The alias table: which spellings are the same genre, and which words are no genre at all.

The listener's own aliases (`make_aliases`) go before those below.

A key is a word as `squeeze` leaves it: lower case, "&" and "'n'" written out, no spaces or
punctuation. So "Hip Hop", "hip-hop" and "HipHop" meet at "hiphop" without being listed; only what
that does not catch stands below. Spellings are folded, styles are not: "deep house" stays what the
listener calls it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from musicemb.records import GenreAliases

ALIASES: dict[str, str] = {}
"""Squeezed word -> folded genre. Filled from `_VARIANTS`."""

_VARIANTS = {
    "acoustic": "akustik",
    "afrobeat": "afrobeats; afro beat",
    "alternative": "alternativ; alternative music; alt; alterna; alternatif",
    "alternative rock": "alt rock; alternrock; alt. rock; rock alternative; rock alternativo",
    "ambient": "ambient music; ambiental",
    "blues": "the blues; blues music",
    "bossa nova": "bossanova; bossa",
    "children's": "children; childrens music; childrens; kids; kids music; kinder; kindermusik; for children",
    "chillout": "chill out; chill; chill-out music",
    "cinematic": "cinematic music",
    "classical": (
        "classic; classical music; klassik; klassisk; classique; musique classique; clasica; clasico; classica; "
        "classic music; klassiek"
    ),
    "country": "country music; country and western; country western; country & western",
    "dance": "dance music; dancefloor",
    "drum & bass": "drum n bass; drum and bass; drum'n'bass; dnb; d&b; drum bass; d n b; drumnbass; d'n'b",
    "easy listening": "easylistening",
    "electronic": (
        "electronica; electronic music; elektronik; elektronisch; electronique; electro music; elettronica; "
        "electrónica; electronica dance; electronica/dance; electronic/dance; dance/electronic; dance & "
        "electronic; electronic & dance; elektronische musik; electronic dance"
    ),
    "edm": "electronic dance music",
    "experimental": "experimental music; experimentell",
    "folk": "folk music; folkmusik",
    "folk rock": "folkrock",
    "funk": "funky",
    "game": "game music; video game music; video game; videogame; games; vgm; game soundtrack",
    "gospel": "gospel music",
    "hard rock": "hardrock",
    "heavy metal": "heavymetal",
    "hip-hop": (
        "hip hop; hiphop; hip hop/rap; hip-hop & rap; rap/hip-hop; rap & hip hop; hip hop rap; rap hip hop; hip "
        "hop music; hip-hop music"
    ),
    "holiday": "christmas; xmas; christmas music; noel; weihnachten; weihnachtsmusik; holiday music; navidad",
    "indie": "indy; independent; independant; indie music",
    "indie pop": "indy pop",
    "indie rock": "indy rock; independent rock",
    "instrumental": "instrumentals; instrumental music",
    "jazz": "jazz music",
    "j-pop": "japanese pop",
    "k-pop": "korean pop; kpop/korean",
    "latin": "latin music; latino; latina; musica latina; latin american; música latina",
    "lo-fi": "low fi",
    "metal": "metal music",
    "musical": "musicals; show tunes; showtunes; broadway",
    "new age": "newage music",
    "opera": "oper",
    "pop": "pop music; popular; popular music; popmusik; musica pop",
    "pop/rock": "pop rock; rock/pop; pop & rock; rock & pop; poprock; rock pop",
    "progressive rock": "prog rock; prog; progrock; progressive; art prog; rock progressivo",
    "psychedelic": "psychedelia; psych",
    "psytrance": "psy trance; psychedelic trance",
    "punk": "punk music",
    "punk rock": "punkrock",
    "r&b": "rnb; r n b; r & b; rhythm and blues; rhythm & blues; rhythm n blues; r'n'b; rhythm'n'blues; randb",
    "rap": "rap music",
    "reggae": "reggae music",
    "religious": "christian & gospel; christian; worship; praise & worship; christian music; inspirational; sacred",
    "rock": "rock music; rockmusik; roc",
    "rock & roll": "rock n roll; rock'n'roll; rock and roll; rocknroll; r'n'r",
    "schlager": "schlagermusik",
    "singer-songwriter": "singer songwriter; singer/songwriter; songwriter; singersongwriter",
    "ska": "ska music",
    "soul": "soul music",
    "soundtrack": (
        "soundtracks; ost; original soundtrack; score; original score; film score; film music; filmmusik; movie "
        "soundtrack; sound track; bande originale; banda sonora; motion picture soundtrack; film; movie; bso"
    ),
    "spoken word": "spoken & audio; books & spoken; spokenword",
    "stage & screen": "stage and screen",
    "synth-pop": "synth pop",
    "techno": "techno music; tekno",
    "trance": "trance music",
    "trip-hop": "triphop",
    "vocal": "vocals; vocal music",
    "world": (
        "world music; worldmusic; international; weltmusik; musique du monde; musica del mundo; ethnic; folk "
        "world & country; folk, world, & country; worldbeat"
    ),
}

_NO_GENRE = (
    "other; others; andere; sonstige; sonstiges; autre; autres; altro; otro; otros; unknown; unknown genre; "
    "unbekannt; inconnu; desconocido; sconosciuto; undefined; undetermined; unclassified; unclassifiable; "
    "uncategorized; uncategorised; not classified; no genre; none; null; nan; na; n/a; n a; nil; empty; blank; "
    "default; default genre; genre; genres; misc; miscellaneous; miscellany; various; various artists; va; "
    "varied; divers; diverse; verschiedenes; general; all; any; music; musik; musique; musica; audio; mp3; song; "
    "songs; sound; sound clip; track; test; todo; tbd; untitled; tag me; my music; favorites; favourites; "
    "audiobook; audiobooks; audio book; audio books; audio theatre; audio drama; hoerbuch; hörbuch; hörspiel; "
    "hoerspiel; hörbücher; livre audio; audiolibro; book; books; spoken; "
    "speech; talk; talk radio; lecture; podcast; podcasts; radio; interview; sermon; pranks; voice memo; "
    "voice memos; ringtone; itunes; youtube; download; downloads; unclassifieable; unspecified; not set; genre "
    "unknown; unknowngenre; sin genero; intro; http; www; remix; cover; cover version; rx; cr"
)

_NUMBERED = (
    "Blues; Classic Rock; Country; Dance; Disco; Funk; Grunge; Hip-Hop; Jazz; Metal; New Age; Oldies; Other; "
    "Pop; R&B; Rap; Reggae; Rock; Techno; Industrial; Alternative; Ska; Death Metal; Pranks; Soundtrack; "
    "Euro-Techno; Ambient; Trip-Hop; Vocal; Jazz+Funk; Fusion; Trance; Classical; Instrumental; Acid; House; "
    "Game; Sound Clip; Gospel; Noise; Alt. Rock; Bass; Soul; Punk; Space; Meditative; Instrumental Pop; "
    "Instrumental Rock; Ethnic; Gothic; Darkwave; Techno-Industrial; Electronic; Pop-Folk; Eurodance; Dream; "
    "Southern Rock; Comedy; Cult; Gangsta Rap; Top 40; Christian Rap; Pop/Funk; Jungle; Native American; "
    "Cabaret; New Wave; Psychedelic; Rave; Showtunes; Trailer; Lo-Fi; Tribal; Acid Punk; Acid Jazz; Polka; "
    "Retro; Musical; Rock & Roll; Hard Rock; Folk; Folk-Rock; National Folk; Swing; Fast-Fusion; Bebop; Latin; "
    "Revival; Celtic; Bluegrass; Avantgarde; Gothic Rock; Progressive Rock; Psychedelic Rock; Symphonic Rock; "
    "Slow Rock; Big Band; Chorus; Easy Listening; Acoustic; Humour; Speech; Chanson; Opera; Chamber Music; "
    "Sonata; Symphony; Booty Bass; Primus; Porn Groove; Satire; Slow Jam; Club; Tango; Samba; Folklore; Ballad; "
    "Power Ballad; Rhythmic Soul; Freestyle; Duet; Punk Rock; Drum Solo; A Cappella; Euro-House; Dance Hall; "
    "Goa; Drum & Bass; Club-House; Hardcore; Terror; Indie; BritPop; Afro-Punk; Polsk Punk; Beat; Christian "
    "Gangsta Rap; Heavy Metal; Black Metal; Crossover; Contemporary Christian; Christian Rock; Merengue; Salsa; "
    "Thrash Metal; Anime; JPop; Synthpop; Abstract; Art Rock; Baroque; Bhangra; Big Beat; Breakbeat; Chillout; "
    "Downtempo; Dub; EBM; Eclectic; Electro; Electroclash; Emo; Experimental; Garage; Global; IDM; Illbient; "
    "Industro-Goth; Jam Band; Krautrock; Leftfield; Lounge; Math Rock; New Romantic; Nu-Breakz; Post-Punk; "
    "Post-Rock; Psytrance; Shoegaze; Space Rock; Trop Rock; World Music; Neoclassical; Audiobook; Audio "
    "Theatre; Neue Deutsche Welle; Podcast; Indie Rock; G-Funk; Dubstep; Garage Rock; Psybient"
)

ID3_NAMES = tuple(_NUMBERED.split("; "))
"""Names of the numbered genres that "(17)" in an ID3 tag refers to (ID3v1 and the Winamp list)."""

_AND = re.compile(r"\s*&\s*|\s*\+\s*|\b'?n'\s*|\s+'?n'?\s+")


def squeeze(word: str) -> str:
    """Reduce a word to letters and digits, independent of spelling: the key of `ALIASES`.

    Parameters
    ----------
    word : str

    Returns
    -------
    str
        "" where nothing but punctuation is there.
    """
    if word.isascii():  # nearly all: a table is a tenth of the work
        folded = word.lower()
        if "&" in folded or "+" in folded or "'" in folded or "n" in folded.split():
            folded = _AND.sub(" and ", folded)
        return folded.translate(_SQUEEZED)
    folded = unicodedata.normalize("NFKC", word).casefold().replace("’", "'").replace("´", "'")
    folded = _AND.sub(" and ", folded)
    return "".join([sign for sign in folded if sign.isalnum() or not _is_punctuation(sign)])


def _is_punctuation(sign: str) -> bool:
    """Punctuation, spaces, controls, mathematical signs; not emoji, which some people sort by."""
    category = unicodedata.category(sign)
    return sign.isspace() or category[0] in "PCZ" or category in ("Sm", "Sk")


_SQUEEZED = {code: None for code in range(128) if not chr(code).isalnum() and _is_punctuation(chr(code))}
"""What `squeeze` takes away of plain text."""

for _genre, _spellings in _VARIANTS.items():
    for _spelling in (_genre, *_spellings.split("; ")):
        ALIASES[squeeze(_spelling)] = _genre

NO_GENRE = frozenset(squeeze(word) for word in _NO_GENRE.split("; "))
"""Squeezed words that say nothing about music."""

NOBODY = NO_GENRE | {"unknownartist"}
"""Squeezed names that are no artist ("Various Artists")."""

WHOLE = frozenset({squeeze("folk, world, & country")})
"""Squeezed words that keep their commas; every other comma separates genres."""


def make_aliases(aliases: Mapping[str, str]) -> GenreAliases:
    """The listener's aliases, ready to fold genres by.

    Parameters
    ----------
    aliases : mapping of str to str
        Spelling -> genre as the listener writes it, "" for a word that is none. One whose genre is an alias
        itself leads on to that genre's.

    Returns
    -------
    GenreAliases
    """
    folds: dict[str, str] = {}
    spellings: dict[str, str] = {}
    for spelling, genre in aliases.items():
        fold = ALIASES.get(squeeze(genre), " ".join(genre.casefold().split()))
        folds[squeeze(spelling)] = fold
        if fold:
            folds.setdefault(squeeze(genre), fold)
            spellings[fold] = genre
    for key, fold in folds.items():
        for _ in range(len(folds)):  # no longer than any chain can be: a circle ends too
            further = folds.get(squeeze(fold), fold)
            if further == fold:
                break
            fold = further
        folds[key] = fold
    return GenreAliases(folds, spellings)
