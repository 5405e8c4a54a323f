"""Clear a sentence: somebody looked for a missed attribution there and found none.

That is a decision like any other: in the log with its person, and undo takes it back.
"""

import uuid

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from annotations.actions.base import (
    Refused,
    check_permission,
    lock_article,
    refuse_if_finished,
)
from annotations.models import Clearing, Decision, SecondReview
from annotations.models.decision import DecisionAction
from articles.models import Sentence


def clear_sentence(
    article_id: int, start: int, by: User, review: SecondReview | None = None
) -> Sentence:
    """The person looked at the sentence that starts there, and it holds no attribution.

    In a second review that is told apart from what the first person cleared. Sent again by the same
    person nothing changes. Raise ``Refused`` where no sentence starts there, somebody else has
    cleared it, or the article is not open for the person's decisions.
    """
    check_permission(by)
    with transaction.atomic():
        article = lock_article(article_id, review, by)
        sentence = article.sentences.filter(start=start).first()
        if sentence is None:
            raise Refused(_("No sentence starts there."))
        stands = Clearing.objects.filter(sentence=sentence, second_review=review).first()
        if stands is None:
            _write(sentence, review, by, Decision.Action.CLEAR, cleared=True)
        elif stands.by_id != by.pk:
            raise Refused(_("%s has cleared this sentence already.") % stands.by)
    return sentence


def put_back(
    decision: Decision,
    review: SecondReview | None,
    action: DecisionAction,
    by: User,
    press: uuid.UUID | None = None,
) -> Sentence:
    """Take back a decision on a sentence, as an undo or a redo.

    The caller holds the article's lock. Raise ``Refused`` where the sentence is not as the
    decision left it.
    """
    before, after = decision.before or {}, decision.after or {}
    sentences = Sentence.objects.select_related("article").defer("article__text")
    sentence = sentences.get(article=decision.article_id, start=after["start"])
    refuse_if_finished(sentence.article)
    stands = Clearing.objects.filter(sentence=sentence, second_review=review).first()
    if (stands and stands.by_id) != (by.pk if after["cleared"] else None):
        raise Refused(_("Somebody else has looked at this sentence since."))
    _write(sentence, review, by, action, cleared=before["cleared"], undoes=decision, press=press)
    return sentence


def _write(
    sentence: Sentence,
    review: SecondReview | None,
    by: User,
    action: DecisionAction,
    *,
    cleared: bool,
    undoes: Decision | None = None,
    press: uuid.UUID | None = None,
) -> None:
    """Clear the sentence, or no more, and log it."""
    if cleared:
        Clearing.objects.create(sentence=sentence, second_review=review, by=by)
    else:
        Clearing.objects.filter(sentence=sentence, second_review=review).delete()
    place = {"start": sentence.start, "end": sentence.end, "second_review": review is not None}
    Decision.objects.create(
        article_id=sentence.article_id,
        action=action,
        by=by,
        by_name=by.get_username(),
        before={**place, "cleared": not cleared},
        after={**place, "cleared": cleared},
        undoes=undoes,
        press=press,
    )
