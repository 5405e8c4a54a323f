"""spaCy's English tokens in linear time, whatever the text is."""

import re
import sys
from collections.abc import Callable

import spacy
from spacy.language import Language, create_tokenizer
from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]
from spacy.tokens import Doc
from spacy.util import registry

TOKENIZER = "accordingto.tokenizer.v1"
ANY_LENGTH = "accordingto.any_length.v1"

# spaCy's tokenizer takes a time that grows with the square of the length of a run without white
# space, and fast where it is punctuation: 2,000 quotation marks in a row take more than a second.
# No word of news is this long.
_LONG_RUN = re.compile(r"[^\w\s]{24}|\S{240}")


class BoundedTokenizer(Tokenizer):  # type: ignore[misc]
    """spaCy's tokenizer, except that overlong runs without white space are cut up before."""

    def __call__(self, string: str) -> Doc:
        cuts = [match.end() for match in _LONG_RUN.finditer(string)]
        words: list[str] = []
        spaces: list[bool] = []
        for start, end in zip([0, *cuts], [*cuts, len(string)], strict=True):
            part: Doc = super().__call__(string[start:end])
            if not cuts:
                return part
            for token in part:
                words.append(token.text)
                spaces.append(bool(token.whitespace_))
        return Doc(self.vocab, words=words, spaces=spaces)


@registry.tokenizers(TOKENIZER)  # type: ignore[untyped-decorator]
def make_tokenizer() -> Callable[[Language], Tokenizer]:
    """What spaCy's configuration asks for: a function from the pipeline to its tokenizer."""

    def tokenizer_of(nlp: Language) -> Tokenizer:
        plain = create_tokenizer()(nlp)
        return BoundedTokenizer(
            nlp.vocab,
            rules=plain.rules,
            prefix_search=plain.prefix_search,
            suffix_search=plain.suffix_search,
            infix_finditer=plain.infix_finditer,
            token_match=plain.token_match,
            url_match=plain.url_match,
        )

    return tokenizer_of


@registry.callbacks(ANY_LENGTH)  # type: ignore[untyped-decorator]
def make_any_length() -> Callable[[Language], Language]:
    """What spaCy's configuration asks for: a function that lifts a new pipeline's limit on texts.

    A callback, because spaCy saves the configuration but not ``max_length``.
    """

    def any_length(nlp: Language) -> Language:
        # The limit is there for the memory of parsers and entity recognisers; there are none here.
        nlp.max_length = sys.maxsize
        return nlp

    return any_length


def blank_pipeline() -> Language:
    """Make a pipeline of nothing but this tokenizer, for texts of any length."""
    settings = {
        "tokenizer": {"@tokenizers": TOKENIZER},
        "after_creation": {"@callbacks": ANY_LENGTH},
    }
    return spacy.blank("en", config={"nlp": settings})
