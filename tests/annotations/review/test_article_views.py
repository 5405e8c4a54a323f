"""What people do to an article as a whole, over HTTP, with htmx and without."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accordingto.attribution import Offsets
from annotations import actions
from annotations.desk.desk import CARDS
from annotations.desk.pulse import AT_ONCE
from annotations.models import Annotation, Clearing, Decision
from annotations.models.decision import uncleared
from annotations.queue import leases
from articles.models import Article
from tests.builders import MAYOR, PORT, RESIDENTS, TEXT, ready_article, spans, words_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PLAIN: dict[str, str] = {}
BOTH = pytest.mark.parametrize("extra", [HTMX, PLAIN], ids=["htmx", "plain"])


@pytest.fixture
def desk(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


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


# Adding


@BOTH
def test_the_form_that_adds_names_what_it_will_add(
    desk: Client, article: Article, extra: dict[str, str]
) -> None:
    page = body(desk.get(reverse("review:add", args=[article.pk]), headers=extra))
    assert 'id="card-new"' in page
    assert re.search(r'name="key" value="[0-9a-f-]{36}"', page)
    assert ("<html" in page) is (extra == PLAIN)


@BOTH
def test_sent_twice_the_form_adds_one(
    desk: Client, article: Article, extra: dict[str, str]
) -> None:
    for _ in range(2):
        response = desk.post(
            reverse("review:add", args=[article.pk]), NEW | {"key": "abc"}, headers=extra
        )
        added = article.annotations.get(key="abc")
        if extra:
            assert f'id="card-{added.pk}"' in body(response)
            assert "1 of 4 decided" in body(response)
        else:
            assert response.headers["Location"].endswith(f"#card-{added.pk}")
    assert article.annotations.count() == 4
    assert words_of(added)["content"] == ["the noise"]


@BOTH
@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (offsets_of(**MAYOR), "already in the list"),
        ({"cue": "0-99999"}, "is not on the article"),
        ({"cue": "<b>", "content": ""}, "&lt;b&gt;"),
    ],
)
def test_what_cannot_be_added_is_refused_and_stays_in_the_form(
    desk: Client, article: Article, extra: dict[str, str], typed: dict[str, str], reason: str
) -> None:
    response = desk.post(reverse("review:add", args=[article.pk]), NEW | typed, headers=extra)
    assert response.status_code == 422
    assert reason in body(response)
    assert 'id="card-new"' in body(response)
    assert article.annotations.count() == 3


@pytest.mark.parametrize("key", ["k" * 37, "a\0b"])
def test_a_forged_key_adds_nothing(desk: Client, article: Article, key: str) -> None:
    response = desk.post(reverse("review:add", args=[article.pk]), NEW | {"key": key}, headers=HTMX)
    assert response.status_code == 422
    assert article.annotations.count() == 3


# Undo and redo


def test_undo_and_redo_answer_with_the_changed_card(
    desk: Client, article: Article, mayor: Annotation
) -> None:
    desk.post(reverse("review:reject", args=[mayor.pk]), {"version": 1}, headers=HTMX)
    undone = desk.post(reverse("review:undo_latest", args=[article.pk]), headers=HTMX)
    assert f'id="card-{mayor.pk}" class="card proposed"' in body(undone)
    assert 'data-label="1C"' in body(undone), "the text is marked again"
    assert "0 of 3 decided" in body(undone)
    assert str(mayor.pk) in undone.headers["HX-Trigger-After-Settle"]

    redone = desk.post(reverse("review:redo_latest", args=[article.pk]), headers=HTMX)
    assert f'id="card-{mayor.pk}" class="card rejected"' in body(redone)
    assert 'class="chunk"' in body(redone)
    assert "<mark" not in body(redone)
    assert statuses(article) == ["rejected", "proposed", "proposed"]


def test_undo_and_redo_without_javascript_lead_to_the_card(
    desk: Client, article: Article, mayor: Annotation
) -> None:
    desk.post(reverse("review:approve", args=[mayor.pk]), {"version": 1})
    for name, status in (("undo_latest", "proposed"), ("redo_latest", "approved")):
        response = desk.post(reverse(f"review:{name}", args=[article.pk]))
        assert response.headers["Location"] == f"{article.get_absolute_url()}#card-{mayor.pk}"
        assert statuses(article)[0] == status


@BOTH
@pytest.mark.parametrize("name", ["undo_latest", "redo_latest"])
def test_where_nothing_can_be_taken_back_the_page_says_so(
    desk: Client, article: Article, extra: dict[str, str], name: str
) -> None:
    response = desk.post(reverse(f"review:{name}", args=[article.pk]), headers=extra)
    assert response.status_code == 409
    assert "You have nothing to" in body(response)
    assert ("<html" in body(response)) is (extra == PLAIN)


def test_undoing_what_another_decided_on_names_them(
    desk: Client, article: Article, mayor: Annotation, editor: User, admin: User
) -> None:
    actions.approve(mayor.pk, 1, editor)
    actions.reject(mayor.pk, 2, admin)
    response = desk.post(reverse("review:undo_latest", args=[article.pk]), headers=HTMX)
    assert response.status_code == 409
    assert f"{admin.username} rejected this attribution after you" in body(response)
    assert statuses(article)[0] == "rejected"


# Approving the rest


def listed(page: str) -> str:
    """What the page would send to have approved."""
    found = re.search(r'name="annotations" value="([^"]*)"', page)
    return found[1] if found else ""


def sure(article: Article, *confidences: float) -> list[Annotation]:
    """Give the proposals these confidences."""
    annotations = list(article.annotations.all())
    for annotation, confidence in zip(annotations, confidences, strict=True):
        Annotation.objects.filter(pk=annotation.pk).update(confidence=confidence)
    return annotations


@BOTH
def test_the_rest_is_listed_before_anything_is_approved(
    desk: Client, article: Article, extra: dict[str, str]
) -> None:
    first, second, third = sure(article, 0.95, 0.5, 0.9)
    address = reverse("review:approve_rest", args=[article.pk])

    page = body(desk.get(address, headers=extra))
    assert listed(page) == f"{first.pk}:1,{third.pk}:1"
    assert "Approve 2" in page

    page = body(desk.get(address, {"above": 40}, headers=extra))
    assert f"{second.pk}:1" in listed(page)
    assert "Approve 3" in page
    page = body(desk.get(address, {"above": 100}, headers=extra))
    assert "No open proposal is as sure as that" in page
    assert statuses(article) == ["proposed"] * 3


@BOTH
def test_the_rest_is_approved_at_once_and_undone_at_once(
    desk: Client, article: Article, extra: dict[str, str], editor: User
) -> None:
    first, _second, third = sure(article, 0.95, 0.5, 0.9)
    address = reverse("review:approve_rest", args=[article.pk])
    data = {"above": 90, "annotations": f"{first.pk}:1,{third.pk}:1"}

    response = desk.post(address, data, headers=extra)

    if extra:
        assert response.headers["HX-Refresh"] == "true"
    else:
        assert response.headers["Location"] == article.get_absolute_url()
    assert "2 attributions approved" in body(desk.get(article.get_absolute_url()))
    assert statuses(article) == ["approved", "proposed", "approved"]
    assert article.annotations.filter(reviewed_by=editor).count() == 2

    again = desk.post(address, data, headers=extra)
    assert again.status_code == 409
    assert Decision.objects.filter(action="approve").count() == 2

    undone = desk.post(reverse("review:undo_latest", args=[article.pk]), headers=extra)
    assert undone.headers.get("HX-Refresh") == "true" or undone.status_code == 302
    assert statuses(article) == ["proposed"] * 3


@BOTH
def test_a_stale_rest_approves_nothing_and_shows_the_list_anew(
    desk: Client, article: Article, extra: dict[str, str], admin: User
) -> None:
    first, second, _third = sure(article, 0.95, 0.95, 0.5)
    actions.reject(second.pk, 1, admin)
    data = {"above": 90, "annotations": f"{first.pk}:1,{second.pk}:1"}
    response = desk.post(reverse("review:approve_rest", args=[article.pk]), data, headers=extra)
    assert response.status_code == 409
    assert "1 of these have changed meanwhile" in body(response)
    assert listed(body(response)) == f"{first.pk}:1"
    assert statuses(article) == ["proposed", "rejected", "proposed"]


@pytest.mark.parametrize(
    "forged",
    [
        "1",
        "x:1",
        "1:x",
        "-1:1",
        "1:1:1",
        "²:1",
        "9" * 30 + ":1",
        "987654:1",
        "1:" + "9" * 12,
        "\0:1",
        "{}:1",
        "{}:2",
        None,
    ],
)
def test_a_forged_rest_approves_nothing(desk: Client, article: Article, forged: str | None) -> None:
    address = reverse("review:approve_rest", args=[article.pk])
    pk = article.annotations.all()[0].pk
    sent = {"above": "0", "annotations": f"{forged.format(pk)},{pk}:1" if forged else ""}
    response = desk.post(address, sent, headers=HTMX)
    assert response.status_code == 409
    assert statuses(article) == ["proposed"] * 3


@pytest.mark.parametrize("above", ["", "x", "-1", "101", "9" * 30, "1.5", "\0"])
def test_a_rest_above_no_percentage_approves_nothing(
    desk: Client, article: Article, mayor: Annotation, above: str
) -> None:
    address = reverse("review:approve_rest", args=[article.pk])
    assert desk.get(address, {"above": above}, headers=HTMX).status_code == 422
    sent = {"above": above, "annotations": f"{mayor.pk}:1"}
    assert desk.post(address, sent, headers=HTMX).status_code == 422
    assert statuses(article) == ["proposed"] * 3


def test_the_rest_of_another_article_is_not_approved(desk: Client, article: Article) -> None:
    other = ready_article(TEXT + "\nMore.", [PORT])
    sent = {"above": 0, "annotations": f"{other.annotations.get().pk}:1"}
    response = desk.post(reverse("review:approve_rest", args=[article.pk]), sent, headers=HTMX)
    assert response.status_code == 409
    assert statuses(other) == ["proposed"]


# Sentences that may hide an attribution

HIDING = "The bridge closes.\n\nThe pilot said no. It rained."
PILOT = HIDING.index("The pilot")


def clear(client: Client, article: Article, start: int | str, extra: dict[str, str]) -> Any:
    address = reverse("review:clear_sentence", args=[article.pk])
    return client.post(address, {"start": start}, headers=extra)


@BOTH
def test_clearing_a_sentence(desk: Client, editor: User, extra: dict[str, str]) -> None:
    hiding = ready_article(HIDING, [{"cue": ["closes"]}])
    marked = f'class="missed" data-missed="{PILOT}"'
    assert marked in body(desk.get(hiding.get_absolute_url()))

    response = clear(desk, hiding, PILOT, extra)

    if extra:
        assert f'id="t-{PILOT}"' in body(response)
        assert body(response).count('class="chunk"') == 1
        assert 'class="missed"' not in body(response)
    else:
        assert response.headers["Location"] == hiding.get_absolute_url()
    assert marked not in body(desk.get(hiding.get_absolute_url()))
    assert hiding.sentences.get(start=PILOT).clearings.get().by == editor
    again = clear(desk, hiding, PILOT, extra)
    assert again.status_code == response.status_code
    assert Decision.objects.filter(action="clear").count() == 1

    for name, stands in (("undo_latest", True), ("redo_latest", False)):
        answer = desk.post(reverse(f"review:{name}", args=[hiding.pk]), headers=extra)
        if extra:
            assert f'id="t-{PILOT}"' in body(answer)
            assert "Saved" in body(answer)
            assert (marked in body(answer)) is stands
        assert (marked in body(desk.get(hiding.get_absolute_url()))) is stands


@BOTH
@pytest.mark.parametrize("start", [1, 99_999, 10**30])
def test_a_sentence_that_is_not_there_cannot_be_cleared(
    desk: Client, article: Article, extra: dict[str, str], start: int
) -> None:
    response = clear(desk, article, start, extra)
    assert response.status_code == 409
    assert "No sentence starts there" in body(response)


def test_a_refused_clearing_is_answered_by_a_fragment(desk: Client, article: Article) -> None:
    response = clear(desk, article, 1, HTMX)
    assert response.status_code == 409
    assert "<html" not in body(response)


def test_a_sentence_that_is_covered_now_is_marked_no_more_in_all_of_its_chunks(
    desk: Client,
) -> None:
    text = f"It rained. The pilot said {'so and ' * 250}so. It rained."
    hiding = ready_article(text, [{"cue": ["It rained"]}])
    page = body(desk.get(hiding.get_absolute_url()))
    chunks = len(re.findall(r'class="missed"', page))
    assert chunks > 1, "the sentence is longer than a chunk"
    new = offsets_of(text, cue=["said"]) | {"quote_type": "direct", "version": "0"}
    answer = body(desk.post(reverse("review:add", args=[hiding.pk]), new, headers=HTMX))
    assert answer.count('class="chunk"') == chunks
    assert 'class="missed"' not in answer


# The text anew


def test_stretches_of_text_are_as_on_the_page(desk: Client, article: Article) -> None:
    page = body(desk.get(article.get_absolute_url()))
    fragment = body(desk.get(reverse("review:text", args=[article.pk]), {"pieces": "0-3,40-60"}))
    chunks = re.findall(
        r'<span id="t-\d+" class="chunk".*?</span></span>|'
        r'<span id="t-\d+" class="chunk".*?</mark></span>',
        fragment,
    )
    assert len(chunks) == 2
    for chunk in chunks:
        assert chunk.replace(' hx-swap-oob="true"', "") in page


@pytest.mark.parametrize(
    "pieces", ["", "x", "99999-999999", "9" * 40 + "-1", "<script>", "-", "\0"]
)
def test_pieces_that_are_nowhere_bring_no_text(desk: Client, article: Article, pieces: str) -> None:
    response = desk.get(reverse("review:text", args=[article.pk]), {"pieces": pieces})
    assert response.status_code == 200
    assert 'class="chunk"' not in body(response)
    assert "<script" not in body(response)


# The pulse


def pulse(client: Client, article: Article, since: int | str, known: str = "") -> Any:
    sent = {"since": since, "known": known}
    return client.post(reverse("review:pulse", args=[article.pk]), sent, headers=HTMX)


def latest() -> int:
    return Decision.objects.latest("id").pk


def since_of(response: Any) -> int:
    found = re.search(r'name="since" value="(\d+)"', body(response))
    assert found
    return int(found[1])


def test_the_pulse_tells_who_else_is_here(
    desk: Client, article: Article, editor: User, admin: User
) -> None:
    assert "Also here" not in body(pulse(desk, article, latest()))
    assert leases.others(article.pk, admin) == [editor.username]
    leases.renew(article.pk, admin)
    fragment = body(pulse(desk, article, latest()))
    assert f"<bdi>{admin.username}</bdi>" in fragment
    leases.release(article.pk, admin)
    assert admin.username not in body(pulse(desk, article, latest()))


def test_the_pulse_brings_what_others_decided_once(
    desk: Client, article: Article, mayor: Annotation, admin: User
) -> None:
    page = desk.get(article.get_absolute_url())
    actions.reject(mayor.pk, 1, admin)

    first = pulse(desk, article, since_of(page))

    fragment = body(first)
    assert f'id="card-{mayor.pk}" class="card rejected"' in fragment
    assert 'hx-swap-oob="true"' in fragment
    assert f"Just changed by {admin.username}" in fragment
    assert 'class="chunk"' in fragment
    assert "1 of 3 decided" in fragment
    assert since_of(first) == latest()

    second = body(pulse(desk, article, since_of(first)))
    assert "Just changed" not in second
    assert 'class="card' not in second


def test_what_others_do_while_the_page_is_made_comes_with_the_pulse(
    desk: Client,
    article: Article,
    mayor: Annotation,
    admin: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    added: list[Annotation] = []

    def sentences(*asked: Any) -> list[Offsets]:
        """Asked for when the cards have been read and the spans of the text have not."""
        if not added:
            actions.reject(mayor.pk, 1, admin)
            added.append(actions.add(article.pk, admin, {"cue": [(0, 3)]}, "indirect"))
        return uncleared(*asked)

    monkeypatch.setattr("annotations.desk.desk.uncleared", sentences)
    page = desk.get(article.get_absolute_url())

    assert page.status_code == 200
    fragment = body(pulse(desk, article, since_of(page)))
    assert f'id="card-{mayor.pk}" class="card rejected"' in fragment
    assert f'id="card-{added[0].pk}"' in fragment


def test_the_pulse_does_not_repeat_ones_own_decisions(
    desk: Client, article: Article, mayor: Annotation, editor: User
) -> None:
    since = latest()
    actions.reject(mayor.pk, 1, editor)
    fragment = body(pulse(desk, article, since, known=f"{mayor.pk}:2"))
    assert 'class="card' not in fragment
    assert "Just changed" not in fragment
    # Another tab of the same person learns of it, without being told who it was.
    elsewhere = body(pulse(desk, article, since, known=f"{mayor.pk}:1"))
    assert f'id="card-{mayor.pk}"' in elsewhere
    assert "Just changed" not in elsewhere


def test_a_pulse_brings_a_few_changes_and_the_next_ones_the_others(
    desk: Client, admin: User
) -> None:
    count = 2 * AT_ONCE + 1
    article = many(count)
    since = latest()
    for annotation in article.annotations.all():
        actions.approve(annotation.pk, 1, admin)

    seen: list[int] = []
    for expected in (AT_ONCE, AT_ONCE, 1, 0):
        response = pulse(desk, article, since)
        assert len(response.content) < 20_000
        cards = [int(pk) for pk in re.findall(r'id="card-(\d+)"', body(response))]
        assert len(cards) == expected
        seen += cards
        since = since_of(response)
    assert sorted(seen) == sorted(article.annotations.values_list("pk", flat=True))


def test_news_of_another_article_stay_there(desk: Client, article: Article, admin: User) -> None:
    other = ready_article(TEXT + "\nMore.", [PORT])
    since = latest()
    actions.approve(other.annotations.get().pk, 1, admin)
    assert 'class="card' not in body(pulse(desk, article, since))


@pytest.mark.parametrize("since", ["", "x", "-1", "9" * 30, "\0"])
def test_a_pulse_that_knows_no_decision_is_refused(
    desk: Client, article: Article, since: str
) -> None:
    assert pulse(desk, article, since).status_code == 400


# Finishing


def finish_all(client: Client, article: Article, extra: dict[str, str]) -> Any:
    for annotation in article.annotations.filter(status="proposed"):
        client.post(
            reverse("review:approve", args=[annotation.pk]), {"version": annotation.version}
        )
    page = body(client.get(article.get_absolute_url(), {"finishing": ""}))
    return client.post(
        reverse("review:finish", args=[article.pk]), {"seen": seen_on(page)}, headers=extra
    )


def seen_on(page: str) -> str:
    """What the page says to have warned of."""
    found = re.search(r'name="seen" value="(\w+)"', page)
    return found[1] if found else ""


def leads_to(response: Any) -> str:
    address: str = response.headers.get("HX-Redirect") or response.headers["Location"]
    return address


@BOTH
def test_finishing_leads_to_the_next_article(
    desk: Client, article: Article, editor: User, admin: User, extra: dict[str, str]
) -> None:
    taken = ready_article(TEXT + "\nTaken.", [PORT])
    leases.renew(taken.pk, admin)
    following = ready_article(TEXT + "\nNext.", [PORT])
    response = finish_all(desk, article, extra)
    assert leads_to(response) == following.get_absolute_url()
    assert ("HX-Redirect" in response.headers) is (extra == HTMX)
    article.refresh_from_db()
    assert (article.status, article.finished_by) == ("finished", editor)
    assert "is finished" in body(desk.get(following.get_absolute_url()))
    assert leases.others(article.pk, admin) == []


def test_after_the_last_article_comes_the_queue(desk: Client, article: Article) -> None:
    assert finish_all(desk, article, PLAIN).headers["Location"] == reverse("queue:list")
    assert "No article is waiting" in body(desk.get(reverse("queue:list")))


def test_in_a_finished_article_nothing_is_done(
    desk: Client, article: Article, mayor: Annotation
) -> None:
    finish_all(desk, article, PLAIN)
    count = Decision.objects.count()
    for name in ("undo_latest", "redo_latest"):
        assert (
            desk.post(reverse(f"review:{name}", args=[article.pk]), headers=HTMX).status_code == 409
        )
    assert desk.post(reverse("review:finish", args=[article.pk]), headers=HTMX).status_code == 200
    assert desk.post(reverse("review:add", args=[article.pk]), NEW, headers=HTMX).status_code == 422
    start = article.sentences.all()[0].start
    cleared = clear(desk, article, start, HTMX)
    assert cleared.status_code == 409
    sent = {"above": 0, "annotations": f"{mayor.pk}:2"}
    rest = desk.post(reverse("review:approve_rest", args=[article.pk]), sent, headers=HTMX)
    assert rest.status_code == 409
    assert Decision.objects.count() == count


# Blind samples


@pytest.fixture
def blind(article: Article) -> Article:
    Article.objects.filter(pk=article.pk).update(blind=True)
    article.refresh_from_db()
    return article


def test_a_blind_sample_hides_what_the_machine_proposed(
    desk: Client, blind: Article, mayor: Annotation
) -> None:
    page = body(desk.get(blind.get_absolute_url()))
    assert "Blind sample" in page
    assert 'class="card proposed"' not in page
    assert "<mark" not in page
    rest = body(
        desk.get(reverse("review:approve_rest", args=[blind.pk]), {"above": 0}, headers=HTMX)
    )
    assert listed(rest) == ""
    text = desk.get(reverse("review:text", args=[blind.pk]), {"pieces": "0-300"})
    assert "<mark" not in body(text)
    for name in ("card", "edit", "flag", "history"):
        assert desk.get(reverse(f"review:{name}", args=[mayor.pk])).status_code == 404
    for name in ("approve", "reject", "edit", "undo", "revert", "flag"):
        assert (
            desk.post(reverse(f"review:{name}", args=[mayor.pk]), {"version": 1}).status_code == 404
        )


def test_a_blind_sample_is_labelled_and_finished(
    desk: Client, blind: Article, editor: User
) -> None:
    added = desk.post(reverse("review:add", args=[blind.pk]), NEW, headers=HTMX)
    assert "All 1 decided" in body(added)
    assert "<mark" in body(added)
    assert finish_all(desk, blind, PLAIN).status_code == 302
    blind.refresh_from_db()
    assert (blind.status, blind.finished_by) == ("finished", editor)


def test_hidden_proposals_of_a_blind_sample_cannot_be_approved_by_their_ids(
    desk: Client, blind: Article, mayor: Annotation
) -> None:
    sent = {"above": 0, "annotations": f"{mayor.pk}:1"}
    response = desk.post(reverse("review:approve_rest", args=[blind.pk]), sent, headers=HTMX)
    assert response.status_code == 409
    assert statuses(blind) == ["proposed"] * 3


# Who may what, and how

ALL = [
    ("article", "get", "view"),
    ("text", "get", "view"),
    ("add", "get", "review"),
    ("add", "post", "review"),
    ("undo_latest", "post", "review"),
    ("redo_latest", "post", "review"),
    ("approve_rest", "get", "review"),
    ("approve_rest", "post", "review"),
    ("clear_sentence", "post", "review"),
    ("pulse", "post", "review"),
    ("finish", "post", "review"),
    ("reopen", "post", "review"),
]


def address_of(name: str, pk: int) -> str:
    return reverse(f"review:{name}", args=[pk])


@BOTH
@pytest.mark.parametrize(("name", "method", "right"), ALL)
@pytest.mark.parametrize("role", ["editors", "admins", "fact-checkers", "", "anonymous"])
def test_who_may_do_what(
    *,
    client: Client,
    article: Article,
    person: Callable[[str], User],
    role: str,
    name: str,
    method: str,
    right: str,
    extra: dict[str, str],
) -> None:
    if role == "":
        client.force_login(User.objects.create_user("without-role"))
    elif role != "anonymous":
        client.force_login(person(role))
    decisions = Decision.objects.count()
    response: HttpResponse = getattr(client, method)(address_of(name, article.pk), headers=extra)
    may = role in ("editors", "admins") or (right == "view" and role == "fact-checkers")
    if may:
        assert response.status_code in (200, 302, 400, 409, 422)
        assert not response.headers.get("Location", "").startswith(reverse("login"))
        return
    if role == "anonymous":
        assert response.status_code == (401 if extra else 302)
        assert extra or response.headers["Location"].startswith(reverse("login"))
    else:
        assert response.status_code == 403
    assert Decision.objects.count() == decisions
    assert not article.leases.exists()
    assert not Clearing.objects.exists()


@pytest.mark.parametrize(("name", "method", "right"), ALL)
def test_an_article_that_is_not_there_is_not_found(
    desk: Client, name: str, method: str, right: str
) -> None:
    data = {"since": 0} if name == "pulse" else {}
    for pk in (987_654, 10**30):
        assert getattr(desk, method)(address_of(name, pk), data).status_code == 404


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("undo_latest", "get"),
        ("redo_latest", "get"),
        ("clear_sentence", "get"),
        ("pulse", "get"),
        ("finish", "get"),
        ("reopen", "get"),
        ("article", "post"),
        ("text", "post"),
    ],
)
def test_other_methods_do_nothing(desk: Client, article: Article, name: str, method: str) -> None:
    assert getattr(desk, method)(address_of(name, article.pk)).status_code == 405


def test_a_fact_checkers_page_takes_no_lease(
    client: Client, fact_checker: User, article: Article
) -> None:
    client.force_login(fact_checker)
    page = body(client.get(article.get_absolute_url()))
    assert 'id="pulse"' not in page
    assert not article.leases.exists()


# The size of answers, and what they cost the database

SHORT = 10_000


def times(count: int, *, paragraph: bool) -> Article:
    """The article with its words repeated behind it, in lines or in one paragraph."""
    more = "And so it went on for days, they said. " * 8
    joined = (" " if paragraph else "\n\n").join(
        [TEXT.strip().replace("\n\n", " "), *[more] * count]
    )
    return ready_article(joined, [MAYOR, PORT, RESIDENTS])


def sizes(client: Client, article: Article) -> dict[str, int]:
    """The bytes that each decision's answer takes."""
    first, second, third = article.annotations.all()
    corrected = offsets_of(article.text, cue=["told"], content=["“We cannot"])
    new = offsets_of(article.text, cue=["feared"], content=["the noise"])
    form = {"quote_type": "direct"}
    posts: list[tuple[str, int, dict[str, Any]]] = [
        ("approve", first.pk, {"version": 1}),
        ("reject", second.pk, {"version": 1}),
        ("undo", second.pk, {"version": 2}),
        ("edit", first.pk, corrected | form | {"version": 2}),
        ("flag", third.pk, {"version": 1, "note": "Sure?"}),
        ("add", article.pk, new | form | {"version": 0, "key": f"key-{article.pk}"}),
        ("undo_latest", article.pk, {}),
        ("redo_latest", article.pk, {}),
        ("approve", first.pk, {"version": 1}),
    ]
    found = {}
    for index, (name, pk, data) in enumerate(posts):
        response = client.post(reverse(f"review:{name}", args=[pk]), data, headers=HTMX)
        assert response.status_code == (409 if index == len(posts) - 1 else 200), name
        found[f"{index} {name}"] = len(response.content)
    return found


