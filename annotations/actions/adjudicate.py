"""Settling where two people's labels differ: whose label the article keeps, or which third one.

The second person's rows stay as they judged them. What changes are the article's own labels,
through the other actions, like any decision; whom was followed is kept as an ``Adjudication``.
The two people themselves may only give way, unless an admin allows more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from accordingto.attribution import ROLES
from accordingto.text.quotation_marks import quote_type as quote_type_of
from annotations.actions.add import add
from annotations.actions.base import (
    Conflict,
    Refused,
    as_state,
    check_permission,
    locked_article,
    may_settle_own,
    twin,
)
from annotations.actions.correct import correct
from annotations.actions.finish import close_if_settled, open_again
from annotations.actions.reject import reject
from annotations.actions.revert import revert
from annotations.agreement.alignment import Dispute
from annotations.agreement.disputes import disputes
from annotations.models import Adjudication, Annotation, Decision, SecondReview
from annotations.models.state import Spans, spans_of
from articles.models import Article

type Which = Literal["first", "second", "third"]


def why_not(review: SecondReview, by: User, which: Which) -> str:
    """Why the person may not settle a dispute like that; empty if they may."""
    giving_way = {"first": review.second_id, "second": review.first_id}.get(which) == by.pk
    if giving_way or may_settle_own(review, by):
        return ""
    if which == "third":
        return _("You are one of the two: another person may give a third label.")
    return _("This label is yours: another person decides whether it stands.")


def adopt(
    article_id: int,
    by: User,
    first_id: int,
    second_id: int,
    *,
    version: int,
    which: Which,
    spans: Spans | None = None,
    quote_type: str = "",
) -> Adjudication:
    """Settle a dispute in favour of the first or the second person, or by a third label: ``spans``
    and their quote type (empty: by the words).

    The dispute is named by the ids of both labels, 0 for the one that is missing; ``version`` is
    that of the first label as the person saw it. Following the second person changes, adds or
    rejects the article's own label, a third one changes or adds it. When nothing is left the
    article is finished. Sent again by the same person it is done once. Raise ``Conflict`` where
    the first label has changed since, ``Refused`` where there is no such dispute, and where the
    person is one of the two and would decide for themselves.
    """
    check_permission(by)
    with transaction.atomic():
        article, review = _disputed(article_id)
        repeated = _repeated(review, by, first_id, second_id, which, spans=spans)
        if repeated:
            return repeated
        if article.status != Article.Status.DISPUTED:
            raise Refused(_("Nothing is disputed in this article."))
        if reason := why_not(review, by, which):
            raise Refused(reason)
        dispute = next(
            (d for d in disputes(review) if (d.first_id, d.second_id) == (first_id, second_id)),
            None,
        )
        if dispute is None:
            raise Refused(_("This difference is settled already, or has changed meanwhile."))
        if dispute.mine and dispute.version != version:
            raise Conflict(
                _("%s's label has changed since you saw it.") % review.first, dispute.mine, None
            )
        own = None
        if which != "first":
            with _open_for_settling(article):
                own = (
                    _follow_second(article, by, dispute)
                    if which == "second"
                    else _give_third(article, by, dispute, spans or {}, quote_type)
                )
        adjudication = Adjudication.objects.create(
            second_review=review,
            first=dispute.mine,
            second=dispute.theirs,
            verdict=which,
            by=by,
            by_name=by.get_username(),
            decision=own.decisions.last() if own else None,
        )
        close_if_settled(article, review, by)
    return adjudication


def take_back(article_id: int, by: User, adjudication_id: int) -> Adjudication:
    """Take back the latest adjudication; a label that it changed is as it was before.

    That may also be the one that finished the article. Raise ``Refused`` where another one is the
    latest, and where the article or the label has changed since.
    """
    check_permission(by)
    with transaction.atomic():
        article, review = _disputed(article_id)
        latest = standing(review)
        if latest is None or latest.pk != adjudication_id:
            raise Refused(_("Only the latest adjudication can be taken back; look again."))
        if article.status == Article.Status.FINISHED:
            open_again(article, review, by)
        elif article.status != Article.Status.DISPUTED:
            raise Refused(_("Nothing is disputed in this article."))
        if latest.decision:
            with _open_for_settling(article):
                _undo(latest.decision, by)
        return Adjudication.objects.create(
            second_review=review,
            first=latest.first,
            second=latest.second,
            verdict=Adjudication.Verdict.NOBODY,
            by=by,
            by_name=by.get_username(),
            takes_back=latest,
        )


def standing(review: SecondReview) -> Adjudication | None:
    """The latest adjudication that was not taken back."""
    return (
        review.adjudications.filter(taken_back_by__isnull=True)
        .exclude(verdict=Adjudication.Verdict.NOBODY)
        .select_related("first", "second", "decision")
        .last()
    )


def _disputed(article_id: int) -> tuple[Article, SecondReview]:
    article = locked_article(article_id)
    review = article.second_reviews.current().select_related("first", "second").last()
    if review is None or review.done_at is None:
        raise Refused(_("Nothing is disputed in this article."))
    review.article = article
    return article, review


@contextmanager
def _open_for_settling(article: Article) -> Iterator[None]:
    """Open the labels to whoever settles: a disputed article's are closed to the two who made them.

    Nobody else sees it: it is within the transaction that holds the article's lock.
    """
    row = Article.objects.filter(pk=article.pk)
    row.update(status=Article.Status.READY)
    yield
    row.update(status=Article.Status.DISPUTED)


def _repeated(
    review: SecondReview,
    by: User,
    first_id: int,
    second_id: int,
    which: Which,
    *,
    spans: Spans | None,
) -> Adjudication | None:
    """The same person's latest adjudication, if it is this very one: the answer was lost."""
    latest = standing(review)
    same = latest is not None and (
        latest.by_id == by.pk
        and (latest.first_id or 0, latest.second_id or 0) == (first_id, second_id)
        and latest.verdict == which
    )
    if same and latest and which == "third" and latest.decision and latest.decision.annotation:
        same = spans_of(latest.decision.annotation) == as_state(spans or {})
    return latest if same else None


