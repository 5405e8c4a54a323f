"""The second review: somebody else labels an article, without seeing what the first person decided.

``annotations.actions.finish`` asks for it, a second person begins, judges the machine's proposals
as it made them, and finishes. Labels that differ are settled in ``annotations.actions.adjudicate``.
"""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from accordingto.attribution import ROLES
from annotations.actions.base import (
    Refused,
    check_permission,
    locked_article,
    log_article,
    refuse_while_proposed,
)
from annotations.agreement.alignment import label_of
from annotations.agreement.disputes import approved_labels
from annotations.agreement.measures import counts_of
from annotations.models import (
    Annotation,
    Clearing,
    Decision,
    SecondReview,
    Span,
)
from annotations.models.second_review import _handed_back, may_hand_back, may_withdraw
from annotations.models.state import State, first_offset, span_rows, state_of
from articles.clock import database_now
from articles.models import Article, ArticleStatus, Lease


def ask(article: Article, by: User) -> SecondReview:
    """Have the article wait for a second person. The caller holds the article's lock."""
    review = SecondReview.objects.create(article=article, first=by)
    article.status = Article.Status.SECOND_REVIEW
    article.save(update_fields=["status"])
    return review


def begin(article_id: int, by: User) -> SecondReview:
    """Be the second person: the machine's original proposals are theirs to judge.

    Begun again by the same person, nothing changes. Raise ``Refused`` where the article waits for
    no second review, for the first person, and where somebody else has begun.
    """
    check_permission(by)
    with transaction.atomic():
        article = locked_article(article_id)
        review = _open_review(article, Article.Status.SECOND_REVIEW)
        if review.first_id == by.pk:
            raise Refused(
                _("You labelled this article first; somebody else has to do the second review.")
            )
        if review.second_id == by.pk:
            return review
        if review.second is not None:
            raise Refused(_("%s is doing the second review of this article.") % review.second)
        review.second = by
        review.save(update_fields=["second"])
        earlier = _handed_back(review, by)
        Clearing.objects.filter(second_review__in=earlier).update(second_review=review)
        labels = Annotation.every.filter(second_review__in=earlier)
        # A blind sample is labelled without the machine, the second time too.
        if not labels.update(second_review=review) and not article.blind:
            _copy_proposals(article, review)
    return review


def hand_back(article_id: int, by: User) -> SecondReview:
    """Have another person do the second review that somebody began and has not done.

    The second person does, or for them who may require second reviews. Their labels so far are
    shown to nobody, and are theirs again if they begin once more. Return the second review that
    waits now. Raise ``Refused`` for anybody else, and where nobody has begun.
    """
    check_permission(by)
    with transaction.atomic():
        article = locked_article(article_id)
        review = _open_review(article, Article.Status.SECOND_REVIEW)
        if review.second is None:
            raise Refused(_("Nobody has begun the second review of this article."))
        if not may_hand_back(review, by):
            raise Refused(_("%s is doing the second review of this article.") % review.second)
        review.handed_back_at, review.handed_back_by = database_now(), by
        review.save(update_fields=["handed_back_at", "handed_back_by"])
        Lease.objects.filter(article=article, person=review.second).delete()
        return SecondReview.objects.create(
            article=article, first_id=review.first_id, asked_at=review.asked_at
        )


def withdraw(article_id: int, by: User) -> Article:
    """Take an article back to change something, as its first person, before anyone has begun."""
    check_permission(by)
    with transaction.atomic():
        article = locked_article(article_id)
        review = _open_review(article, Article.Status.SECOND_REVIEW)
        if review.first_id != by.pk:
            raise Refused(_("Only %s, who finished it, may take it back.") % review.first)
        if not may_withdraw(review, by):
            raise Refused(_("%s is doing the second review of this article.") % review.second)
        review.delete()
        article.status = Article.Status.READY
        article.save(update_fields=["status"])
        log_article(article, Decision.Action.REOPEN, by)
    return article


def complete(article: Article, by: User) -> SecondReview:
    """End the second person's labelling and keep how far the two agree.

    The caller holds the article's lock, and says what becomes of the article. Raise ``Refused``
    for anybody else, and while a proposal awaits the second person's decision.
    """
    review = _open_review(article, Article.Status.SECOND_REVIEW)
    if review.second is None:
        raise Refused(_("This article is waiting for a second review."))
    if review.second_id != by.pk:
        raise Refused(_("%s is doing the second review of this article.") % review.second)
    refuse_while_proposed(Annotation.every.filter(second_review=review))
    first, second = approved_labels(review)
    text = article.text
    review.agreement = counts_of(
        text,
        [label_of(text, each).pieces for each in first],
        [label_of(text, each).pieces for each in second],
    )
    review.done_at = database_now()
    review.save(update_fields=["agreement", "done_at"])
    return review


def _open_review(article: Article, status: ArticleStatus) -> SecondReview:
    if article.status != status:
        raise Refused(_("This article is not waiting for a second review."))
    reviews = article.second_reviews.current().select_related("first", "second")
    review = reviews.get(settled_at__isnull=True)
    review.article = article
    return review


def _copy_proposals(article: Article, review: SecondReview) -> None:
    """Propose to the second person what the machine proposed to the first."""
    rows: list[tuple[Annotation, State]] = []
    own = article.annotations.select_related("run", "resolved_source").prefetch_related(
        "spans",
        Prefetch("decisions", Decision.objects.order_by("id"), to_attr="log"),
    )
    for annotation in own:
        state = _as_proposed(annotation)
        if state is not None:
            copy = Annotation(
                article=article,
                second_review=review,
                status=Annotation.Status.PROPOSED,
                quote_type=state["quote_type"],
                confidence=state["confidence"],
                run_id=state["run"],
                start=first_offset({role: state[role] for role in ROLES}),
            )
            rows.append((copy, state))
    Annotation.every.bulk_create([copy for copy, _state in rows])
    Span.objects.bulk_create(
        row
        for copy, state in rows
        for row in span_rows(copy, {role: state[role] for role in ROLES})
    )


def _as_proposed(annotation: Annotation) -> State | None:
    """The annotation as the machine made it; None for what a person added.

    An imported one that was judged elsewhere counts as proposed where the file says that a machine
    made its spans. Who the source is was said by people: it is not copied.
    """
    log: list[Decision] = getattr(annotation, "log")  # noqa: B009 - put there by the prefetch
    first = next((each for each in log if each.action != Decision.Action.IMPORT), None)
    state: Any = first.before if first else state_of(annotation)
    return state if state and state["run"] else None
