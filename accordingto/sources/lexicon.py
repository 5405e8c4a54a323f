"""The words that the guesses about sources go by: pronouns, titles, kinds of sources. English."""

import regex

from accordingto.text.words import words

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

WHERE = words("of from to at in on near into across around outside inside through")

OUTLET = regex.compile(
    r"(?i)\b(?:TV|television|radio|news|times|post|journal|gazette|herald|tribune|guardian"
    r"|telegraph|courier|observer|ledger|chronicle|daily|weekly|monthly|press|magazine|newspaper"
    r"|broadcaster|news agency|network|media|wire|CNN|BBC|NBC|CBS|ABC|NPR|Reuters|AFP|Breitbart"
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
    r"|man|woman|boy|girl|person|child|parent|source|insider|diplomat|critic|witness|eyewitness"
    r"|survivor|victim|passenger|worker|employee|soldier|commander|investigator|detective"
    r"|prosecutor|defendant|suspect|colleague|relative|supporter|opponent|protester|campaigner"
    r"|lawmaker|legislator|politician|congressman|congresswoman|councillor|journalist|blogger"
    r"|commentator|observer|volunteer|customer|shopkeeper|fisherman|refugee|migrant|villager"
    r"|bystander|onlooker|guard|judge|juror|priest|pilot|sailor|cousin|uncle|aunt|nephew|niece"
    r"|widow|widower|partner|fan|user|voter|buyer|seller|trader|investor|banker|broker|consultant"
    r"|tenant|landlord|commuter|visitor|tourist|patient|psychologist|physician|paramedic"
    r"|mp|mep|ceo|cop|firefighter|negotiator|envoy|representative|delegate|administrator|superintendent|principal"
    r"|husband|friend|neighbou?r|candidate|nominee|senator|governor|judge|coach|captain|general"
    r"|executive|strategist|pollster|host|actor|actress|singer|engineer|biologist|surgeon|nurse))$"
)
GROUP = regex.compile(r"(?i)(?:men|women|people|folk|children|wives|personnel)$")
# What ties a description to somebody or something: "his sister", "a spokesman for the ministry".
TIED = regex.compile(
    r"(?i)^(?:his|her|its|their|my|our|your) |['’]s? \S|['’]s? (?=\p{L})"
    r"| (?:of|for|to) (?:(?:the|his|her|its|their|this|that|a|an) |(?-i:\p{Lu}))"
)
INDEFINITE = words(
    "a an one two three four five several some many most other another any every each no few"
)
# Bodies of which a country or a person has one: with its name they are named.
UNIQUE_BODIES = words(
    """
    government administration army navy military police parliament senate party campaign regime
    embassy delegation ministry authorities forces foundation presidency
    """
)
# Words that begin a sentence, or stand for somebody there, without being a name.
COMMON_NOUNS = words(
    """
    local senior former government police military security intelligence diplomatic city town
    county village state federal national regional municipal district council health hospital
    school university port harbour harbor airport airline fire rescue traffic court company bank
    union industry trade tax oil mining farm family church prison election emergency opposition
    party campaign team club group agency authority authorities ministry department committee
    commission board media press newspaper network station staff management rebels troops forces
    public private foreign top key high other current ex another several many some most
    """
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

# Soft hyphens and the like are parts of the words that they stand in.
CAPITAL = r"\p{Lu}[\p{L}\p{M}’'\-\u00ad\u200b-\u200d\u2060]*"
LOWER_WORD = regex.compile(r"(?<![\p{L}\p{M}\d’'\-])\p{Ll}[\p{Ll}\p{M}’'\-]*")
# A full stop belongs to a name after a title or initials only: elsewhere a sentence ends there. Few
# initials are looked at together: of very many, each would be looked at from all those before it.
PART = (
    r"(?:(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Capt|Prof|Rev|Hon|St|Maj|Cmdr|Adm|Insp)\."
    rf"(?=[ \u00a0]\p{{Lu}})|(?:\p{{Lu}}\.){{1,8}}+(?=[ \u00a0]\p{{Lu}})|{CAPITAL})"
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

FEMALE_NOUNS = words(
    """
    woman girl mother wife sister daughter aunt niece widow grandmother girlfriend actress
    spokeswoman chairwoman congresswoman councilwoman policewoman businesswoman waitress mum mom
    lady stepmother granddaughter bride queen princess heroine mistress nun
    """
)
MALE_NOUNS = words(
    """
    man boy father husband brother son uncle nephew widower grandfather boyfriend spokesman
    chairman congressman councilman policeman businessman fireman fisherman waiter dad gentleman
    stepfather grandson groom king prince hero monk
    """
)
# Given names that nearly always say so, to see who a "he" or a "she" is not.
FEMALE_NAMES = words(
    """
    abigail ada adele agnes aisha alice alicia alison allison amanda amelia amina amy ana anastasia
    angela angelina anita ann anna anne annette annie aoife asha astrid audrey ayesha barbara
    beatrice beatriz bella beth bianca birgit brenda bridget camila carla carmen carol carolina
    caroline catherine cecilia charlotte chiara chloe christina christine claire clara claudia
    connie cristina cynthia daniela deborah debra denise diana diane dolores donna dorothy edith
    eileen elaine elena eleanor elizabeth ella ellen emily emma erica esther eva eve fatima
    felicity fiona florence frances freya gabriela gail georgia gillian ginger gloria grace greta
    gwen hannah harriet hazel heather heidi helen helena helga hilary hillary ines ingrid irene
    irina isabel isabella isobel ivanka jackie jacqueline jane janet janice jasmine jean jeanne
    jennifer jenny jessica jill joan joanna joanne josephine joyce juanita judith judy julia juliana
    julie june karen karin kate katherine kathleen kathryn kathy katie katrina kelly kirsten kristen
    laura lauren leah leila leticia lillian lily linda lisa liz louisa louise lucia lucy lydia
    madeleine maggie magdalena margaret margarita maria mariam marian marianne marie marilyn marina
    martha mary matilda maureen megan melania melinda melissa mercedes michelle mildred miriam
    mollie molly monica muriel nadia nancy naomi natalia natalie natasha nicole nina nora norma olga
    olivia pamela patricia paula pauline peggy penelope philippa phoebe priscilla priya rachel
    rebecca rita roberta rosa rosalind rose rosemary ruth sabrina sally samantha sandra sara sarah
    shannon sheila shirley silvia simone sofia sonia sophia sophie stella stephanie susan susana
    suzanne svetlana sylvia tamara tanya tara tatiana teresa thelma theresa therese tina ursula
    valentina valerie vanessa vera verena veronica victoria viola violet virginia vivian wanda
    wendy yasmin yolanda yvonne zainab zara zoe
    """
)
MALE_NAMES = words(
    """
    aaron abdul abdullah abraham adam adrian ahmad ahmed alan albert alejandro alexander alfred ali
    allan allen alvin amir anders andreas andrew andy angus anthony antoine antonio arnold arthur
    barack benjamin bernard bernie bill billy bob boris brad bradley brendan brett brian bruce bryan
    carl carlos cesar charles chuck christian christopher chris clarence clifford clive colin connor
    craig cyril damian daniel dave david dean dennis derek dick diego dimitri dmitri dominic donald
    doug douglas duncan dwight ed eddie edgar edmund eduardo edward edwin eli elias emil emmanuel
    enrique eric erik ernest ethan eugene fabian felipe felix ferdinand fernando francisco francois
    frank franklin fred frederick fredrik gareth gary gavin geoffrey george gerald gerard gilbert
    giovanni glenn gordon graham greg gregory guillermo gunther gustav guy hamid hans harold harry
    hassan hector heinrich henri henry herbert herman howard hugh hugo hussein ian ibrahim igor
    isaac ivan jack jacob jacques jake james jared jason javier jeff jeffrey jeremy jerome jerry
    jim jimmy joachim joe joel johan johannes john johnny jon jonas jonathan jorge jose joseph
    joshua juan julian julio julius jurgen justin karl keith kenneth kevin khalid klaus kurt kyle
    larry lars laurent lawrence leo leon leonard leroy liam lionel lloyd louis lucas luigi luis luke
    magnus mahmoud malcolm manuel marco marcus mario mark martin marvin mateo matt matteo matthew
    maurice max maximilian michael miguel mike mikhail milton mitch mitchell mohamed mohammad
    mohammed muhammad mustafa nathan nathaniel ned neil nicholas nick nigel nikolai norman oleg
    oliver omar oscar osman otto owen pablo patrick paul pedro pete peter phil philip pierre
    philippe rafael ralph ramon randall randy raul raymond reginald rene ricardo richard rick rob
    robert roberto rodney roger roland ron ronald rory roy rudolf rudy rupert russell ryan samuel
    scott sean sebastian sergei sergey sergio seth shaun simon stanley stefan stephen steve steven
    stewart stuart sven tariq ted terence terrence theodore thomas tim timothy toby todd tom tommy
    tony trevor tyler ulrich umberto victor viktor vincent vladimir walter warren wayne werner
    wilfred wilhelm willem william willie winston wolfgang xavier yusuf yuri zachary
    """
)
