"""Say who the source of an annotation is."""

import uuid

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accordingto.sources import names
from annotations.actions import source_registry
from annotations.actions.approve import approve
from annotations.actions.base import (
    Refused,
    check_permission,
    decide,
    locked,
)
from annotations.models import Annotation, Decision, Source
from annotations.models.state import source_words


def set_source(
    annotation_id: int,
    version: int,
    by: User,
    source: Source | None,
    *,
    batch: uuid.UUID | None = None,
) -> Annotation:
    """Say who the source is, or with None that it is not known after all.

    That signs nothing, and is open to finished articles too: what was signed are the words.
    """
    if source is not None and source.merged_into_id:
        raise Refused(_("“%s” was merged into another source.") % source)

    def change(annotation: Annotation) -> None:
        annotation.resolved_source = source

    return decide(
        annotation_id,
        version,
        by,
        Decision.Action.RESOLVE,
        change,
        signs=False,
        repeats=lambda annotation: annotation.resolved_source == source,
        in_finished=True,
        batch=batch,
    )


def name_source(annotation_id: int, version: int, by: User, name: str, kind: str) -> Annotation:
    """Say who the source is: a live source of this name and kind, or a new one.

    The span's own wording becomes another name of it, if it is one. A name that was merged away
    means what it was merged into, a description ("an executive") one of this article's. Raises
    ``Refused`` or ``Conflict``, and then nothing is changed.
    """
    check_permission(by)
    with transaction.atomic():
        # The article first, as everywhere, so that nobody waits for one another in a circle.
        annotation = locked(annotation_id, by, in_finished=True)
        return _named(annotation, version, by, _source_of(annotation, by, name, kind))


def approve_named(annotation_id: int, version: int, by: User, name: str, kind: str) -> Annotation:
    """Approve the annotation and say who its source is, in one go: one undo takes both back.

    As ``name_source`` and then ``approve``, all or nothing; sent twice it is done once.
    """
    check_permission(by)
    with transaction.atomic():
        annotation = locked(annotation_id, by)
        source = _source_of(annotation, by, name, kind)
        if annotation.version == version + 2 and _both_done(annotation, by, source):
            return annotation
        if annotation.resolved_source == source:
            return approve(annotation_id, version, by)
        batch = uuid.uuid4()
        named = _named(annotation, version, by, source, batch)
        return approve(annotation_id, named.version, by, batch=batch)


def _source_of(annotation: Annotation, by: User, name: str, kind: str) -> Source:
    article = annotation.article
    found = source_registry.find(name, kind, article)
    return found or source_registry.create(name, kind, by, article, by_naming=True)


def _named(
    annotation: Annotation, version: int, by: User, source: Source, batch: uuid.UUID | None = None
) -> Annotation:
    """Give the (locked) annotation the source, and the source the wording."""
    try:
        with transaction.atomic():
            changed = set_source(annotation.pk, version, by, source, batch=batch)
    except IntegrityError as error:
        # A merge of just now; the database does not let a merged source have anything.
        raise Refused(_("“%s” was merged into another source.") % source) from error
    wording = names.cleaned(source_words(annotation))
    if names.is_capitalised(wording) and not names.is_description(wording):
        source_registry.add_alias(source, wording, by, changed)
    return changed


def _both_done(annotation: Annotation, by: User, source: Source) -> bool:
    """Whether the latest two decisions are this person's naming it so and approving it."""
    naming_it, approval = [None, None, *annotation.decisions.order_by("id")][-2:]
    return (
        naming_it is not None
        and approval is not None
        and (naming_it.action, approval.action)
        == (Decision.Action.RESOLVE, Decision.Action.APPROVE)
        and naming_it.by_id == approval.by_id == by.pk
        and naming_it.batch == approval.batch is not None
        and annotation.resolved_source == source
    )
