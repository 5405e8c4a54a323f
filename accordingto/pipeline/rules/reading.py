"""A document as the rules read it: words, sentences and quotations, without the white space."""

from collections.abc import Sequence
from itertools import pairwise

from spacy.tokens import Doc

from accordingto.attribution import Offsets, QuoteType
from accordingto.pipeline.rules import cues

LONGEST_SENTENCE = 500
"""In tokens. What goes on for longer, a table or a list of words, is read in parts of this length:
the work on a cue grows with its sentence."""

type TokenRange = tuple[int, int]
"""First token and the one after the last."""


class Reading:
    """One document as lists over its tokens that are not white space.

    ``sentences`` and ``quotes`` are token ranges; ``quote_of`` has for every token the index of
    its quotation, or -1.
    """

    def __init__(self, doc: Doc) -> None:
        tokens = [token for token in doc if not token.is_space]
        self.text = doc.text
        self.shapes = [token.text for token in tokens]
        self.words = [token.text.lower().replace("’", "'") for token in tokens]
        self.starts = [token.idx for token in tokens]
        self.ends = [token.idx + len(token) for token in tokens]
        self.sentences = _sentences(doc)
        self.quotes = self._quotations()
        self.quote_of = [-1] * len(tokens)
        for index, (first, end) in enumerate(self.quotes):
            self.quote_of[first:end] = [index] * (end - first)

    def _quotations(self) -> list[TokenRange]:
        """Paired double quotation marks. An unclosed one ends with its paragraph, unless the next
        begins with a mark of its own: so a long quotation runs on over several paragraphs."""
        quotes: list[TokenRange] = []
        opened: int | None = None
        for i, word in enumerate(self.words):
            opens = word in cues.OPENING or word in cues.STRAIGHT
            if opened is not None and self.breaks_before(i):
                if opens:
                    continue
                quotes.append((opened, i))
                opened = None
            if opened is None:
                opened = i if opens else None
            elif word in cues.CLOSING or word in cues.STRAIGHT:
                quotes.append((opened, i + 1))
                opened = None
        if opened is not None:
            quotes.append((opened, len(self.words)))
        return quotes

    def breaks_before(self, i: int) -> bool:
        """Whether a line ends before this token."""
        return i > 0 and "\n" in self.text[self.ends[i - 1] : self.starts[i]]

    def word(self, i: int) -> str:
        """A token's lower-case word, "" outside the document."""
        return self.words[i] if 0 <= i < len(self.words) else ""

    def opens_quote(self, i: int) -> bool:
        """Whether a quotation begins with this token."""
        return (
            self.word(i) != "" and self.quote_of[i] >= 0 and self.quotes[self.quote_of[i]][0] == i
        )

    def closes_quote(self, i: int) -> bool:
        """Whether a quotation ends with this token."""
        return i >= 0 and self.quote_of[i] >= 0 and self.quotes[self.quote_of[i]][1] == i + 1

    def offsets(self, span: TokenRange) -> Offsets:
        """Where a token range lies in the text, in code points."""
        return self.starts[span[0]], self.ends[span[1] - 1]

    def quote_type(self, content: Sequence[TokenRange]) -> QuoteType:
        """Direct if all words of a content are in quotations that begin in it, mixed if some."""
        quoted = {
            self.quote_of[i] >= 0 and self.quotes[self.quote_of[i]][0] >= first
            for first, end in content
            for i in range(first, end)
            if self.words[i][0].isalnum()
        }
        if quoted == {True}:
            return "direct"
        return "mixed" if True in quoted else "indirect"


def _sentences(doc: Doc) -> list[TokenRange]:
    firsts: list[int] = []
    count = 0
    begins = True
    for token in doc:
        begins = begins or bool(token.is_sent_start) or count == firsts[-1] + LONGEST_SENTENCE
        if not token.is_space:
            if begins:
                firsts.append(count)
            begins = False
            count += 1
    return list(pairwise([*firsts, count]))
