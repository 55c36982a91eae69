"""The families of genres and their children, as data; `core.genres.families` makes a tree of it.

Each line names a genre and what belongs to it: ``parent: child; child = another spelling = yet another; child``.
A child may have children of its own in a line of its own. A listener's genres.txt adds to it or overrules it.

Sources
-------
Where they agree it stands as they have it; where they do not, the reading that most of them share.

- ID3v1 and Winamp's list of numbered genres (`core.genres.aliases.ID3_NAMES`), every one that is a style of music.
- MusicBrainz' list of genres, https://musicbrainz.org/genres (its "subgenre of" relations).
- Discogs' fifteen genres and the styles below them, https://blog.discogs.com/en/genres-and-styles/.
- AllMusic's genres and subgenres, https://www.allmusic.com/genres (pop/rock as one family; disco and funk below R&B;
  ska below reggae).
- Wikipedia, "List of music genres and styles" and the "subgenres" of its info boxes.
"""

from __future__ import annotations

from musicemb.core.genres.aliases import ALIASES, squeeze

JOINT = frozenset({"pop/rock"})
"""Families that hold what most people keep apart: said only where they are the listener's own word, or the encoder's
and the listener has none."""

FAMILIES = """
pop/rock: rock; pop

rock: alternative; indie; hard rock; classic rock; progressive rock; psychedelic = psychedelic rock = acid rock
rock: punk; metal; rock & roll; new wave; folk rock; blues rock; garage rock; gothic rock = gothic = goth; glam rock
rock: surf = surf rock = surf music; rockabilly = psychobilly; southern rock; soft rock = slow rock; art rock
rock: symphonic rock; space rock; krautrock = kraut rock; math rock; post-rock; stoner rock = stoner; grunge; britpop
rock: noise rock; jam band; instrumental rock; arena rock = aor = stadium rock; heartland rock; pub rock; beat
rock: industrial rock; electronic rock; rap rock; roots rock; swamp rock; yacht rock; crossover
rock: alternative & punk; neue deutsche welle = ndw; trop rock; afro-punk = afro punk
alternative: alternative rock; college rock; slowcore; alternative pop
indie: indie rock; indie pop; shoegaze; dream pop; noise pop; twee pop = twee; lo-fi indie; jangle pop
punk: punk rock; post-punk; hardcore punk = hardcore; pop punk; ska punk; emo; oi; anarcho-punk; riot grrrl; screamo
punk: post-hardcore; melodic hardcore; crust = crust punk; folk punk; celtic punk; street punk; proto-punk; no wave
metal: heavy metal; death metal; black metal; thrash metal = thrash; doom metal = doom; power metal; progressive metal
metal: metalcore; deathcore; nu metal; grindcore; symphonic metal; gothic metal; folk metal; industrial metal
metal: alternative metal; sludge metal = sludge; speed metal; groove metal; viking metal; hair metal = glam metal
metal: djent; stoner metal; post-metal; christian metal; melodic death metal; rap metal

pop: dance-pop; synth-pop; electropop; power pop; teen pop; j-pop; k-pop; c-pop = mandopop = cantopop; europop; art pop
pop: adult contemporary; baroque pop = chamber pop; new romantic; bubblegum = bubblegum pop; pop folk; city pop
pop: hyperpop; schlager; chanson = french pop = variété française = variete; ballad = power ballad = ballads
pop: sophisti-pop; acoustic pop; pop rap; italo pop; brill building; girl group; boy band; bedroom pop; sunshine pop

electronic: house; techno; trance; drum & bass; dubstep; breakbeat = breaks = nu-breakz = breakz; ambient; downtempo
electronic: idm = intelligent dance music; electro; edm; dance; hardstyle; industrial; synthwave = retrowave = outrun
electronic: trip-hop; uk garage = 2-step = speed garage; chiptune = 8-bit = micromusic = bitpop; glitch; rave; ebm
electronic: electroclash; vaporwave; folktronica; future bass; bass music = bass; big beat; hardcore techno = gabber
electronic: eurodance = euro-dance = euro; hi-nrg; leftfield; illbient; darkwave = dark wave; electro swing; space
electronic: nu-disco = nu disco; minimal; indietronica; grime; berlin school; tribal; dungeon synth; witch house
electronic: jungle; happy hardcore; club; booty bass; freestyle; synth; moombahton; footwork = juke; electro-industrial
house: deep house; tech house; progressive house; acid house; electro house; chicago house; tropical house; acid
house: garage house; euro-house; french house; club-house = clubhouse; italo house; tribal house; funky house; big room
house: afro house; ambient house; melodic house; future house; bass house; amapiano; ghetto house
techno: minimal techno; detroit techno; acid techno; euro-techno; techno-industrial; dub techno; hard techno
trance: psytrance; goa = goa trance; progressive trance; vocal trance; uplifting trance; hard trance; psybient
drum & bass: liquid funk = liquid drum & bass; neurofunk; techstep; jump-up = jump up; intelligent drum & bass
ambient: dark ambient; drone; ambient techno; space ambient = space music; ambient dub
downtempo: chillout; lounge = nu lounge; chillwave; balearic; downbeat; electronica chillout

hip-hop: rap; gangsta rap = gangsta; trap; boom bap; old school hip hop = old school rap; conscious hip hop; g-funk
hip-hop: underground hip hop; lo-fi hip hop = lofi hip hop = chillhop; drill; crunk; cloud rap; turntablism
hip-hop: east coast hip hop = east coast rap; west coast hip hop = west coast rap; southern hip hop = southern rap
hip-hop: instrumental hip hop; jazz rap; christian rap = christian hip hop; hardcore hip hop; alternative hip hop
hip-hop: uk hip hop; french rap; latin rap; emo rap; phonk; hyphy; dirty south; abstract hip hop; snap; bounce

jazz: bebop = bop; swing; big band; cool jazz; free jazz; fusion = jazz fusion = jazz rock = fast-fusion; smooth jazz
jazz: latin jazz; acid jazz; vocal jazz; dixieland = traditional jazz = trad jazz; ragtime; hard bop; modal jazz
jazz: gypsy jazz = jazz manouche; nu jazz; soul jazz; jazz funk; post-bop; avant-garde jazz; contemporary jazz
jazz: spiritual jazz; jazz blues; third stream; new orleans jazz; piano jazz; chamber jazz; free improvisation

blues: delta blues; chicago blues; electric blues; acoustic blues; country blues; jump blues; boogie woogie
blues: texas blues; piedmont blues; modern blues; louisiana blues; memphis blues; harmonica blues; classic blues

r&b: soul; funk; disco; motown; neo soul; contemporary r&b = modern r&b; doo wop; quiet storm; new jack swing; urban
r&b: slow jam; boogie; alternative r&b; early r&b
soul: northern soul; southern soul; blue-eyed soul; rhythmic soul; psychedelic soul; philly soul; smooth soul
funk: p-funk = p funk; funk rock; deep funk; go-go; porn groove; psychedelic funk; latin funk
disco: italo disco; euro disco; post-disco; space disco

country: bluegrass; americana; alt country = alternative country; honky tonk; outlaw country; country pop; country rock
country: western swing; old-time = old time; cowboy = western; contemporary country; country gospel; red dirt
country: nashville sound; neotraditional country; progressive bluegrass; traditional country; bakersfield sound

folk: singer-songwriter; traditional folk; indie folk; contemporary folk; celtic; acoustic; freak folk; anti-folk
folk: neofolk; folk pop; american folk; british folk; irish folk = irish; scottish folk = scottish; national folk
folk: folklore; psychedelic folk; nordic folk; sea shanty = shanty; protest song; progressive folk; chamber folk

classical: baroque; romantic; opera; symphony = symphonic; chamber music = chamber; choral = choir = chorus; sonata
classical: orchestral; contemporary classical; modern classical; neoclassical = neo-classical; minimalism; concerto
classical: early music; renaissance; medieval; string quartet; operetta; lied = art song; impressionist; oratorio
classical: piano = solo piano = classical piano; organ; ballet; mass; requiem; cantata; classical crossover; fugue
classical: classical guitar; violin; classical period; 20th century classical; serialism; waltz; prelude

reggae: dub; ska; rocksteady; dancehall = dance hall; roots reggae; ragga; lovers rock; reggae fusion; two tone = 2 tone

latin: salsa; samba; bossa nova; tango; merengue; bachata; cumbia; reggaeton; mariachi; latin pop; latin rock; mambo
latin: mpb = musica popular brasileira; bolero; ranchera; tejano; norteño = norteno; forró = forro; tropicalia
latin: banda; vallenato; corrido; son cubano = son; rumba; flamenco; choro; pagode; nueva trova; cha cha; trova; axé
latin: afro-cuban = afrocuban; latin trap; brazilian = brazil; tropical; rock en español; sertanejo; grupero; cuban

world: african; afrobeats; afropop = afro pop; balkan; klezmer; indian = indian classical = hindustani = carnatic
world: bollywood = filmi; bhangra; arabic = arab; polka; highlife; soukous; fado; hawaiian; native american; cajun
world: zydeco; calypso; soca; turkish; greek = laiko; russian; chinese; japanese; gamelan; throat singing; qawwali
world: zouk; raï = rai; ethnic fusion; world fusion; middle eastern; asian; oriental; mbalax; desert blues; jewish
world: gypsy = romani; caribbean; pacific; australian aboriginal = didgeridoo; worldbeat fusion; enka; persian; hebrew

new age: meditation = meditative; healing; relaxation = relaxing; nature; yoga; sleep; spiritual; neo-celtic; zen; reiki

soundtrack: cinematic; stage & screen; game; anime; musical; trailer; tv = tv music = television; production music
soundtrack: library music; epic; score music; video game rock

vocal: easy listening; traditional pop; crooner; standards = great american songbook; cabaret; a cappella = acapella
vocal: barbershop; exotica; vocal pop; swing revival; torch song; duet

religious: gospel; ccm = contemporary christian; christian rock; christian pop; hymns = hymn; gregorian chant = chant
religious: spirituals = negro spiritual; southern gospel; christian country; devotional; bhajan = kirtan; liturgical

children's: lullaby = lullabies; nursery rhymes; children's stories

holiday: carols = christmas carols; halloween; easter; christmas pop

comedy: parody; novelty; humour = humor; satire; stand-up = standup comedy

spoken word: poetry; speeches

experimental: avant-garde = avantgarde = avant garde; noise; musique concrète = musique concrete; sound art
experimental: field recordings = field recording; improvisation; electroacoustic = electro-acoustic; plunderphonics
experimental: sound collage; harsh noise; microtonal; tape music; abstract

brass & military: brass band; marching band = marches = march; military; fanfare; pipe band = bagpipes
"""
"""Some 25 families; a family that is the child of another (rock, metal, house) is one all the same."""

WORDS: dict[str, str] = {}
"""Squeezed word of the table -> folded genre: words that `core.genres.aliases` does not know."""
PARENTS: dict[str, str] = {}
"""Folded genre -> the folded genre that it belongs to; families are not in it."""


def _fold(word: str) -> str:
    return ALIASES.get(squeeze(word), " ".join(word.casefold().replace("-", " ").replace("&", "and").split()))


def _read_table() -> None:
    for line in filter(None, FAMILIES.splitlines()):
        parent, _, children = line.partition(": ")
        for child in children.split("; "):
            genre, *spellings = (_fold(text) for text in child.split(" = "))
            PARENTS[genre] = _fold(parent)
            for spelling in (genre, *spellings):
                WORDS.setdefault(squeeze(spelling), genre)
    for parent in PARENTS.values():
        WORDS.setdefault(squeeze(parent), parent)


_read_table()
