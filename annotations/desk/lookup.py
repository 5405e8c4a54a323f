"""The desk that an address leads to, for the person who asks."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from annotations.desk.desk import Desk
from annotations.htmx import HtmxRequest
from annotations.models import Annotation
from articles.models import Article


def desk_at(request: HtmxRequest, article_id: int) -> Desk:
    """The desk with an article on it. Raise Http404 where there is none."""
    return Desk(get_object_or_404(Article, pk=article_id), request.user)


def desk_of(request: HtmxRequest, annotation_id: int) -> tuple[Desk, Annotation]:
    """The desk with an annotation on it. Raise Http404 where the person may not see it."""
    found = Annotation.every.select_related("article").filter(pk=annotation_id).first()
    if found is not None:
        desk = Desk(found.article, request.user)
        if desk.shows(found):
            return desk, found
    raise Http404(_("This proposal is gone: the article was pre-labelled again."))
