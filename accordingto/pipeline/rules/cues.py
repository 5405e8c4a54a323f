"""The words the rules go by: which verbs ascribe, and what may stand around them. Lower case."""

import re

from accordingto.text.words import words

_VOWELS = "aeiou"
_IRREGULAR = {
    "say": "says said saying",
    "tell": "tells told telling",
    "write": "writes wrote written writing",
    "think": "thinks thought thinking",
    "know": "knows knew known knowing",
    "find": "finds found finding",
    "show": "shows showed shown showing",
    "see": "sees saw seen seeing",
    "feel": "feels felt feeling",
    "swear": "swears swore sworn swearing",
    "admit": "admits admitted admitting",
    "seek": "seeks sought seeking",
    "plan": "plans planned planning",
    "slam": "slams slammed slamming",
    "quip": "quips quipped quipping",
    "decry": "decries decried decrying",
}


def inflect(verb: str) -> list[str]:
    """All forms of an English verb: itself, third person, past, participles."""
    if verb in _IRREGULAR:
        return [verb, *_IRREGULAR[verb].split()]
    if verb.endswith("e"):
        return [verb, verb + "s", verb + "d", verb[:-1] + "ing"]
    if re.search(rf"[^{_VOWELS}]y$", verb):
        return [verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"]
    third = verb + ("es" if verb.endswith(("s", "sh", "ch", "x")) else "s")
    return [verb, third, verb + "ed", verb + "ing"]


def _forms(verbs: str) -> frozenset[str]:
    return frozenset(form for verb in verbs.split() for form in inflect(verb))


SPEECH = _forms(
    """
    acknowledge add admit allege announce argue ask assert assure believe boast caution charge claim
    comment complain concede conclude confirm contend continue counter declare deny emphasize
    estimate exclaim explain fear find hint indicate insist joke lament maintain note observe
    predict proclaim quip recall reiterate remark remind repeat reply report respond reveal say
    shout show state stress suggest swear tell think tweet warn wonder worry write
    """
) - {"state", "states"}
"""Verbs of saying and thinking, which take a clause or a quotation."""

THAT_VERBS = _forms(
    "admit charge comment complain continue maintain observe repeat reply respond write"
)
"""Verbs of saying that take a clause only with ``that``, or mean something else without."""

INTENT = _forms("agree decline hope plan pledge promise refuse seek threaten vow want")
"""Verbs of will, which take ``to`` and an infinitive."""

OPINION = _forms(
    """
    accuse applaud blast condemn criticize criticise decry defend denounce dismiss
    endorse mock oppose praise propose reject slam
    """
) | {"attacked", "blamed", "supported", "supports"}
"""Verbs of stance, whose object is the content."""

TELL = frozenset(inflect("tell"))
"""Forms that are followed by the addressee."""

NOUN_LIKE = words(
    """
    attack attacks blame blast blasts caution charge charges claim claims comment comments counter
    estimate estimates fear fears finding findings hint hints hope hopes joke jokes lament note
    notes plan plans pledge pledges praise promise promises remark remarks repeat report reports
    show shows slam stress support supports thought tweet tweets vow vows want wonder worry
    """
)
"""Forms that are as often nouns: they count only behind a name or a plural, or before a clause."""

AUXILIARIES = words(
    "has have had having 've 'd did does do would will could can may might must should"
)
BE = words("is are was were be been being 's 're 'm am")
NEGATIONS = words("not n't never")
ADVERBS = words(
    """
    again also already always before both first further later longer now often once previously
    rather since soon sometimes still then too just even
    """
)
PRONOUNS = words("he she they it i we you who others one some many someone nobody everyone")
NOT_ADVERBS = words("family only ally rally reply supply july italy assembly daily weekly monthly")
"""Words in -ly that may be nouns, names or part of one."""

# Where a noun phrase that runs up to a verb cannot reach back over.
SUBJECT_STOPS = words(
    """
    that but while although though because as if when where whether since after before which so
    than what whom how why until unless however meanwhile yet or nor then
    """
)
DETERMINERS = words(
    """
    a an the this that these those his her its their our my your some any no one another each every
    """
)
PREPOSITIONS = words(
    """
    about after ahead amid at before by despite during following for from in into last late early
    earlier of on outside over since through throughout to under upon via when while with without
    yesterday today tonight as
    """
)
CIRCUMSTANCES = words(
    "after ahead amid before during earlier following last late when while as since on despite"
)
"""What ends a source that stands behind its verb."""
OCCASIONS = words(
    """
    a an interview statement email speech release tweet memo filing conference call telephone
    message
    """
)
FIRST_AND_SECOND = words("i we you")
"""Subjects that speak for themselves: nearly always inside somebody else's quotation."""
RELATIVES = words("who which whose where when")
CONTRASTS = words("but although though while whereas")
DAYS = words("monday tuesday wednesday thursday friday saturday sunday today yesterday tonight")
OPENING = words("“ « „ ``")
CLOSING = words("” »")
STRAIGHT = words("\" ''")
