"""The rule-based extractor: cue words and patterns over tokens, each proposal explainable.

The baseline for every learned extractor and the fallback where none is installed. It knows no parts
of speech: a noun phrase is what stands between a verb and the nearest word or mark that cannot be
inside one. Annotation conventions are those of PolNeAR (Newell, Margolin and Ruths, LREC 2018).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from spacy.tokens import Doc

from accordingto.attribution import Attribution
from accordingto.pipeline.rules import cues
from accordingto.pipeline.rules.reading import Reading, TokenRange

# How often a pattern's proposal on PolNeAR's 840 training articles agrees with a gold attribution
# in source, cue and content exactly (edges trimmed of white space and punctuation), to 0.05.
PRECISION = {
    "quotation, X said": 0.75,
    "quotation, said X": 0.65,
    "X said, adding": 0.6,
    "X said quotation": 0.55,
    "clause, X said": 0.55,
    "according to X": 0.5,
    "X said that": 0.5,
    "X said": 0.4,
    "X criticized": 0.35,
    "it is said": 0.35,
    "X vowed to": 0.25,
}

MAX_SOURCE_TOKENS = 25
MAX_GAP_TOKENS = 12
_INSIDE_PHRASES = frozenset({"'s", "'", "-", "&", "$", "@", "#", "%", "(", ")", "/"})


@dataclass(slots=True)
class _Cue:
    """A cue with what was found around it, as token ranges."""

    pattern: str
    cue: TokenRange
    source: TokenRange | None = None
    content: list[TokenRange] = field(default_factory=list)


class RulesExtractor:
    """Finds attributions by rule. Takes time linear in the text."""

    version = "rules-1"

    def predict(self, docs: Iterable[Doc]) -> Iterator[list[Attribution]]:
        """One list of attributions a document, in reading order. Leaves the docs unchanged."""
        return (_Reader(doc).attributions() for doc in docs)


def make_rules() -> RulesExtractor:
    """The extractor under its name in the registry."""
    return RulesExtractor()


class _Reader(Reading):
    """Finds the cues of one document and what stands around them."""

    def attributions(self) -> list[Attribution]:
        found = [cue for sentence in self.sentences for cue in self._sentence_cues(sentence)]
        proposals = [self._attribution(cue) for cue in found if cue.content]
        return sorted(proposals, key=lambda each: (each.cue, each.content))

    def _attribution(self, found: _Cue) -> Attribution:
        content = tuple(self.offsets(piece) for piece in sorted(found.content))
        return Attribution(
            source=(self.offsets(found.source),) if found.source else (),
            cue=(self.offsets(found.cue),),
            content=content,
            quote_type=self.quote_type(found.content),
            confidence=PRECISION[found.pattern],
        )

    def _sentence_cues(self, sentence: TokenRange) -> list[_Cue]:
        """The sentence's cues in order, each with its content cut where the next one takes over."""
        found: list[_Cue] = []
        for i in range(*sentence):
            word = self.words[i]
            cue: _Cue | None = None
            if word == "according" and self.word(i + 1) == "to":
                cue = self._according_to(i, sentence)
            elif word in cues.SPEECH or word in cues.INTENT or word in cues.OPINION:
                cue = self._verb(i, sentence, found)
            if cue and cue.content:
                self._hand_over(found, cue)
                found.append(cue)
        return found

    def _hand_over(self, found: list[_Cue], cue: _Cue) -> None:
        """End the content of the cue before at the comma or conjunction that leads to this one."""
        if not found or not cue.source:
            return
        before = found[-1]
        first, end = before.content[-1]
        shared = cue.source == before.source
        cut = cue.cue[0] if shared else cue.source[0]
        if not first < cut < end or self.quote_of[cut] >= 0:
            return
        join = cut
        while join - 1 > first and self.words[join - 1] in {"and", "but", "while", "although", ","}:
            join -= 1
        if join < cut:
            before.content[-1] = (first, join)

    def _according_to(self, i: int, sentence: TokenRange) -> _Cue | None:
        end = sentence[1]
        begins = i == sentence[0] or self.words[i - 1] in {"but", "and", "meanwhile", ";"}
        if begins and "," in self.words[i:end]:
            end = self.words.index(",", i, end)
        source = self._source_behind(i + 2, end)
        if source is None:
            return None
        leads = begins and end < sentence[1]
        content = self._clause(end + 1, sentence[1]) if leads else self._clause(sentence[0], i)
        return _Cue("according to X", (i, i + 2), source, content)

    def _verb(self, i: int, sentence: TokenRange, found: list[_Cue]) -> _Cue | None:
        word = self.words[i]
        if self.quote_of[i] >= 0:  # what is said inside a quotation ends with it
            first, end = self.quotes[self.quote_of[i]]
            sentence = (
                max(sentence[0], first + 1),
                min(sentence[1], end - self.closes_quote(end - 1)),
            )
        first = i
        while first > sentence[0] and self._is_adverbial(first - 1):
            first -= 1
        group = self.words[first:i]
        progressive = word.endswith("ing")
        if not progressive and any(each in cues.BE for each in group):
            return self._impersonal(first, i, sentence)
        if self.word(first - 1) == "to" or (
            word in cues.NOUN_LIKE and first == i and self._is_noun(i)
        ):
            return None
        if progressive and not any(each in cues.BE for each in group):
            return self._participle(first, i, sentence, found)
        return self._active(first, i, sentence, found)

    def _is_noun(self, i: int) -> bool:
        if self.words[i + 1 : i + 2] == ["that"] or self.opens_quote(i + 1):
            return False
        before = self.word(i - 1)
        named = i > 0 and self.shapes[i - 1][:1].isupper() and before not in cues.DETERMINERS
        return not (named or before in cues.PRONOUNS or before.endswith("s"))

    def _is_adverbial(self, i: int) -> bool:
        word = self.words[i]
        return (
            word in cues.AUXILIARIES
            or word in cues.BE
            or word in cues.NEGATIONS
            or word in cues.ADVERBS
            or (word.endswith("ly") and word not in cues.NOT_ADVERBS and self.shapes[i].islower())
        )

    def _impersonal(self, first: int, i: int, sentence: TokenRange) -> _Cue | None:
        if self.word(first - 1) != "it" or self.word(i + 1) != "that":
            return None
        content = self._clause(i + 1, sentence[1])
        return _Cue("it is said", (first - 1, i + 1), None, content)

    def _participle(
        self, first: int, i: int, sentence: TokenRange, found: list[_Cue]
    ) -> _Cue | None:
        if self.word(first - 1) not in {",", "and"} or not found or found[-1].source is None:
            return None
        content = self._content_after(i + 1, sentence)
        return _Cue("X said, adding", (first, i + 1), found[-1].source, content)

    def _active(self, first: int, i: int, sentence: TokenRange, found: list[_Cue]) -> _Cue | None:
        cue = (first, i + 2 if self.word(i + 1) in {"of", "about"} else i + 1)
        quote_end = first - 1 - (self.word(first - 1) == ",")
        if self.closes_quote(quote_end) and self.words[i] in cues.SPEECH:
            source = self._source_behind(i + 1, sentence[1])
            if source:
                content = self._around(quote_end, source[1], sentence)
                return _Cue("quotation, said X", cue, source, content)
        source = self._phrase_before(first, sentence)
        if source is None and self.word(first - 1) == "and" and found:
            source = found[-1].source
        if source is None:
            return None
        if self.words[i] in cues.SPEECH:
            return self._saying(cue, source, sentence)
        pattern = "X criticized" if self.words[i] in cues.OPINION else "X vowed to"
        speaks_for_itself = self.words[source[0]] in cues.FIRST_AND_SECOND
        if speaks_for_itself or (pattern == "X vowed to" and self.word(i + 1) != "to"):
            return None
        return _Cue(pattern, cue, source, self._clause(cue[1], sentence[1]))

    def _saying(self, cue: TokenRange, source: TokenRange, sentence: TokenRange) -> _Cue | None:
        """A subject and its verb of saying: the content is around them, before or behind."""
        before = source[0] - 1
        quote_end = before - (self.word(before) == ",")
        if self.closes_quote(quote_end) and quote_end >= sentence[0]:
            content = self._around(quote_end, cue[1], sentence)
            return _Cue("quotation, X said", cue, source, content)
        content = self._content_after(cue[1], sentence)
        pattern = "X said"
        if content and self.opens_quote(content[0][0]):
            pattern = "X said quotation"
        elif content and self.word(content[0][0]) == "that":
            pattern = "X said that"
        elif self.word(before) == "," and self._ends_at(cue[1], sentence):
            pattern = "clause, X said"
            introduces = self.word(sentence[0]) in cues.PREPOSITIONS
            content = [] if introduces else self._clause(sentence[0], before)
        elif (
            self.words[cue[1] - 1] in cues.THAT_VERBS
            or self.words[source[0]] in cues.FIRST_AND_SECOND
        ):
            content = []
        return _Cue(pattern, cue, source, content)

    def _ends_at(self, i: int, sentence: TokenRange) -> bool:
        """Whether nothing that could be content follows in the sentence."""
        if i >= sentence[1] or self.words[i] in {".", "!", "?", ";", ")"}:
            return True
        word = self.words[i]
        return word in cues.PREPOSITIONS or word in cues.DAYS

    def _phrase_before(self, end: int, sentence: TokenRange) -> TokenRange | None:
        """The noun phrase that ends before a verb: its subject."""
        i = end - 1
        if i < sentence[0]:
            return None
        if self.words[i] == "who":
            return self._antecedent(i, sentence) or (i, end)
        if self.words[i] in cues.PRONOUNS:
            return i, end
        if self.words[i] == ",":
            return self._before_insertion(i, sentence)
        while i >= max(sentence[0], end - MAX_SOURCE_TOKENS) and self._in_phrase(i, end):
            i -= 1
        return self._without_edges(i + 1, end)

    def _in_phrase(self, i: int, end: int) -> bool:
        word = self.words[i]
        if word == "and":
            return i + 1 < end and self.shapes[i - 1][:1].isupper() and i > 0
        if word in cues.SUBJECT_STOPS or self.quote_of[i] != self.quote_of[end - 1]:
            return False
        if word in cues.AUXILIARIES or (word in cues.BE and word != "'s"):
            return False
        if word == "-" and self.starts[i] > self.ends[i - 1]:  # a dash, as behind a dateline
            return False
        if word in cues.SPEECH and word not in cues.NOUN_LIKE:
            return False
        return word[0].isalnum() or word in _INSIDE_PHRASES

    def _antecedent(self, who: int, sentence: TokenRange) -> TokenRange | None:
        """Whom a ``who`` behind a comma speaks of; behind anything else it restricts its noun."""
        if self.word(who - 1) != ",":
            return None
        i = who - 2
        while i >= max(sentence[0], who - MAX_SOURCE_TOKENS) and self._in_phrase(i, who - 1):
            if self.words[i] in cues.PREPOSITIONS:
                break
            i -= 1
        return self._without_edges(i + 1, who - 1)

    def _before_insertion(self, comma: int, sentence: TokenRange) -> TokenRange | None:
        """The subject of a verb behind an insertion, with the insertion unless it is a clause."""
        commas = [
            i
            for i in range(max(sentence[0] + 1, comma - MAX_SOURCE_TOKENS), comma)
            if self.words[i] == "," and not self.words[i + 1].isdigit()
        ]
        if not commas:
            return None
        clauses = [i for i in commas if self.words[i + 1] in cues.RELATIVES]
        i = (clauses or commas)[-1]
        subject = self._phrase_before(i, sentence)
        if subject is None or clauses:
            return subject
        return (subject[0], comma) if comma - i <= MAX_GAP_TOKENS else None

    def _source_behind(self, i: int, end: int) -> TokenRange | None:
        """The noun phrase that begins at a token, with what is said about it, to its circumstances
        or the end of the sentence."""
        stop = min(end, i + MAX_SOURCE_TOKENS)
        j = i
        while j < stop and not self._ends_source(j, i):
            j += 1
        return self._without_edges(i, j)

    def _ends_source(self, i: int, first: int) -> bool:
        word = self.words[i]
        if i == first:
            return not (word[0].isalnum() or word in "@#$") or word in cues.SUBJECT_STOPS
        if word == ",":
            follows = self.word(i + 1)
            return (
                follows in cues.CONTRASTS
                or follows in {"and", "which", "citing"}
                or follows.endswith("ing")
                or self.quote_of[i + 1 : i + 2] != self.quote_of[first : first + 1]
                or follows in cues.PREPOSITIONS
            )
        occasion = word in {"in", "by"} and self.word(i + 1) in cues.OCCASIONS
        return (
            word in {".", ";", ":", "!", "?", "that"}
            or word in cues.DAYS
            or word in cues.CIRCUMSTANCES
            or occasion
            or self.quote_of[i] != self.quote_of[first]
        )

    def _without_edges(self, first: int, end: int) -> TokenRange | None:
        while first < end and not self.words[first][0].isalnum() and self.words[first] not in "@#$":
            first += 1
        while first < end and self.words[first] in cues.ADVERBS:
            first += 1
        while end > first and self.words[end - 1] in {"-", "(", ","}:
            end -= 1
        if first < end and self.words[end - 1] not in cues.DETERMINERS - {"this", "that", "one"}:
            return first, end
        return None

    def _content_after(self, i: int, sentence: TokenRange) -> list[TokenRange]:
        """What is said behind a cue: after its addressee and circumstances, to the end."""
        word = self.word(i)
        if self.words[i - 1] in cues.TELL or word in cues.PREPOSITIONS or word in cues.DAYS:
            i = self._behind_circumstances(i, sentence)
        if self.word(i) in {",", ":"}:
            i += 1
        # Behind a colon the quotation may begin in a paragraph of its own.
        return self._clause(i, sentence[1]) if i < sentence[1] or self.opens_quote(i) else []

    def _behind_circumstances(self, i: int, sentence: TokenRange) -> int:
        if i >= sentence[1]:
            return i
        stop = min(sentence[1], i + MAX_GAP_TOKENS)
        for j in range(i, stop):
            word = self.words[j]
            if word in {"that", ":"} or self.opens_quote(j):
                return j
        if self.words[i] in cues.DAYS:
            return i + 1
        for j in range(i + 1, stop):
            if self.words[j] in cues.PRONOUNS or self.words[j] in cues.DETERMINERS:
                return j
        return sentence[1]

    def _around(self, quote_end: int, right: int, sentence: TokenRange) -> list[TokenRange]:
        """Content on both sides of an interruption: the quotation before it and the one after."""
        first, end = self.quotes[self.quote_of[quote_end]]
        pieces = [(min(first, sentence[0]) if first > sentence[0] else first, end)]
        after = right
        while after < min(sentence[1], right + MAX_GAP_TOKENS) and self.quote_of[after] < 0:
            after += 1
        if (
            self.opens_quote(after)
            and self.words[after - 1] in {",", ".", ":"}
            and not self.breaks_before(after)
        ):
            pieces.append(self.quotes[self.quote_of[after]])
        return pieces

    def _clause(self, first: int, end: int) -> list[TokenRange]:
        """A content between two places: with the whole of a quotation that begins in it, else up to
        a contrasting clause, without commas around it and the sentence's final period."""
        last = max(first, end - 1)
        if last < len(self.words) and self.quote_of[last] >= 0:
            opened, closed = self.quotes[self.quote_of[last]]
            if opened >= first:
                return [(first, closed)]
        for i in range(first + 1, end - 1):
            contrast = self.words[i] == "," and self.words[i + 1] in cues.CONTRASTS
            if contrast and self.quote_of[i] == self.quote_of[first]:
                end = i
                break
        while end > first and self.words[end - 1] in {".", ",", ";", "-", "–", "—"}:
            end -= 1
        while first < end and self.words[first] in {",", "-", "–", "—", ")"}:
            first += 1
        return [(first, end)] if first < end else []
