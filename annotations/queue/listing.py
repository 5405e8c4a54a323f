"""What the queue page shows of each article: how far it is, and who has it open."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from annotations.models import Annotation, Decision, SecondReview
from annotations.models.decision import withdrawn
from annotations.queue.leases import open_elsewhere
from articles.models import Article

PAGE_SIZE = 50
FLAGGED = "flagged"
GONE = Article.Status.TAKEN_DOWN
TABS = [*(each for each in Article.Status.choices if each[0] != GONE), (FLAGGED, _("Flagged"))]
WAITING = (Article.Status.QUEUED, Article.Status.PRELABELLING)
CHOOSABLE = (
    Article.Status.QUEUED,
    Article.Status.PRELABELLING,
    Article.Status.FAILED,
    Article.Status.READY,
)
"""Of articles in these states a second review can be required, while they are untouched."""
WITH_A_PAGE = (
    Article.Status.READY,
    Article.Status.SECOND_REVIEW,
    Article.Status.DISPUTED,
    Article.Status.FINISHED,
)
"""Articles in these states have something to see on the review page."""


@dataclass(slots=True)
class ArticleRow:
    """An article of the queue page. ``total`` counts its own annotations, whatever their status,
    but for additions that were taken back; it is untouched while nobody has judged any of them,
    here or where they came from.
    """

    article: Article
    untouched: bool = True
    total: int = 0
    decided: int = 0
    flagged: int = 0
    review: SecondReview | None = None
    open_elsewhere: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The title, or how the text begins."""
        opening: str = self.article.opening  # type: ignore[attr-defined]
        return self.article.title or opening

    @property
    def has_page(self) -> bool:
        return self.article.status in WITH_A_PAGE


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the queue. ``older`` is where the next page goes on, if there is one."""

    rows: list[ArticleRow]
    older: int | None

    @property
    def waiting(self) -> bool:
        """Whether any of the articles will change without anybody's doing."""
        return any(row.article.status in WAITING for row in self.rows)


def listing(person: User, tab: str = "", before: int | None = None) -> Listing:
    """The articles of a tab, newest first, from below the article ``before`` on.

    Only what stands on the page is counted: the queries are as many and as fast with a million
    articles.
    """
    articles = Article.objects.exclude(status=GONE).defer("text").order_by("-id")
    articles = articles.annotate(opening=Left("text", 120))
    if tab == FLAGGED:
        flagged = Annotation.objects.exclude(flag="").visible_to(person)
        articles = articles.filter(pk__in=flagged.values("article"))
    elif tab:
        articles = articles.filter(status=tab)
    if before is not None:
        articles = articles.filter(pk__lt=before)
    page = list(articles[: PAGE_SIZE + 1])
    rows = {each.pk: ArticleRow(each) for each in page[:PAGE_SIZE]}
    _count(rows, person)
    reviews = SecondReview.objects.current().filter(article__in=rows, settled_at__isnull=True)
    for review in reviews.select_related("first", "second"):
        rows[review.article_id].review = review
    for article_id, names in open_elsewhere(rows, person).items():
        rows[article_id].open_elsewhere = names
    shown = list(rows.values())
    return Listing(shown, shown[-1].article.pk if len(page) > PAGE_SIZE else None)


def decided_here(article_ids: Collection[int]) -> QuerySet[Decision]:
    """What people decided in the articles since these came in."""
    decisions = Decision.objects.filter(article__in=article_ids)
    return decisions.exclude(action=Decision.Action.IMPORT).order_by()


def _count(rows: dict[int, ArticleRow], person: User) -> None:
    """Count what the person may see: nothing of an article they may yet take a second review of."""
    counts = (
        Annotation.objects.filter(article__in=rows)
        .visible_to(person)
        .exclude(withdrawn())
        .values("article")
        .order_by("article")
        .annotate(
            total=Count("pk"),
            decided=Count("pk", filter=~Q(status=Annotation.Status.PROPOSED)),
            flagged=Count("pk", filter=~Q(flag="")),
        )
    )
    for count in counts:
        row = rows[count["article"]]
        row.total, row.decided, row.flagged = count["total"], count["decided"], count["flagged"]
        row.untouched = row.decided == 0
    # Asked for these articles only: within the query of the page, the database would look through
    # the decisions on all articles there are.
    for article_id in decided_here(rows).values_list("article", flat=True).distinct():
        rows[article_id].untouched = False
