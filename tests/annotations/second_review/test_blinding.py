"""Blind means blind: no page tells who may be the second person what the first one did."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.actions import second_review
from annotations.desk import suggestions
from annotations.models import Annotation, SecondReview, Source
from annotations.models.second_review import hidden_from
from annotations.models.visibility import in_sight
from articles.models import Article
from tests.annotations.second_reviews import copies
from tests.builders import ready_article

pytestmark = pytest.mark.django_db
NAME, NOTE = "Ada Lindqvist of Harbour House", "Did she mean it?"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def second(person: Callable[..., User]) -> User:
    return person("editors", "second-person")


@pytest.fixture
def waiting(editor: User) -> Article:
    """An article whose first person named a source, flagged it, and is done."""
    article = ready_article()
    Article.objects.filter(pk=article.pk).update(needs_second_review=True)
    mayor, *others = article.annotations.all()
    actions.name_source(mayor.pk, 1, editor, NAME, "person")
    actions.flag(mayor.pk, 2, editor, NOTE)
    actions.approve(mayor.pk, 3, editor)
    for each in others:
        actions.reject(each.pk, 1, editor)
    return actions.finish(article.pk, editor)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def pages(user: User, article: Article) -> dict[str, str]:
    """All pages on which something of the article could be seen, as the person gets them."""
    client = signed_in(user)
    source = Source.objects.get(name=NAME)
    addresses = {
        "queue": reverse("queue:list"),
        "second reviews": reverse("queue:list") + "?status=second-review",
        "flagged": reverse("queue:list") + "?status=flagged",
        "article": article.get_absolute_url(),
        "sources": reverse("sources:list"),
        "search": reverse("sources:list") + "?q=Lindqvist",
        "unresolved": reverse("sources:unresolved"),
        "source": source.get_absolute_url(),
        "agreement": reverse("second_review:agreement"),
    }
    return {name: client.get(address).content.decode() for name, address in addresses.items()}


def telling(user: User, article: Article) -> set[str]:
    """The pages that tell the name or the note, or count a flag."""
    found = pages(user, article)
    return {
        name for name, page in found.items() if NAME in page or NOTE in page or "1 flagged" in page
    }


def test_before_and_during_the_second_review_nothing_tells(
    waiting: Article, editor: User, admin: User, second: User, fact_checker: User
) -> None:
    openly = {"queue", "second reviews", "flagged", "article", "sources", "search", "source"}
    assert telling(editor, waiting) == openly, "the first person sees their own"
    assert telling(fact_checker, waiting) == openly, "who judges nothing is led by nothing"
    for who in (admin, second):
        assert telling(who, waiting) == set()
        assert "Bridge closes" not in pages(who, waiting)["flagged"]
        assert "Bridge closes" in pages(who, waiting)["queue"]

    second_review.begin(waiting.pk, second)
    for who in (admin, second):
        assert telling(who, waiting) == set(), "it may be handed back, and be theirs"
    second_review.hand_back(waiting.pk, second)
    assert telling(second, waiting) == set()


def test_when_the_second_person_is_done_all_is_open_again(waiting: Article, second: User) -> None:
    review = second_review.begin(waiting.pk, second)
    for copy in copies(review):
        actions.approve(copy.pk, 1, second)
    assert actions.finish(waiting.pk, second).status == "disputed"
    assert {"queue", "flagged", "sources", "source"} <= telling(second, waiting)
    assert not hidden_from(second).exists()


def test_a_source_that_is_known_from_elsewhere_is_no_secret(
    waiting: Article, second: User, admin: User
) -> None:
    other = ready_article("Ada said no.", [{"source": ["Ada"], "cue": ["said"]}])
    actions.name_source(other.annotations.get().pk, 1, admin, NAME, "person")
    assert {"sources", "search", "source"} <= telling(second, waiting)
    page = pages(second, waiting)["source"]
    assert "Bridge closes" not in page
    assert "flagged" not in telling(second, waiting)


def test_the_second_person_sees_the_source_that_they_named(
    waiting: Article, second: User, admin: User
) -> None:
    review = second_review.begin(waiting.pk, second)
    mine = copies(review)[0]
    assert shown(second) == []
    actions.name_source(mine.pk, 1, second, NAME, "person")
    assert shown(second) == [NAME]
    assert shown(admin) == [], "who may yet follow them does not"


def shown(who: User) -> list[str]:
    return [source.name for source in in_sight(Source.objects.filter(name=NAME), who)]


def test_nothing_that_the_first_person_named_is_suggested(waiting: Article, second: User) -> None:
    review = second_review.begin(waiting.pk, second)
    assert Annotation.every.filter(second_review=review).count() == 3
    page = signed_in(second).get(waiting.get_absolute_url(), {"all": ""}).content.decode()
    assert 'name="name" value="Ada Lindqvist"' in page, "as the article words it"
    assert NAME not in page


def test_of_two_that_share_a_name_the_first_persons_choice_is_not_suggested(
    editor: User, second: User, admin: User
) -> None:
    article = ready_article("Smith said it rains.", [{"source": ["Smith"], "cue": ["said"]}])
    for kind in ("person", "organisation"):
        for number in range(2):
            text = f"Smith said {kind} {number}."
            other = ready_article(text, [{"source": ["Smith"], "cue": ["said"]}])
            actions.name_source(other.annotations.get().pk, 1, admin, "Smith", kind)
    Article.objects.filter(pk=article.pk).update(needs_second_review=True)
    own = article.annotations.get()
    actions.name_source(own.pk, 1, editor, "Smith", "organisation")
    actions.approve(own.pk, 2, editor)
    actions.finish(article.pk, editor)
    review = second_review.begin(article.pk, second)
    copy = copies(review)[0]
    suggestion = suggestions.suggestions(article, [prefetched(copy)])[copy.pk]
    assert suggestion.kind == "person", "by the words alone"


def prefetched(annotation: Annotation) -> Annotation:
    return Annotation.every.prefetch_related("spans").get(pk=annotation.pk)


@pytest.mark.parametrize("name", ["rename", "set_aliases", "split"])
def test_no_form_of_a_hidden_source_shows_it(waiting: Article, admin: User, name: str) -> None:
    address = reverse(f"sources:{name}", args=[Source.objects.get(name=NAME).pk])
    response = signed_in(admin).post(address, {"seen": "x"})
    assert response.status_code == 404
    assert NAME not in response.content.decode()


def test_fragments_are_as_blind_as_pages(waiting: Article, second: User) -> None:
    own = waiting.annotations.first()
    assert own is not None
    client = signed_in(second)
    for name in ("review:card", "review:history", "sources:resolve", "review:edit", "review:flag"):
        response = client.get(reverse(name, args=[own.pk]), headers=HTMX)
        assert response.status_code == 404, name
    queue = client.get(reverse("queue:list"), {"status": "flagged"}, headers=HTMX).content.decode()
    assert "Bridge closes" not in queue
    assert SecondReview.objects.get().second is None
