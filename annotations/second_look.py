"""The second look: somebody else labels an article, without seeing what the first person decided.

``finishing.finish`` asks for it, a second person begins, judges the machine's proposals as it made
them, and finishes. Labels that differ are settled in ``annotations.settling``.
"""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.agreement import counts_of
from annotations.attribution.types import ROLES
from annotations.deciding import (
    PERMISSION,
    Refused,
    State,
    check_permission,
    first_offset,
    locked_article,
    log_article,
    state_of,
)
from annotations.models import (
    Annotation,
    Clearing,
    Decision,
    SecondLook,
    Settlement,
    Span,
)
from annotations.pairing import Dispute, differences, label_of
from articles import lease
from articles.clock import database_now
from articles.models import Article
from articles.sampling import PERMISSION as REQUIRE

WAITING = (Article.Status.SECOND_LOOK, Article.Status.DISPUTED)


def settled(annotations: QuerySet[Annotation]) -> QuerySet[Annotation]:
    """Without those of articles that still need a second person: what one person approved there is
    not approved yet.
    """
    return annotations.filter(
        Q(article__status=Article.Status.FINISHED)
        | Q(article__needs_second_look=False) & ~Q(article__status__in=WAITING)
    )


def ask(article: Article, by: User) -> SecondLook:
    """Have the article wait for a second person. The caller holds the article's lock."""
    look = SecondLook.objects.create(article=article, first=by)
    article.status = Article.Status.SECOND_LOOK
    article.save(update_fields=["status"])
    return look


def begin(article_id: int, by: User) -> SecondLook:
    """Be the second person: the machine's original proposals are theirs to judge.

    Begun again by the same person, nothing changes. Raises ``Refused`` where the article waits for
    no second look, for the first person, and where somebody else has begun.
    """
    check_permission(by)
    with transaction.atomic():
        article = locked_article(article_id)
        look = _open_look(article, Article.Status.SECOND_LOOK)
        if look.first_id == by.pk:
            raise Refused(_("You labelled this article first; somebody else takes a second look."))
        if look.second_id == by.pk:
            return look
        if look.second is not None:
            raise Refused(_("%s is taking the second look at this article.") % look.second)
        look.second = by
        look.save(update_fields=["second"])
        earlier = _handed_back(look, by)
        Clearing.objects.filter(second_look__in=earlier).update(second_look=look)
        labels = Annotation.every.filter(second_look__in=earlier)
        # A blind sample is labelled without the machine, the second time too.
        if not labels.update(second_look=look) and not article.blind:
            _copy_proposals(article, look)
    return look


def hand_back(article_id: int, by: User) -> SecondLook:
    """Have another person take the second look that somebody began and has not done.

    The second person does, or for them who may require second looks. Their labels so far are shown
    to nobody, and are theirs again if they begin once more. Returns the look that waits now. Raises
    ``Refused`` for anybody else, and where nobody has begun.
    """
    check_permission(by)
    with transaction.atomic():
        article = locked_article(article_id)
        look = _open_look(article, Article.Status.SECOND_LOOK)
        if look.second is None:
            raise Refused(_("Nobody has begun the second look at this article."))
        if not may_hand_back(look, by):
            raise Refused(_("%s is taking the second look at this article.") % look.second)
        look.handed_back_at, look.handed_back_by = database_now(), by
        look.save(update_fields=["handed_back_at", "handed_back_by"])
        lease.release(article_id, look.second)
        return SecondLook.objects.create(
            article=article, first_id=look.first_id, asked_at=look.asked_at
        )


def may_withdraw(look: SecondLook, person: User) -> bool:
    """Whether the person can take back the article of an open look: the first, before a second."""
    mine = look.first_id == person.pk and look.second_id is None
    return mine and person.has_perm(PERMISSION)


def may_hand_back(look: SecondLook, person: User) -> bool:
    """Whether the person can leave an open look that has begun to others."""
    if look.second_id is None or not person.has_perm(PERMISSION):
        return False
    return look.second_id == person.pk or person.has_perm(REQUIRE)


def was_handed_back(look: SecondLook, by: User) -> bool:
    """Whether the person had begun this second look and handed it back."""
    return _handed_back(look, by).exists()


def _handed_back(look: SecondLook, by: User) -> QuerySet[SecondLook]:
    return SecondLook.objects.filter(
        article=look.article_id, second=by, asked_at=look.asked_at, handed_back_at__isnull=False
    )


