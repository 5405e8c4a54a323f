"""What the database itself refuses: for each constraint and each trigger a write that breaks it.

One that comes without an example here is named by the test.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from annotations import actions
from annotations.actions import second_review
from annotations.models import (
    Adjudication,
    Annotation,
    Clearing,
    Decision,
    PrelabelRun,
    ReviewPolicy,
    SecondReview,
    Source,
    SourceAlias,
    SourceChange,
    Span,
)
from articles.models import Article, Lease, Sampling, Sentence
from project.models import OneTimeLink, SecurityEvent
from tests.annotations.second_reviews import waiting_article
from tests.builders import TEXT, ready_article

pytestmark = pytest.mark.django_db

OURS = ("annotations", "articles", "project")


class Scene:
    """An article in its second review, with its people, labels and decisions."""

    def __init__(self, first: User, second: User) -> None:
        self.first, self.second = first, second
        self.article = waiting_article(first)
        self.review = second_review.begin(self.article.pk, second)
        self.other = ready_article("Somebody else said no.", [])
        # The mayor's is approved, the residents' corrected; the second person's are proposed.
        self.label = self.article.annotations.order_by("id")[0]
        self.proposal = Annotation.every.filter(second_review=self.review).order_by("id")[0]
        self.run = PrelabelRun.objects.order_by("id")[0]
        self.source = Source.objects.create(name="Ann", kind="person")
        self.merged = Source.objects.create(name="Anna", merged_into=self.source)
        self.lone = Source.objects.create(name="Ana")
        self.decision = Decision.objects.filter(annotation=self.label).order_by("id")[1]
        self.event = SecurityEvent.objects.create(kind="signed_in", by=first, by_name="x")
        self.sentence = self.article.sentences.order_by("index")[0]

    def adjudication(self, **values: Any) -> Adjudication:
        """An adjudication that stands, but for these values."""
        good = {"second_review": self.review, "first": self.label, "by": self.first, "by_name": "x"}
        return Adjudication.objects.create(**{**good, "verdict": "first", **values})

    def link(self, **values: Any) -> OneTimeLink:
        """A one-time link of the first person, with these values."""
        good = {"purpose": "reset", "digest": digest("secret"), "made_by_name": "x"}
        return OneTimeLink.objects.create(
            **{"person": self.first, "expires_at": NOW, **good, **values}
        )


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def change(row: models.Model, **values: Any) -> int:
    return type(row)._base_manager.filter(pk=row.pk).update(**values)


NOW = timezone.now()

BROKEN: dict[str, Callable[[Scene], object]] = {
    # articles
    "article_status_known": lambda s: change(s.other, status="gone"),
    "article_text_not_blank": lambda s: Article.objects.create(
        text=" \n", text_sha256=digest(" \n"), folded_sha256=digest("")
    ),
    "article_key_fits_index": lambda s: Article.objects.create(
        text="A text.",
        text_sha256=digest("A text."),
        folded_sha256=digest("a"),
        key="字" * 667,
    ),
    "article_folded_sha256_is_one": lambda s: Article.objects.create(
        text="A text.", text_sha256=digest("A text."), folded_sha256="0" * 63
    ),
    "article_failed_with_reason": lambda s: change(s.other, status="failed"),
    "article_finished_by_a_person": lambda s: change(s.other, status="finished", finished_at=NOW),
    "sentence_index_once": lambda s: Sentence.objects.create(
        article=s.article, index=0, start=0, end=1
    ),
    "sentence_not_empty": lambda s: change(s.sentence, end=s.sentence.start),
    "lease_once_a_person": lambda s: Lease.objects.bulk_create(
        Lease(article=s.article, person=s.first, until=NOW) for _ in range(2)
    ),
    "sampling_one_row": lambda s: Sampling.objects.create(pk=2),
    "sampling_percentages": lambda s: Sampling.objects.create(pk=1, blind_percent=101),
    # annotations
    "run_ended_with_time": lambda s: change(s.run, finished_at=None),
    "annotation_key_once": lambda s: change(s.proposal, key=s.label.key),
    "annotation_key_fits_index": lambda s: change(s.label, key="字" * 667),
    "annotation_quote_type_known": lambda s: change(s.label, quote_type="sung"),
    "annotation_confidence_is_a_probability": lambda s: change(s.label, confidence=1.1),
    "annotation_signed_when_reviewed": lambda s: change(s.proposal, status="approved"),
    "span_start_once_a_role": lambda s: Span.objects.bulk_create(
        Span(annotation=s.label, role="cue", start=0, end=end) for end in (1, 2)
    ),
    "span_not_empty": lambda s: Span.objects.create(annotation=s.label, role="cue", start=2, end=2),
    "span_role_known": lambda s: Span.objects.create(
        annotation=s.label, role="mood", start=2, end=3
    ),
    "decision_action_known": lambda s: Decision.objects.create(
        article=s.article, action="guess", by_name="x"
    ),
    "decision_clear_of_a_sentence": lambda s: Decision.objects.create(
        article=s.article, annotation=s.label, action="clear", by_name="x", after={"start": 0}
    ),
    "clearing_once_a_second_review": lambda s: Clearing.objects.bulk_create(
        Clearing(sentence=s.sentence, by=s.first) for _ in range(2)
    ),
    "review_policy_one_row": lambda s: ReviewPolicy.objects.create(pk=2),
    "review_policy_at_most_some": lambda s: ReviewPolicy.objects.update_or_create(
        pk=1, defaults={"bulk_at_most": 0}
    ),
    "review_policy_percentage": lambda s: ReviewPolicy.objects.update_or_create(
        pk=1, defaults={"bulk_sample_percent": 101}
    ),
    "decision_signed": lambda s: Decision.objects.create(article=s.article, action="finish"),
    "decision_imported_from_a_file": lambda s: Decision.objects.create(
        article=s.article, action="finish", by_name="x", imported_from="a.jsonl"
    ),
    "decision_undo_of_one": lambda s: Decision.objects.create(
        article=s.article, action="undo", by_name="x"
    ),
    # the project
    "security_event_known_kind": lambda s: SecurityEvent.objects.create(kind="guess", by_name="x"),
    "one_time_link_known_purpose": lambda s: s.link(purpose="fun"),
    "one_time_link_digest": lambda s: s.link(digest="the secret itself"),
    "one_time_link_used_or_voided": lambda s: s.link(used_at=NOW, voided_at=NOW),
    "one_time_link_one_a_person": lambda s: [s.link(digest=digest(each)) for each in "ab"],
    # the registry
    "source_once": lambda s: Source.objects.create(name="Ann", kind="person"),
    "source_once_an_article": lambda s: Source.objects.bulk_create(
        Source(name="an executive", kind="person", article=s.article) for _ in range(2)
    ),
    "source_not_merged_into_itself": lambda s: change(s.lone, merged_into=s.lone),
    "source_named": lambda s: change(s.source, name=""),
    "source_kind_known": lambda s: change(s.source, kind="robot"),
    "alias_once_a_source": lambda s: SourceAlias.objects.bulk_create(
        SourceAlias(source=s.source, name="A.") for _ in range(2)
    ),
    "alias_named": lambda s: SourceAlias.objects.create(source=s.source, name=""),
    "source_change_action_known": lambda s: SourceChange.objects.create(
        source=s.source, action="lose", by_name="x"
    ),
    "source_change_signed": lambda s: SourceChange.objects.create(source=s.source, action="create"),
    # the second review
    "second_review_one_open": lambda s: SecondReview.objects.create(
        article=s.article, first=s.first
    ),
    "second_review_handed_back_undone": lambda s: change(s.review, handed_back_at=NOW),
    "second_review_by_another": lambda s: change(s.review, second=s.first),
    "second_review_done_by_a_person": lambda s: change(s.review, done_at=NOW),
    "second_review_settled_when_done": lambda s: change(s.review, settled_at=NOW),
    "adjudication_verdict_known": lambda s: s.adjudication(verdict="both"),
    "adjudication_of_a_label": lambda s: s.adjudication(first=None),
    "adjudication_second_decides": lambda s: s.adjudication(verdict="second"),
    "adjudication_first_changes_nothing": lambda s: s.adjudication(decision=s.decision),
    "adjudication_signed": lambda s: s.adjudication(by_name=""),
}
"""By the name of the constraint."""

TRIGGERED: dict[str, tuple[Callable[[Scene], object], ...]] = {
    "security_event_is_immutable": (
        lambda s: change(s.event, by_name="somebody else"),
        lambda s: s.event.delete(),
    ),
    "text_matches_its_hash": (
        lambda s: Article.objects.create(text="Some text.", text_sha256="0" * 64),
    ),
    "text_never_changes": (
        lambda s: change(s.article, text=TEXT + "!"),
        lambda s: change(s.article, text_sha256="0" * 64),
        lambda s: change(s.article, key="another"),
    ),
    "sentence_on_text": (
        lambda s: Sentence.objects.create(article=s.article, index=99, start=0, end=len(TEXT) + 1),
        lambda s: change(s.sentence, end=len(TEXT) + 1),
    ),
    "span_on_text": (
        lambda s: Span.objects.create(
            annotation=s.label, role="cue", start=0, end=len(s.article.text) + 1
        ),
        lambda s: s.label.spans.update(end=len(s.article.text) + 1),
    ),
    "article_stays": (lambda s: change(s.label, article=s.other),),
    "decision_for_good": (
        lambda s: change(s.decision, by_name="another"),
        lambda s: Decision.objects.filter(pk=s.decision.pk)._raw_delete("default"),
    ),
    "source_change_for_good": (
        lambda s: SourceChange.objects.create(
            source=s.source, action="create", by_name="x"
        ).delete(),
        lambda s: change(
            SourceChange.objects.create(source=s.source, action="create", by_name="x"), by_name="y"
        ),
    ),
    "adjudication_for_good": (
        lambda s: s.adjudication().delete(),
        lambda s: change(s.adjudication(), by_name="another"),
    ),
    "second_review_of_its_article": (
        lambda s: Annotation.every.create(
            article=s.other,
            second_review=s.review,
            status="proposed",
            quote_type="direct",
            start=0,
            run=s.run,
        ),
        lambda s: change(
            s.proposal,
            second_review=SecondReview.objects.create(article=s.other, first=s.first),
        ),
    ),
    "source_is_live_at_first": (
        lambda s: Annotation.objects.create(
            article=s.other,
            status="proposed",
            quote_type="direct",
            start=0,
            run=s.run,
            resolved_source=s.merged,
        ),
    ),
    "source_is_live_later": (
        lambda s: change(s.label, resolved_source=s.merged),
        lambda s: (
            change(s.label, resolved_source=s.source),
            change(s.label, resolved_source=s.merged),
        ),
    ),
    "source_leads_to_live": (
        lambda s: Source.objects.create(name="A.", merged_into=s.merged),
        lambda s: change(s.source, merged_into=s.lone),
        lambda s: (
            actions.set_source(s.proposal.pk, 1, s.second, s.lone),
            change(s.lone, merged_into=s.source),
        ),
    ),
}
"""By the name of the trigger as its model declares it: one write for each way to break it."""

DECLARED = {trigger.name: trigger.get_pgid(model) for model, trigger in pgtrigger.registered()}
"""By that name: the trigger's name in the database."""


