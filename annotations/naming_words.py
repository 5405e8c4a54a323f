"""The words that the guesses about sources go by: pronouns, titles, kinds of sources. English."""

import regex


def words(text: str) -> frozenset[str]:
    """The words of the text, as a set."""
    return frozenset(text.split())


MALE = words("he him his himself")
FEMALE = words("she her hers herself")
PLURAL = words("they them their theirs themselves")
NEUTER = words("it its itself")
RELATIVE = words("who whom whose which that")
OTHER_PRONOUNS = words(
    """
    i me my mine we us our ours you your this these those one some others both all many several
    another nobody someone somebody everybody everyone anyone
    """
)
PRONOUNS = MALE | FEMALE | PLURAL | NEUTER | RELATIVE | OTHER_PRONOUNS

MALE_TITLES = words("mr sir lord king prince father")
FEMALE_TITLES = words("ms mrs miss madam dame lady queen princess sister")
TITLES = (
    MALE_TITLES
    | FEMALE_TITLES
    | words(
        """
    dr prof professor sen senator rep representative gov governor mayor president vice
    vice-president chancellor prime premier minister secretary ambassador judge justice sheriff
    sgt sergeant capt captain lt lieutenant col colonel cmdr commander maj adm admiral insp
    inspector detective officer rev reverend pope bishop archbishop cardinal rabbi imam sheikh
    ayatollah councillor councilman councilwoman congressman congresswoman coach hon former
    then-president
    """
    )
)
# Words that lead a name too, as in "General Motors": they go only where two words are left.
MAYBE_TITLES = words("gen general major chief deputy speaker attorney foreign interior")
DETERMINERS = words("the a an this that these those his her its their our my your")

OF = words("of for from by to at in on with about")

OUTLET = regex.compile(
    r"(?i)\b(?:TV|television|radio|news|times|post|journal|gazette|herald|tribune|guardian"
    r"|telegraph|courier|observer|ledger|chronicle|daily|weekly|monthly|press|magazine|newspaper"
    r"|broadcaster|news agency|network|wire|CNN|BBC|NBC|CBS|ABC|NPR|Reuters|AFP|Breitbart"
    r"|Al Jazeera)$"
)
DOCUMENT = regex.compile(
    r"(?i)\b(?:reports?|statements?|letters?|surveys?|polls?|filings?|study|studies|documents?"
    r"|papers?|lawsuit|complaint|indictment|affidavit|memo|e-?mails?|tweets?|post|transcripts?"
    r"|records?|data|figures|statistics|findings|research|analysis|audit|press release|law|bill"
    r"|court papers|dossier|website|article|editorial|column|book|census|review)$"
)
FAMILIAR = regex.compile(  # "a person familiar with the matter"
    r"(?i)(?:a |an |one |the )?(?:person|people|official|source)s? (?:familiar|with|close|who)\b"
)
ANONYMOUS = regex.compile(
    r"(?i)^(?:(?:one|another|two|three|some|several|many|most|other|unnamed|anonymous|senior|local"
    r"|former|diplomatic|military|intelligence|security|government|police|u\.?s\.?|american"
    r"|western)\s+)*"
    r"(?:sources?|officials?|persons?|people|insiders?|witness(?:es)?|eyewitness(?:es)?|residents?"
    r"|neighbou?rs?|critics?|supporters?|opponents?|observers?|experts?|analysts?|scientists?"
    r"|researchers?|activists?|protesters?|villagers?|locals|aides?|advisers?|advisors?|diplomats?"
    r"|lawyers|prosecutors|investigators|detectives|doctors|parents|students|teachers|drivers"
    r"|workers|voters|men|women|others|passengers|survivors|relatives|friends|colleagues"
    r"|americans|[a-z]+(?:icans|ians|ists)|commentators|reporters|journalists|economists|historians|commuters|visitors|customers"
    r"|users|fans|leaders|lawmakers|politicians|republicans|democrats)\b"
)
ORGANISATION = regex.compile(
    r"(?i)\b(?:ministry|party|university|college|school|inc|corp|co|ltd|llc|plc|gmbh|company"
    r"|companies|corporation|organi[sz]ations?|police|government|administration|authority"
    r"|authorities|agency|agencies|commission|committee|council|board|court|department|office"
    r"|bureau|institute|centre|center|foundation|association|union|society|federation|alliance"
    r"|league|army|navy|force|forces|military|troops|parliament|senate|congress|cabinet|embassy"
    r"|bank|group|groups|team|club|campaign|movement|coalition|hospital|church|airline|airport"
    r"|museum|library|fund|trust|firm|house|kremlin|pentagon|nations|states|service|services"
    r"|regime|rebels|militia|delegation|staff|industry|network|charity|panel|jury|nato|un|eu"
    r"|fbi|cia|unicef|unesco|opec|taliban|isis|hamas|hezbollah|motors|electric|airlines|airways"
    r"|holdings|systems|technologies|energy|studios|brothers)\.?$"
)
PERSON_NOUN = regex.compile(
    r"(?i)(?:(?:spokes|chair|business|states|police|congress|fire)(?:man|woman|person)"
    r"|\b(?:head|chief|leader|minister|secretary|mayor|president|member|members|director|manager"
    r"|owner|founder|lawyer|attorney|doctor|professor|teacher|analyst|economist|scientist"
    r"|researcher|author|editor|reporter|officer|official|adviser|advisor|aide|expert|historian"
    r"|activist|resident|farmer|driver|student|father|mother|brother|sister|son|daughter|wife"
    r"|husband|friend|neighbou?r|candidate|nominee|senator|governor|judge|coach|captain|general"
    r"|executive|strategist|pollster|host|actor|actress|singer|engineer|biologist|surgeon|nurse))$"
)
# First words of places, which look like a person's first name, and words no name starts with.
PLACE = words(
    """
    new north south east west northern southern eastern western united saint san los las el hong
    sri great lake mount fort port cape rio saudi puerto costa white wall silicon supreme
    european middle african asian latin central
    """
)
NEVER_FIRST = (
    DETERMINERS
    | PRONOUNS
    | words(
        """
    and but or so yet nor if when while after before since because although though as at by for
    from in into of on over to under until with without about according according-to meanwhile
    however yesterday today tomorrow last next earlier later also there here now then what where
    why how not no yes monday tuesday wednesday thursday friday saturday sunday january february
    march april may june july august september october november december jan feb aug sept oct
    nov dec even still just only like despite during between against among through both asked
    told said
    """
    )
)