def withdraw(article_id: int, by: User) -> Article:
    """Take an article back to change something, as its first person, before anyone has begun."""
    check_permission(by)
    with transaction.atomic():
        article = locked_article(article_id)
        look = _open_look(article, Article.Status.SECOND_LOOK)
        if look.first_id != by.pk:
            raise Refused(_("Only %s, who finished it, may take it back.") % look.first)
        if not may_withdraw(look, by):
            raise Refused(_("%s is taking the second look at this article.") % look.second)
        look.delete()
        article.status = Article.Status.READY
        article.save(update_fields=["status"])
        log_article(article, Decision.Action.REOPEN, by)
    return article


def complete(article: Article, by: User) -> SecondLook:
    """End the second person's labelling and keep how far the two agree.

    The caller holds the article's lock, and says what becomes of the article. Raises ``Refused``
    for anybody else, and while a proposal awaits the second person's decision.
    """
    look = _open_look(article, Article.Status.SECOND_LOOK)
    if look.second is None:
        raise Refused(_("This article waits for a second person's look."))
    if look.second_id != by.pk:
        raise Refused(_("%s is taking the second look at this article.") % look.second)
    refuse_while_proposed(Annotation.every.filter(second_look=look))
    first, second = approved_labels(look)
    text = article.text
    look.agreement = counts_of(
        text,
        [label_of(text, each).pieces for each in first],
        [label_of(text, each).pieces for each in second],
    )
    look.done_at = database_now()
    look.save(update_fields=["agreement", "done_at"])
    return look


def refuse_while_proposed(annotations: QuerySet[Annotation]) -> None:
    """Raises ``Refused`` while one of these awaits a decision."""
    left = annotations.filter(status=Annotation.Status.PROPOSED).count()
    if left:
        raise Refused(
            ngettext(
                "%(left)d proposal still awaits a decision.",
                "%(left)d proposals still await a decision.",
                left,
            )
            % {"left": left}
        )


def disputes(look: SecondLook) -> list[Dispute]:
    """Where the two people's labels differ and nobody has settled it, in text order."""
    first, second = approved_labels(look)
    return differences(look.article.text, first, second, upheld(look))


def approved_labels(look: SecondLook) -> tuple[list[Annotation], list[Annotation]]:
    """What the first and what the second person approved, with spans, in reading order."""
    found = (
        Annotation.every.filter(
            Q(second_look=look) | Q(second_look__isnull=True),
            article=look.article_id,
            status=Annotation.Status.APPROVED,
        )
        .prefetch_related("spans")
        .order_by("start", "id")
    )
    first: list[Annotation] = []
    second: list[Annotation] = []
    for annotation in found:
        (second if annotation.second_look_id else first).append(annotation)
    return first, second


def upheld(look: SecondLook) -> set[int]:
    """The ids of the labels that differ by somebody's will: both wherever the first person's was
    kept against the second's, and with them the third one that was given instead.
    """
    latest: dict[tuple[int | None, int | None], tuple[str, int | None]] = {}
    for first, second, verdict, own in look.settlements.order_by("id").values_list(
        "first", "second", "verdict", "decision__annotation"
    ):
        latest[first, second] = verdict, own
    return {
        label
        for labels, (verdict, own) in latest.items()
        if verdict in (Settlement.Verdict.FIRST, Settlement.Verdict.THIRD)
        for label in (*labels, own)
        if label
    }


def _open_look(article: Article, status: Article.Status) -> SecondLook:
    if article.status != status:
        raise Refused(_("This article waits for no second look."))
    looks = article.second_looks.current().select_related("first", "second")
    look = looks.get(settled_at__isnull=True)
    look.article = article
    return look


def _copy_proposals(article: Article, look: SecondLook) -> None:
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
                second_look=look,
                status=Annotation.Status.PROPOSED,
                quote_type=state["quote_type"],
                confidence=state["confidence"],
                run_id=state["run"],
                start=first_offset({role: state[role] for role in ROLES}),
            )
            rows.append((copy, state))
    Annotation.every.bulk_create([copy for copy, _state in rows])
    Span.objects.bulk_create(
        Span(annotation=copy, role=role, start=start, end=end)
        for copy, state in rows
        for role in ROLES
        for start, end in state[role]
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
