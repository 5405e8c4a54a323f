"""Finishing an article, and opening it again.

Where an article needs a second look, finishing it takes two people: the first one's ``finish`` has
it wait, the second one's compares. Only labels that nobody disputes are finished.
"""

import hashlib
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations import second_look
from annotations.deciding import (
    Refused,
    check_permission,
    lock_article,
    locked_article,
    log_article,
)
from annotations.desk import Desk
from annotations.models import Annotation, Decision, SecondLook, Span
from annotations.naming import is_description
from articles.clock import database_now
from articles.models import Article


@dataclass(slots=True)
class Left:
    """What a person should know before they sign the article off. ``seen`` names just this."""

    warnings: list[str] = field(default_factory=list)
    seen: str = ""


class Warned(Refused):
    """The article was not finished yet: the person first has to see what is left."""

    def __init__(self, left: Left) -> None:
        super().__init__(" ".join(left.warnings))
        self.left = left


def _with_a_name(text: str, annotations: QuerySet[Annotation]) -> list[int]:
    """Those whose source span has a name: a description ("officials") belongs to its article."""
    spans = Span.objects.filter(annotation__in=annotations, role=Span.Role.SOURCE)
    words: dict[int, list[str]] = {}
    for pk, start, end in spans.order_by("annotation", "start").values_list(
        "annotation", "start", "end"
    ):
        words.setdefault(pk, []).append(text[start:end])
    return [pk for pk, pieces in words.items() if not is_description(" ".join(pieces))]


def left_in(desk: Desk) -> Left:
    """Unnamed sources of approved attributions, sentences still marked, and open flags.

    Nothing of it keeps an article from being finished. In a second look nobody is asked for names:
    those of the article's own labels count.
    """
    if not desk.may_judge:
        return Left()
    found: list[tuple[str, list[int]]] = []
    labels = desk.labels.order_by("pk")
    if desk.look is None:
        unnamed = labels.filter(status=Annotation.Status.APPROVED, resolved_source=None)
        if ids := _with_a_name(desk.article.text, unnamed):
            text = ngettext(
                "The source of %(n)d approved attribution has no name in the registry.",
                "The sources of %(n)d approved attributions have no name in the registry.",
                len(ids),
            )
            found.append((text, ids))
    if starts := [start for start, _end in desk.all_missed]:
        text = ngettext(
            "%(n)d sentence is still marked: it may hide an attribution.",
            "%(n)d sentences are still marked: they may hide attributions.",
            len(starts),
        )
        found.append((text, starts))
    if ids := list(labels.exclude(flag="").values_list("pk", flat=True)):
        text = ngettext("%(n)d flag is still open.", "%(n)d flags are still open.", len(ids))
        found.append((text, ids))
    if not found:
        return Left()
    named = repr([ids for _text, ids in found]).encode()
    return Left(
        warnings=[text % {"n": len(ids)} for text, ids in found],
        seen=hashlib.sha256(named).hexdigest()[:16],
    )


def finish(article_id: int, by: User, *, seen: str | None = None) -> Article:
    """Sign the article off, or have it wait for the next step of its second look.

    From the status and the person follows what is meant: its only or first labels are done, the
    second person's are, or all differences are settled. Finished again by the same person, nothing
    changes. ``seen`` is what the person was told is left (``Left.seen``, empty for nothing): if it
    is not what is left now, ``Warned`` is raised; None asks for no warning. Raises ``Refused``
    while a proposal awaits its decision, or a difference its settlement.
    """
    check_permission(by)
    with transaction.atomic():
        article = locked_article(article_id)
        if _finished_by(article, by):
            return article
        _check_left(article, by, seen)
        if article.status == Article.Status.SECOND_LOOK:
            look = second_look.complete(article, by)
            if not close_if_settled(article, look, by):
                article.status = Article.Status.DISPUTED
                article.save(update_fields=["status"])
                log_article(article, Decision.Action.FINISH, by)
            return article
        disputed = article.status == Article.Status.DISPUTED
        if not disputed:
            article = lock_article(article_id, None, by)
        # Of a blind sample nobody saw the proposals.
        if not article.blind:
            second_look.refuse_while_proposed(article.annotations.all())
        if disputed:
            look = article.second_looks.current().get(settled_at__isnull=True)
            if not close_if_settled(article, look, by):
                left = len(second_look.disputes(look))
                raise Refused(
                    ngettext(
                        "%(left)d difference is not settled yet.",
                        "%(left)d differences are not settled yet.",
                        left,
                    )
                    % {"left": left}
                )
        elif article.needs_second_look:
            second_look.ask(article, by)
            log_article(article, Decision.Action.FINISH, by)
        else:
            _sign_off(article, by)
    return article


def _finished_by(article: Article, by: User) -> bool:
    """Whether the person has finished it, and nothing was decided since (the key came twice)."""
    if article.status == Article.Status.FINISHED:
        return article.finished_by_id == by.pk
    last = article.decisions.order_by("id").last()
    return (
        article.status in second_look.WAITING
        and last is not None
        and (last.action, last.by_id) == (Decision.Action.FINISH, by.pk)
    )


def _check_left(article: Article, by: User, seen: str | None) -> None:
    if seen is None:
        return
    desk = Desk(article, by)
    if not article.blind:
        # What cannot be finished anyway is told first.
        second_look.refuse_while_proposed(desk.labels)
    left = left_in(desk)
    if left.seen != seen and left.warnings:
        raise Warned(left)


def reopen(article_id: int, by: User) -> Article:
    """Open a finished article for further decisions.

    Where it needs a second look, finishing it again asks for a new one.
    """
    check_permission(by)
    with transaction.atomic():
        changed = Article.objects.filter(pk=article_id, status=Article.Status.FINISHED).update(
            status=Article.Status.READY, finished_by=None, finished_at=None
        )
        article = Article.objects.get(pk=article_id)
        if not changed:
            raise Refused(_("This article is not finished."))
        log_article(article, Decision.Action.REOPEN, by)
    return article


def close_if_settled(article: Article, look: SecondLook, by: User) -> bool:
    """Finish the article of a second look that is done if nothing is left to settle or to judge.

    The caller holds the article's lock.
    """
    waiting = article.annotations.filter(status=Annotation.Status.PROPOSED)
    if second_look.disputes(look) or (not article.blind and waiting.exists()):
        return False
    look.settled_at = database_now()
    look.save(update_fields=["settled_at"])
    _sign_off(article, by)
    return True


def open_again(article: Article, look: SecondLook, by: User) -> None:
    """Take back that a second look is settled; the caller holds the article's lock."""
    look.settled_at = None
    look.save(update_fields=["settled_at"])
    article.status = Article.Status.DISPUTED
    article.finished_by = article.finished_at = None
    article.save(update_fields=["status", "finished_by", "finished_at"])
    log_article(article, Decision.Action.REOPEN, by)


def _sign_off(article: Article, by: User) -> None:
    article.status = Article.Status.FINISHED
    article.finished_by = by
    article.finished_at = database_now()
    article.save(update_fields=["status", "finished_by", "finished_at"])
    log_article(article, Decision.Action.FINISH, by)