def _follow_second(article: Article, by: User, dispute: Dispute) -> Annotation:
    """Make the article's own label what the second person's is."""
    mine, theirs = dispute.mine, dispute.theirs
    if theirs is None:
        assert mine is not None  # noqa: S101 - a dispute has a label on one side at least
        return reject(mine.pk, mine.version, by)
    spans: Spans = {role: [(s, e) for s, e in spans_of(theirs)[role]] for role in ROLES}
    return _set_own(article, by, mine, spans, theirs.quote_type)


def _give_third(
    article: Article, by: User, dispute: Dispute, spans: Spans, quote_type: str
) -> Annotation:
    """Make the article's own label one that neither of the two gave."""
    by_words = quote_type or quote_type_of(article.text, spans.get("content", ()))
    for label in (dispute.mine, dispute.theirs):
        if label and (spans_of(label), label.quote_type) == (as_state(spans), by_words):
            raise Refused(_("This is the label of one of the two: adopt theirs."))
    return _set_own(article, by, dispute.mine, spans, quote_type)


def _set_own(
    article: Article, by: User, mine: Annotation | None, spans: Spans, quote_type: str
) -> Annotation:
    """Correct the article's own label, or add it where there is none."""
    if mine is None:
        # The first person rejected the same proposal: that row is approved after all.
        own = article.annotations.prefetch_related("spans")
        mine = next((each for each in own if spans_of(each) == as_state(spans)), None)
    if mine is None:
        return add(article.pk, by, spans, quote_type)
    # Or rejected it beside another reading: that row is approved, and the other reading rejected.
    rejected = twin(article, None, spans, but=mine.pk)
    merge = rejected.version if rejected else None
    return correct(mine.pk, mine.version, by, spans, quote_type, merge=merge)


def _undo(decision: Decision, by: User) -> None:
    """Put the label back to before the decision, if it was the latest one on it, and what was made
    one with it.
    """
    together = [decision]
    if decision.batch:
        batch = Decision.objects.filter(batch=decision.batch)
        together = list(batch.select_related("annotation").order_by("-id"))
    for each in together:
        label = each.annotation
        assert label is not None  # noqa: S101 - adjudications decide on labels
        if label.decisions.filter(pk__gt=each.pk).exists():
            raise Refused(_("The label has changed since it was settled; correct it instead."))
        if each.before is None:
            reject(label.pk, label.version, by)
        else:
            revert(label.pk, label.version, by, each.pk, before=True)