CAPITAL = r"\p{Lu}[\p{L}\p{M}’'\-]*"
# A full stop belongs to a name after a title or initials only: elsewhere a sentence ends there.
PART = (
    r"(?:(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Capt|Prof|Rev|Hon|St|Maj|Cmdr|Adm|Insp)\."
    rf"(?=[ \u00a0]\p{{Lu}})|(?:\p{{Lu}}\.)+(?=[ \u00a0]\p{{Lu}})|{CAPITAL})"
)
PARTICLES = (
    r"(?:(?:de|da|do|dos|di|du|la|le|el|al|bin|ibn|ben|van|von|der|den|ter|ten|zu)[ \u00a0])*"
)
NAME = regex.compile(rf"(?<![\p{{L}}\p{{M}}\d’'\-]){PART}(?:[ \u00a0]{PARTICLES}{PART})*")
OFFICE = regex.compile(  # "Secretary of State John Kerry"
    r"^.*\b(?:Secretary|Minister|Director|Chief) of (?:the )?\p{Lu}\w+ (?=\p{Lu}\S* \p{Lu})"
)
POSSESSIVE = regex.compile(r"['’]s?$")
EDGE = " \t\n\u00a0,.;:!?–—-“”\"‘’'«»„()[]…"
WORD = regex.compile(r"[\p{L}\p{M}\d’'\-&.]+")
PHRASE_STOPS = words(
    """
    by with from to at in on into onto about against between among through during under over
    after before because and or but nor if when while as than that which who is are was were be
    been has have had do does did will would can could may might must said say says told tell
    warned asked urged met saw called quoted cited citing including like for of
    """
)
ACRONYM = regex.compile(r"(?:\p{Lu}\.?){2,}")
HEAD_END = regex.compile(
    r",|\s+(?:of|for|from|by|on|in|at|with|who|that|about|published|released)\s+"
)