@pytest.fixture
def scene(editor: User, admin: User) -> Scene:
    return Scene(editor, admin)


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_constraint_is_not_written(scene: Scene, name: str) -> None:
    with pytest.raises(IntegrityError, match=f'constraint "{name}"'), transaction.atomic():
        BROKEN[name](scene)


@pytest.mark.parametrize(
    ("name", "which"), [(name, i) for name, ways in TRIGGERED.items() for i in range(len(ways))]
)
def test_what_a_trigger_refuses_is_not_written(scene: Scene, name: str, which: int) -> None:
    with pytest.raises(IntegrityError, match="RAISE") as refused, transaction.atomic():
        TRIGGERED[name][which](scene)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc JOIN pg_trigger ON tgfoid = pg_proc.oid WHERE tgname = %s",
            [DECLARED[name]],
        )
        (function,) = cursor.fetchone()
    assert f"function {function}()" in str(refused.value)


def test_every_constraint_has_an_example() -> None:
    ours = [model for model in apps.get_models() if model._meta.app_label in OURS]
    named = {constraint.name for model in ours for constraint in model._meta.constraints}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid::regclass::text ="
            " ANY(%s) AND conname !~ '_check$'",  # Django's own, of positive numbers
            [[model._meta.db_table for model in ours]],
        )
        named |= {name for (name,) in cursor.fetchall()}
    assert named == set(BROKEN)


def test_every_trigger_has_an_example() -> None:
    tables = [m._meta.db_table for m in apps.get_models() if m._meta.app_label in OURS]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
            " AND tgrelid::regclass::text = ANY(%s)",
            [tables],
        )
        installed = {name for (name,) in cursor.fetchall()}
    assert set(DECLARED) == set(TRIGGERED)
    assert installed == set(DECLARED.values())
