"""Articles and attributions for tests, told by their words instead of their offsets."""

from collections.abc import Iterable

from accordingto.attribution import Offsets
from accordingto.records.article import ArticleRecord, AttributionRecord
from annotations.models import Annotation
from annotations.models.state import Spans
from annotations.queue.intake import ingest_record
from articles.models import Article
from articles.segmentation import segment, store_sentences

TEXT = """The harbour bridge closes for repairs.

“We cannot wait any longer,” Mayor Ada Lindqvist told reporters on Monday. “The bolts are older \
than I am.”

According to the port authority, the work takes six weeks, and residents said they feared the noise.
"""

MAYOR = {
    "source": ["Mayor Ada Lindqvist"],
    "cue": ["told reporters"],
    "content": ["“We cannot wait any longer,”", "“The bolts are older than I am.”"],
}
PORT = {
    "source": ["the port authority"],
    "cue": ["According to"],
    "content": ["the work takes six weeks"],
}
RESIDENTS = {"source": ["residents"], "cue": ["said"], "content": ["they feared the noise"]}


def offsets(text: str, words: Iterable[str]) -> tuple[Offsets, ...]:
    """Where each of the words stands in the text first."""
    return tuple((text.index(word), text.index(word) + len(word)) for word in words)


def spans(text: str, **roles: Iterable[str]) -> Spans:
    """Spans by role, as the review functions take them."""
    return {role: offsets(text, words) for role, words in roles.items()}  # type: ignore[misc]


def proposal(text: str, **roles: Iterable[str]) -> AttributionRecord:
    return AttributionRecord(
        source=offsets(text, roles.get("source", ())),
        cue=offsets(text, roles.get("cue", ())),
        content=offsets(text, roles.get("content", ())),
        quote_type="indirect",
        confidence=0.8,
        origin="model:test-1",
    )


def ready_article(
    text: str = TEXT, proposals: Iterable[dict[str, list[str]]] = (MAYOR, PORT, RESIDENTS)
) -> Article:
    """An article that is ready for review, with these proposals."""
    records = tuple(proposal(text, **roles) for roles in proposals)
    record = ArticleRecord(text=text, title="Bridge closes", attributions=records)
    article = ingest_record(record, by=None).article
    if not records:
        store_sentences(article, segment(text))
        Article.objects.filter(pk=article.pk).update(status=Article.Status.READY)
        article.refresh_from_db()
    return article


def words_of(annotation: Annotation) -> dict[str, list[str]]:
    """The words of each role."""
    annotation = Annotation.objects.get(pk=annotation.pk)
    text = annotation.article.text
    words: dict[str, list[str]] = {"source": [], "cue": [], "content": []}
    for span in annotation.spans.all():
        words[span.role].append(text[span.start : span.end])
    return words