@pytest.mark.parametrize("paragraph", [False, True], ids=["lines", "one paragraph"])
def test_an_answer_is_as_short_for_a_long_article_as_for_a_short_one(
    desk: Client, paragraph: bool
) -> None:
    short = sizes(desk, times(4, paragraph=paragraph))
    long = sizes(desk, times(200, paragraph=paragraph))
    assert max(long.values()) < SHORT
    for name, size in long.items():
        assert abs(size - short[name]) < 200, name


def test_an_answer_stays_short_for_a_very_long_content(desk: Client) -> None:
    words = "it rains and rains " * 1500
    text = f"The office said {words.strip()}. Then it stopped."
    proposal = {"source": ["The office"], "cue": ["said"], "content": [words.strip()]}
    article = ready_article(text, [proposal])
    annotation = article.annotations.get()
    for version, name in enumerate(["approve", "reject", "undo"], start=1):
        response = desk.post(
            reverse(f"review:{name}", args=[annotation.pk]), {"version": version}, headers=HTMX
        )
        assert response.status_code == 200
        assert len(response.content) < SHORT
    address = re.search(r'hx-get="([^"]*pieces=[^"]*)"', body(response))
    assert address, "the page asks for the text itself"
    fetched = body(desk.get(address[1].replace("&amp;", "&"), headers=HTMX))
    assert fetched.count('class="chunk"') > 20


