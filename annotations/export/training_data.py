"""What people approved, as the network is trained on it."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from accordingto.records.article import ArticleRecord
from annotations.export.approved import Filters, approved_records
from annotations.models import Annotation
from articles.models import Article


def finished_records() -> Iterator[ArticleRecord]:
    """Finished articles with what was approved in them; without any, they teach what is none."""
    yield from approved_records(Filters(finished=True))
    # Not through the join: that would count what only a second person approved, and lost with.
    own = Annotation.objects.approved().filter(article=OuterRef("pk"))
    empty = Article.objects.filter(~Exists(own), status=Article.Status.FINISHED)
    for article in empty.order_by("id").iterator(chunk_size=100):
        yield ArticleRecord(text=article.text, id=article.key)
