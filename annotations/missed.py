"""Sentences that may hide an attribution nobody proposed: with quotation marks or words of saying.

They are marked on the page; a person who looked and found none clears the mark.
"""

import re
from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.attribution.cues import SPEECH
from annotations.attribution.types import Offsets
from annotations.deciding import Refused, check_permission, locked_article
from annotations.models import SecondLook
from articles.models import Article, Sentence

QUOTED = re.compile('["“”„‟«»‹›「」『』]')
WORDS = re.compile(r"\w+")


def missed_sentences(
    text: str, sentences: Iterable[Offsets], covered: Iterable[Offsets]
) -> list[Offsets]:
    """The sentences that look like an attribution and are not touched by any covered piece.

    ``sentences`` in text order; offsets in code points.
    """
    pieces = sorted(covered)
    found = []
    first = 0
    reach = 0  # the farthest end among the pieces before `first`
    for start, end in sentences:
        while first < len(pieces) and pieces[first][0] < end:
            reach = max(reach, pieces[first][1])
            first += 1
        if reach <= start and _is_suspicious(text[start:end]):
            found.append((start, end))
    return found


def _is_suspicious(sentence: str) -> bool:
    # In other languages only the quotation marks tell.
    lower = sentence.lower()
    return (
        QUOTED.search(sentence) is not None
        or "according to" in lower
        or not SPEECH.isdisjoint(WORDS.findall(lower))
    )


def clear(article_id: int, start: int, by: User) -> Sentence:
    """The person looked at the sentence that starts there, and it holds no attribution."""
    check_permission(by)
    with transaction.atomic():
        article = locked_article(article_id)
        if article.status == Article.Status.FINISHED:
            raise Refused(_("This article is finished. Reopen it to change anything."))
        sentence = article.sentences.filter(start=start).first()
        if sentence is None:
            raise Refused(_("No sentence starts there."))
        sentence.cleared_by = by
        sentence.cleared_at = timezone.now()
        sentence.save(update_fields=["cleared_by", "cleared_at"])
    return sentence


def uncleared(
    article: Article, look: SecondLook | None = None, reach: Offsets | None = None
) -> list[Offsets]:
    """The article's sentences that nobody cleared, in text order; all, or those that reach into a
    stretch of text.

    In a second look, those that the second person did not: they must not be led by the first one.
    """
    sentences = article.sentences.order_by("index")
    if look is None:
        sentences = sentences.filter(cleared_at__isnull=True)
    else:
        sentences = sentences.filter(~Q(cleared_by=look.second_id) | Q(cleared_by__isnull=True))
    if reach is not None:
        sentences = sentences.filter(start__lt=reach[1], end__gt=reach[0])
    return list(sentences.values_list("start", "end"))
