"""How pages grow with an article, in time and size: the part of growth.py with a database."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from django.test.utils import setup_test_environment

from benchmarks.own_database import own_database

if TYPE_CHECKING:
    from django.test import Client

    from articles.models import Article

type Offsets = tuple[int, int]
type Roles = tuple[tuple[Offsets, ...], tuple[Offsets, ...], tuple[Offsets, ...]]

SIZES = (5_000, 10_000)
"""Attributions of an article, or sentences where it has none."""
NESTED = 90
LARGE = 3_000_000
"""Bytes of an answer from which on it must not grow with its article."""


class Measured(NamedTuple):
    """One page of one kind of article at both sizes: seconds, and bytes of the answer."""

    what: str
    kind: str
    seconds: tuple[float, float]
    sizes: tuple[int, int]


def _turns(n: int) -> tuple[str, list[Roles]]:
    lines = [f"{'AL' if i % 2 else 'BO'}: yes, he said {i:06}.\n" for i in range(n)]
    length = len(lines[0])
    found: list[Roles] = [
        (((at, at + 2),), ((at + 2, at + 3),), ((at + 4, at + length - 2),))
        for at in range(0, n * length, length)
    ]
    return "".join(lines), found


def _nested(n: int) -> tuple[str, list[Roles]]:
    width = 2 * NESTED
    found: list[Roles] = []
    for i in range(n):
        block, depth = divmod(i, NESTED)
        at = block * width
        found.append(((), (), ((at + depth, at + width - depth),)))
    return "a" * (len(found) // NESTED + 1) * width, found


def _pronouns(n: int) -> tuple[str, list[Roles]]:
    sentence = "Mr. Ed Kay left, he said. "
    found: list[Roles] = [
        (((at + 18, at + 20),), ((at + 21, at + 24),), ((at + 4, at + 16),))
        for at in range(0, n * len(sentence), len(sentence))
    ]
    return sentence * n, found


def _sentences(n: int) -> tuple[str, list[Roles]]:
    return "“No”!\n" * n, []


def _plain(n: int) -> tuple[str, list[Roles]]:
    return "The town has looked for money since then. " * n, []


KINDS: dict[str, Callable[[int], tuple[str, list[Roles]]]] = {
    "turns": _turns,
    "nested contents": _nested,
    "he said, one paragraph": _pronouns,
    "quoted lines": _sentences,
    "one paragraph": _plain,
}


def make_article(kind: str, n: int) -> "Article":
    """An article of that kind, ready for review."""
    from accordingto.attribution import Attribution  # noqa: PLC0415
    from accordingto.records.article import ArticleRecord  # noqa: PLC0415
    from annotations.models import PrelabelRun  # noqa: PLC0415
    from annotations.prelabelling.job import _replace_proposals  # noqa: PLC0415
    from annotations.queue.intake import ingest_record  # noqa: PLC0415
    from articles.models import Article  # noqa: PLC0415
    from articles.segmentation import segment, store_sentences  # noqa: PLC0415

    text, roles = KINDS[kind](n)
    record = ArticleRecord(text=text, title=f"{kind} {n}", id=f"{kind} {n}")
    article = ingest_record(record, None).article
    store_sentences(article, segment(text))
    run = PrelabelRun.objects.create(article=article, model_version="growth-1")
    found = [Attribution(*each, "mixed", 0.5) for each in roles]
    _replace_proposals(article, run, found)
    Article.objects.filter(pk=article.pk).update(status=Article.Status.READY)
    article.refresh_from_db()
    return article


def _pages(client: "Client", article: "Article") -> dict[str, Callable[[], int]]:
    """What is asked for, by name: each returns the bytes of the answer."""
    from django.urls import reverse  # noqa: PLC0415 (needs the settings)

    address = article.get_absolute_url()
    htmx = {"HX-Request": "true"}

    def get(path: str, headers: dict[str, str] | None = None) -> int:
        response = client.get(path, headers=headers)
        assert response.status_code == 200, (path, response.status_code)  # noqa: S101
        return len(response.content)

    length = len(article.text)
    pages = {
        "article": lambda: get(address),
        "article, all cards": lambda: get(f"{address}?all"),
        "article, last part": lambda: get(f"{address}?at={length - 1}"),
        "stretch of text": lambda: get(
            f"{reverse('review:text', args=[article.pk])}?pieces=0-9,{length - 9}-{length}",
            htmx,
        ),
    }
    first = article.annotations.first()
    if first is None:
        return pages

    def flag() -> int:
        path = reverse("review:flag", args=[first.pk])
        first.refresh_from_db()
        answer = client.post(path, {"note": "a", "version": first.version}, headers=htmx)
        return len(answer.content)

    more = reverse("review:more_cards", args=[article.pk])
    return pages | {
        "more cards": lambda: get(f"{more}?after={first.pk}", htmx),
        "history": lambda: get(reverse("review:history", args=[first.pk])),
        "correcting": lambda: get(reverse("review:edit", args=[first.pk])),
        "a flag": flag,
        "approving the rest": lambda: get(reverse("review:approve_rest", args=[article.pk]), htmx),
        "naming a source": lambda: get(reverse("sources:resolve", args=[first.pk])),
        "disputes": lambda: _disputes(article),
        "CSV": lambda: _exported(article),
    }


def _disputes(article: "Article") -> int:
    """The labels against themselves, each with another quote type."""
    from annotations.agreement.alignment import differences  # noqa: PLC0415 (needs the settings)

    first = list(article.annotations.prefetch_related("spans"))
    second = list(article.annotations.prefetch_related("spans"))
    for each in second:
        each.quote_type = "direct"
    return len(differences(article.text, first, second))


def _exported(article: "Article") -> int:
    from accordingto.records.article import ArticleRecord, AttributionRecord  # noqa: PLC0415
    from annotations.export.formats import csv_lines  # noqa: PLC0415 (needs the settings)

    rows = tuple(
        AttributionRecord(cue=((each.start, each.start + 1),)) for each in article.annotations.all()
    )
    sentences = tuple(article.sentences.values_list("start", "end"))
    record = ArticleRecord(article.text, sentences=sentences, attributions=rows)
    return sum(map(len, csv_lines([record])))


def measured(only: str) -> Iterator[Measured]:
    """Every page of every kind of article, at both sizes."""
    with own_database(durable=False):
        setup_test_environment()
        from django.contrib.auth.models import Group, User  # noqa: PLC0415 (needs the settings)
        from django.test import Client  # noqa: PLC0415

        client = Client()
        person = User.objects.create_user("editor")
        person.groups.add(Group.objects.get(name="editors"))
        client.force_login(person)
        for kind in KINDS:
            small, large = (_pages(client, make_article(kind, n)) for n in SIZES)
            for what in small:
                if only in f"{what} {kind}":
                    one, other = _timed(small[what]), _timed(large[what])
                    yield Measured(what, kind, (one[0], other[0]), (one[1], other[1]))


def _timed(act: Callable[[], int]) -> tuple[float, int]:
    best, size = float("inf"), 0
    for _round in range(3):
        began = time.process_time()
        size = act()
        best = min(best, time.process_time() - began)
    return best, size
