"""No browser is to translate the article's words: what is judged is what was printed."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.actions import source_registry
from articles.models import Article
from tests.annotations.second_reviews import disputed_article
from tests.builders import TEXT, ready_article, spans
from tests.conftest import Person

pytestmark = pytest.mark.django_db

PRINTED = ("for repairs", "the work takes six", "feared the noise", "older than I am")
"""Words of the contents; nothing else on the pages is worded like that."""
VOID = {"meta", "link", "input", "br", "hr", "img", "wbr"}


class Translatable(HTMLParser):
    """Collects the printed words that stand where a browser may translate."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.seen = 0
        self.translatable: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            kept = bool(self.open and self.open[-1][1]) or ("translate", "no") in attrs
            self.open.append((tag, kept))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if any(words in data for words in PRINTED):
            self.seen += 1
            if not self.open[-1][1]:
                self.translatable.append(data)


def pages(editor: User, article: Article, disputed: Article) -> Iterator[str]:
    _mayor, port, residents = article.annotations.all()
    source = source_registry.create("Port authority", "organisation", editor)
    fixed = spans(article.text, source=["residents"], cue=["said"], content=["feared the noise"])
    actions.correct(residents.pk, 1, editor, fixed, "indirect")
    actions.approve(port.pk, 1, editor)
    actions.set_source(port.pk, 2, editor, source)
    yield article.get_absolute_url()
    for name in ("review:edit", "review:flag", "review:history", "sources:resolve"):
        yield reverse(name, args=[residents.pk])
    yield f"{reverse('review:approve_rest', args=[article.pk])}?above=10"
    yield source.get_absolute_url()
    yield f"{source.get_absolute_url()}?split"
    yield reverse("sources:unresolved")
    yield reverse("second_review:disagreement", args=[disputed.pk])


def test_the_articles_words_are_not_translated(
    client: Client, editor: User, person: Person
) -> None:
    article = ready_article(f"{TEXT}\nAnother one.")
    disputed, _review = disputed_article(person("editors", "ada"), person("editors", "bo"))
    client.force_login(editor)
    found = {}
    for address in pages(editor, article, disputed):
        parser = Translatable()
        parser.feed(client.get(address).content.decode())
        assert parser.seen, address
        found[address] = parser.translatable
    assert not any(found.values()), found


def test_a_swapped_card_is_not_translated_either(
    client: Client, editor: User, article: Article
) -> None:
    client.force_login(editor)
    _mayor, port, _residents = article.annotations.all()
    parser = Translatable()
    answer = client.post(
        reverse("review:approve", args=[port.pk]), {"version": 1}, headers={"HX-Request": "true"}
    )
    parser.feed(answer.content.decode())
    assert parser.seen
    assert not parser.translatable
