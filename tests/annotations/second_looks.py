"""Articles on their way through a second look, for tests."""

from django.contrib.auth.models import User

from annotations import finishing, review, second_look
from annotations.deciding import Spans
from annotations.models import Annotation, SecondLook
from articles.models import Article
from tests.builders import TEXT, ready_article, spans

CLAIM: Spans = spans(TEXT, cue=["closes"], content=["for repairs"])
FIXED: Spans = spans(TEXT, source=["residents"], cue=["said"], content=["feared the noise"])


def waiting_article(first: User) -> Article:
    """An article that its first person has finished: the mayor approved, the port rejected, the
    residents corrected, and a claim added.
    """
    article = ready_article()
    Article.objects.filter(pk=article.pk).update(needs_second_look=True)
    mayor, port, residents = article.annotations.all()
    review.approve(mayor.pk, 1, first)
    review.reject(port.pk, 1, first)
    review.edit(residents.pk, 1, first, FIXED, "indirect")
    review.add(article.pk, first, CLAIM, "indirect")
    return finishing.finish(article.pk, first)


def copies(look: SecondLook) -> list[Annotation]:
    return list(Annotation.every.filter(second_look=look).order_by("start", "id"))


def disputed_article(first: User, second: User) -> tuple[Article, SecondLook]:
    """And its second person approved all that the machine proposed: mayor, port and residents."""
    article = waiting_article(first)
    look = second_look.begin(article.pk, second)
    for copy in copies(look):
        review.approve(copy.pk, copy.version, second)
    article = finishing.finish(article.pk, second)
    look.refresh_from_db()
    return article, look
