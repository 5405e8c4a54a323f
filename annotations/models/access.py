"""What of an article a person may see and judge."""

from django.contrib.auth.models import User

from accordingto.attribution import Offsets
from accordingto.pipeline.missed import missed_sentences
from annotations import permissions
from annotations.models import second_review
from annotations.models.annotation import Annotation, AnnotationQuerySet, Span
from annotations.models.decision import uncleared
from annotations.models.second_review import SecondReview
from articles.models import Article


class TakenDown(Exception):  # noqa: N818 - said as in "it was taken down"
    """The article was taken down: there is nothing to see of it, and nothing to do in it."""

    def __init__(self, article: Article) -> None:
        super().__init__(f"article {article.pk} was taken down")
        self.article = article


class Access:
    """An article as one person may see and judge it. Raise ``TakenDown`` where nobody may.

    In a second review that is their own labels; nobody who may yet become the second person sees
    the first one's. Of a blind sample the machine's proposals stay hidden.
    """

    def __init__(self, article: Article, person: User) -> None:
        if article.status == Article.Status.TAKEN_DOWN:
            raise TakenDown(article)
        self.article = article
        self.person = person
        self.review: SecondReview | None = None
        self.awaits_second_person = False
        self.waiting: SecondReview | None = None
        self.may_judge = (
            person.has_perm(permissions.REVIEW) and article.status == Article.Status.READY
        )
        self.text_only = False
        if article.status == Article.Status.SECOND_REVIEW:
            reviews = article.second_reviews.current().select_related("second")
            review = self.waiting = reviews.get(done_at__isnull=True)
            if review.second_id == person.pk:
                self.review, self.may_judge = review, person.has_perm(permissions.REVIEW)
            elif review.first_id != person.pk and person.has_perm(permissions.REVIEW):
                self.text_only = True
                self.awaits_second_person = review.second_id is None

    @property
    def may_name(self) -> bool:
        """Whether the person may say who a source is: in a finished article too."""
        finished = self.article.status == Article.Status.FINISHED
        return self.may_judge or (finished and self.person.has_perm(permissions.REVIEW))

    @property
    def may_withdraw(self) -> bool:
        """Whether the person can take the article back from waiting for its second review."""
        return self.waiting is not None and second_review.may_withdraw(self.waiting, self.person)

    @property
    def may_hand_back(self) -> bool:
        """Whether the person can leave the second review to somebody else."""
        return self.waiting is not None and second_review.may_hand_back(self.waiting, self.person)

    @property
    def was_handed_back(self) -> bool:
        """Whether the person began this second review and handed it back."""
        return self.waiting is not None and second_review.was_handed_back(self.waiting, self.person)

    @property
    def labels(self) -> AnnotationQuerySet:
        """The annotations that the person may see, in reading order."""
        found = Annotation.every.filter(article=self.article, second_review=self.review)
        if self.text_only:
            return found.none()
        if self.article.blind:
            found = found.exclude(status=Annotation.Status.PROPOSED)
        return found.order_by("start", "id")

    def shows(self, annotation: Annotation) -> bool:
        """Whether an annotation of the article is among the labels."""
        hidden = self.article.blind and annotation.status == Annotation.Status.PROPOSED
        review_id = self.review.pk if self.review else None
        return not (self.text_only or hidden) and annotation.second_review_id == review_id

    @property
    def all_missed(self) -> list[Offsets]:
        """The sentences that may hide an attribution; none where the person judges nothing."""
        if not self.may_judge:
            return []
        covered = Span.objects.filter(annotation__in=self.labels.order_by()).order_by()
        return missed_sentences(
            self.article.text,
            uncleared(self.article, self.review),
            covered.values_list("start", "end", "role"),
        )