QUERIES = {
    "page": 18,
    "post approve": 15,
    "post edit": 22,
    "post flag": 13,
    "post reject": 18,
    "post undo_latest": 21,
    "post redo_latest": 21,
    "post undo": 19,
    "get history": 11,
    "get edit": 11,
    "get card": 10,
    "get text": 8,
    "get approve_rest": 9,
    "post add": 18,
    "pulse": 16,
}


def many(count: int) -> Article:
    """An article with so many proposals."""
    sentences = [f"Witness number{n} said the lamp{n} was red." for n in range(count)]
    proposals = [
        {"source": [f"number{n} said"], "cue": [f"the lamp{n} "], "content": ["was red"]}
        for n in range(count)
    ]
    return ready_article("\n".join(sentences), proposals)


def queries(client: Client, method: str, address: str, data: dict[str, Any]) -> int:
    """How many queries an answer takes, savepoints and the session left out."""
    with CaptureQueriesContext(connection) as context:
        response = getattr(client, method)(address, data, headers=HTMX)
    assert response.status_code == 200, response.content
    return len([q for q in context.captured_queries if "SAVEPOINT" not in q["sql"]])


def all_queries(client: Client, article: Article, admin: User) -> dict[str, int]:
    annotation = article.annotations.all()[0]
    pk = annotation.pk
    found = {"page": queries(client, "get", article.get_absolute_url(), {})}
    words = json.dumps({"cue": ["Witness"], "content": ["number"]})
    edit = {"cue": "0-7", "content": "8-14", "words": words, "quote_type": "direct", "version": 2}
    new = {"cue": "2-5", "words": '{"cue": ["tne"]}', "quote_type": "direct", "version": 0}
    steps: list[tuple[str, str, int, dict[str, Any]]] = [
        ("post", "approve", pk, {"version": 1}),
        ("post", "edit", pk, edit),
        ("post", "flag", pk, {"version": 3, "note": "Sure?"}),
        ("post", "reject", pk, {"version": 4}),
        ("post", "undo_latest", article.pk, {}),
        ("post", "redo_latest", article.pk, {}),
        ("post", "undo", pk, {"version": 7}),
        ("get", "history", pk, {}),
        ("get", "edit", pk, {}),
        ("get", "card", pk, {}),
        ("get", "text", article.pk, {"pieces": "0-50"}),
        ("get", "approve_rest", article.pk, {"above": 0}),
        ("post", "add", article.pk, new),
    ]
    for method, name, target, data in steps:
        found[f"{method} {name}"] = queries(
            client, method, reverse(f"review:{name}", args=[target]), data
        )
    since = latest()
    actions.approve(pk, Annotation.objects.get(pk=pk).version, admin)
    found["pulse"] = queries(
        client, "post", reverse("review:pulse", args=[article.pk]), {"since": since}
    )
    return found


