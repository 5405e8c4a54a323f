"""What the page shows of where two people's labels differ: one difference at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from accordingto.attribution import ROLES, Offsets
from accordingto.text.stretches import Stretches
from annotations import permissions
from annotations.actions.adjudicate import Which, why_not
from annotations.agreement.alignment import Dispute
from annotations.agreement.disputes import disputes
from annotations.desk.cards import RoleText, role_texts
from annotations.desk.forms import SpansForm
from annotations.desk.text_markup import Chunk, SpanRow, chunks, chunks_touching
from annotations.models import Adjudication, Annotation, SecondReview
from annotations.models.state import pieces_of, spans_of
from articles.models import Article

AT_EDGE = 100
"""Sentences shown of the beginning and of the end of labels that are longer than both."""
EXCERPT = 80
"""Code points of a label that the list of what is settled shows."""


@dataclass(frozen=True, slots=True)
class Side:
    """One person's label of a disputed attribution, on the sentences that both labels touch.

    ``passage`` has True with a chunk where text before it is left out; ``roles`` has True with one
    that is not the same on both sides; ``why_not`` says why the person may not adopt it.
    """

    which: Which
    person: User
    annotation: Annotation | None
    passage: list[tuple[bool, Chunk]]
    roles: list[tuple[RoleText, bool]]
    quote_type_differs: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class Settled:
    """One adjudication, with a few words of the label it is about."""

    adjudication: Adjudication
    words: str


class Disagreement:
    """The second review of an article as one person sees it: the difference at ``number`` (from 1,
    the last one for a higher number), and what is settled so far.
    """

    def __init__(
        self, article: Article, review: SecondReview, person: User, number: int = 1
    ) -> None:
        self.article = article
        self.review = review
        review.article = article
        self.disputes = disputes(review) if article.status == Article.Status.DISPUTED else []
        self.left = len(self.disputes)
        self.number = max(1, min(number, self.left))
        self.dispute = self.disputes[self.number - 1] if self.disputes else None
        self.may_settle = person.has_perm(permissions.REVIEW)
        self.person = person
        self.sides = self._sides(self.dispute) if self.dispute else []
        self.no_third = why_not(review, person, "third")
        self.settled = self._settled()
        undone = {each.adjudication.takes_back_id for each in self.settled}
        standing = [
            each.adjudication.pk
            for each in self.settled
            if each.adjudication.takes_back_id is None and each.adjudication.pk not in undone
        ]
        self.latest = standing[-1] if standing else None

    @property
    def following(self) -> int:
        """The number of the next difference, the first one after the last."""
        return self.number % self.left + 1

    def third_form(self) -> SpansForm | None:
        """The form for a third label, filled with one of the two."""
        if self.dispute is None:
            return None
        label = self.dispute.mine or self.dispute.theirs
        assert label is not None  # noqa: S101 - a dispute has a label on one side at least
        label.article = self.article
        return SpansForm.of(label)

    def _sides(self, dispute: Dispute) -> list[Side]:
        pieces = pieces_of(*(spans_of(each) for each in (dispute.mine, dispute.theirs) if each))
        offsets = self._sentences(pieces)
        labels: list[tuple[Which, User | None, Annotation | None]] = [
            ("first", self.review.first, dispute.mine),
            ("second", self.review.second, dispute.theirs),
        ]
        return [
            self._side(which, person, annotation, offsets, dispute)
            for which, person, annotation in labels
            if person is not None
        ]

    def _side(
        self,
        which: Which,
        person: User,
        annotation: Annotation | None,
        offsets: Sequence[Offsets],
        dispute: Dispute,
    ) -> Side:
        spans = spans_of(annotation) if annotation else {role: [] for role in ROLES}
        rows = [
            SpanRow(start, end, role, annotation.pk)
            for role in ROLES
            for start, end in spans[role]
            if annotation
        ]
        numbers = {annotation.pk: dispute.number} if annotation else {}
        compared = dispute.mine is not None and dispute.theirs is not None
        found = chunks(self.article.text, offsets, rows, numbers)
        ends = [offsets[0][0], *(chunk.end for chunk in found)]
        return Side(
            which=which,
            person=person,
            annotation=annotation,
            passage=[
                (bool(self.article.text[end : chunk.start].strip()), chunk)
                for end, chunk in zip(ends, found, strict=False)
            ],
            roles=[
                (role, compared and role.role in dispute.differing)
                for role in role_texts(self.article.text, spans)
            ],
            quote_type_differs="quote_type" in dispute.differing,
            why_not=why_not(self.review, self.person, which),
        )

    def _sentences(self, pieces: Sequence[Offsets]) -> list[Offsets]:
        """The sentences that the pieces touch, of very many the first and the last; without any,
        the paragraphs.
        """
        touched = Stretches(pieces)
        sentences = [
            (start, end)
            for start, end in self.article.sentences.order_by("index").values_list("start", "end")
            if touched.touch(start, end)
        ]
        found = sentences or chunks_touching(self.article.text, pieces)
        return found if len(found) <= 2 * AT_EDGE else [*found[:AT_EDGE], *found[-AT_EDGE:]]

    def _settled(self) -> list[Settled]:
        adjudications = (
            self.review.adjudications.select_related("first", "second")
            .prefetch_related("first__spans", "second__spans")
            .order_by("id")
        )
        return [Settled(each, self._words(each.first or each.second)) for each in adjudications]

    def _words(self, annotation: Annotation | None) -> str:
        if annotation is None:
            return ""
        spans = spans_of(annotation)
        start, end = min(spans["content"] or spans["cue"] or spans["source"])
        words = self.article.text[start:end]
        return words if len(words) <= EXCERPT else f"{words[:EXCERPT]} …"
