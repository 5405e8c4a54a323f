"""What the tests of the review page share: what they send, and how they read the answers."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Decision
from articles.models import Article
from tests.builders import TEXT, ready_article, spans

HTMX = {"HX-Request": "true"}


PLAIN: dict[str, str] = {}


BOTH = pytest.mark.parametrize("extra", [HTMX, PLAIN], ids=["htmx", "plain"])


def offsets_of(text: str = TEXT, /, **roles: list[str]) -> dict[str, str]:
    """Form values for words of the article."""
    return {
        role: ", ".join(f"{start}-{end}" for start, end in pieces)
        for role, pieces in spans(text, **roles).items()
    } | {"words": json.dumps(roles)}


NEW = offsets_of(cue=["feared"], content=["the noise"]) | {"quote_type": "indirect", "version": "0"}


def statuses(article: Article) -> list[str]:
    return list(article.annotations.values_list("status", flat=True))


def body(response: Any) -> str:
    text: str = response.content.decode()
    return text


def listed(page: str) -> str:
    """What the page would send to have approved."""
    found = re.search(r'name="annotations" value="([^"]*)"', page)
    return found[1] if found else ""


def clear(client: Client, article: Article, start: int | str, extra: dict[str, str]) -> Any:
    address = reverse("review:clear_sentence", args=[article.pk])
    return client.post(address, {"start": start}, headers=extra)


def latest() -> int:
    return Decision.objects.latest("id").pk


def seen_on(page: str) -> str:
    """What the page says to have warned of."""
    found = re.search(r'name="seen" value="(\w+)"', page)
    return found[1] if found else ""


def finish_all(client: Client, article: Article, extra: dict[str, str]) -> Any:
    for annotation in article.annotations.filter(status="proposed"):
        client.post(
            reverse("review:approve", args=[annotation.pk]), {"version": annotation.version}
        )
    page = body(client.get(article.get_absolute_url(), {"finishing": ""}))
    return client.post(
        reverse("review:finish", args=[article.pk]), {"seen": seen_on(page)}, headers=extra
    )


def many(count: int) -> Article:
    """An article with so many proposals."""
    sentences = [f"Witness number{n} said the lamp{n} was red." for n in range(count)]
    proposals = [
        {"source": [f"number{n} said"], "cue": [f"the lamp{n} "], "content": ["was red"]}
        for n in range(count)
    ]
    return ready_article("\n".join(sentences), proposals)