def test_the_queries_do_not_grow_with_the_annotations(desk: Client, admin: User) -> None:
    assert all_queries(desk, many(2), admin) == QUERIES
    assert all_queries(desk, many(60), admin) == QUERIES


def test_a_long_list_of_cards_comes_in_parts(desk: Client) -> None:
    article = many(CARDS * 2 + 10)
    ids = list(article.annotations.values_list("pk", flat=True))
    page = desk.get(article.get_absolute_url()).content.decode()
    address = reverse("review:more_cards", args=[article.pk])
    shown = [int(pk) for pk in re.findall(r'<li id="card-(\d+)"', page)]
    for _part in range(2):
        assert f'hx-get="{address}?after={shown[-1]}"' in page
        page = desk.get(address, {"after": shown[-1]}, headers=HTMX).content.decode()
        shown += [int(pk) for pk in re.findall(r'<li id="card-(\d+)"', page)]
    assert shown == ids
    assert 'hx-trigger="load"' not in page
    everything = desk.get(article.get_absolute_url(), {"all": ""}).content.decode()
    assert [int(pk) for pk in re.findall(r'<li id="card-(\d+)"', everything)] == ids


def test_without_javascript_a_decision_leads_to_a_card_that_is_on_the_page(desk: Client) -> None:
    article = many(CARDS + 2)
    *_others, before, last = article.annotations.all()
    response = desk.post(reverse("review:approve", args=[before.pk]), {"version": 1})
    assert response.headers["Location"] == f"{article.get_absolute_url()}?all#card-{last.pk}"


@pytest.mark.parametrize("after", ["", "x", "-1", "987654", "9" * 40])
def test_no_part_comes_after_a_card_that_is_not_there(
    desk: Client, article: Article, after: str
) -> None:
    address = reverse("review:more_cards", args=[article.pk])
    assert desk.get(address, {"after": after}, headers=HTMX).status_code == 404


def test_parts_hide_what_the_page_hides(desk: Client, article: Article) -> None:
    first = article.annotations.all()[0]
    Article.objects.filter(pk=article.pk).update(blind=True)
    address = reverse("review:more_cards", args=[article.pk])
    assert desk.get(address, {"after": first.pk}, headers=HTMX).status_code == 404
