"""Articles on their way through a second review, for tests."""

from django.contrib.auth.models import User

from annotations import actions
from annotations.actions import second_review
from annotations.models import Annotation, SecondReview
from annotations.models.state import Spans
from articles.models import Article
from tests.builders import TEXT, ready_article, spans

CLAIM: Spans = spans(TEXT, cue=["closes"], content=["for repairs"])
FIXED: Spans = spans(TEXT, source=["residents"], cue=["said"], content=["feared the noise"])


def waiting_article(first: User) -> Article:
    """An article that its first person has finished: the mayor approved, the port rejected, the
    residents corrected, and a claim added.
    """
    article = ready_article()
    Article.objects.filter(pk=article.pk).update(needs_second_review=True)
    mayor, port, residents = article.annotations.all()
    actions.approve(mayor.pk, 1, first)
    actions.reject(port.pk, 1, first)
    actions.correct(residents.pk, 1, first, FIXED, "indirect")
    actions.add(article.pk, first, CLAIM, "indirect")
    return actions.finish(article.pk, first)


def copies(review: SecondReview) -> list[Annotation]:
    return list(Annotation.every.filter(second_review=review).order_by("start", "id"))


def disputed_article(first: User, second: User) -> tuple[Article, SecondReview]:
    """And its second person approved all that the machine proposed: mayor, port and residents."""
    article = waiting_article(first)
    review = second_review.begin(article.pk, second)
    for copy in copies(review):
        actions.approve(copy.pk, copy.version, second)
    article = actions.finish(article.pk, second)
    review.refresh_from_db()
    return article, review
