"""Segmentation: the sentences of an article."""

from collections.abc import Iterable
from functools import cache

from spacy.language import Language

from accordingto.attribution import Offsets
from accordingto.pipeline.sentences import build_segmenter, sentence_offsets
from articles.models import Article, Sentence


@cache
def _segmenter() -> Language:
    return build_segmenter()


def segment(text: str) -> list[Offsets]:
    """The sentences of ``text``, as offsets without the white space between them."""
    return sentence_offsets(_segmenter()(text))


def store_sentences(article: Article, sentences: Iterable[Offsets]) -> None:
    """Give a new article its sentences."""
    Sentence.objects.bulk_create(
        Sentence(article=article, index=index, start=start, end=end)
        for index, (start, end) in enumerate(sentences)
    )
