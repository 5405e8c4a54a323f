"""The review desk over HTTP: fragments, plain forms, conflicts, and who may do what."""

import json
import re
import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from annotations import actions
from annotations.models import Annotation, Decision
from articles.models import Article
from tests.builders import MAYOR, TEXT, ready_article, spans, words_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


def offsets_of(**roles: list[str]) -> dict[str, str]:
    """Form values for words of the article."""
    return {
        role: ", ".join(f"{start}-{end}" for start, end in pieces)
        for role, pieces in spans(TEXT, **roles).items()
    } | {"words": json.dumps(roles)}


def test_the_page_shows_the_text_and_every_proposal(desk: Client, article: Article) -> None:
    page = desk.get(article.get_absolute_url()).content.decode()
    assert page.count('class="card proposed"') == 3
    assert "0 of 3 decided" in page
    assert 'data-label="1C"' in page
    assert "“The bolts are older than I am.”" in page


def test_a_decision_is_answered_by_the_changed_fragments(
    desk: Client, article: Article, mayor: Annotation
) -> None:
    response = desk.post(reverse("review:approve", args=[mayor.pk]), {"version": 1}, headers=HTMX)

    fragment = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in fragment
    assert f'id="card-{mayor.pk}" class="card approved"' in fragment
    assert "1 of 3 decided" in fragment
    assert "Saved <time" in fragment
    assert "<mark" not in fragment, "the text looks the same as before"
    assert len(response.content) < 10_000

    rejected = desk.post(reverse("review:reject", args=[mayor.pk]), {"version": 2}, headers=HTMX)
    fragment = rejected.content.decode()
    mark = article.text.index("“We cannot")
    assert f'id="t-{mark}"' in fragment
    assert fragment.count('class="chunk"') == 1, "only the paragraph that showed the annotation"
    assert "<mark" not in fragment


def test_the_answer_does_not_grow_with_the_article(desk: Client) -> None:
    article = ready_article(TEXT + "\n\nAnd so it went on for days, they said." * 400)
    annotation = article.annotations.first()
    assert annotation is not None
    response = desk.post(
        reverse("review:approve", args=[annotation.pk]), {"version": 1}, headers=HTMX
    )
    assert len(response.content) < 10_000


def test_without_javascript_a_decision_leads_to_the_next_proposal(
    desk: Client, article: Article, mayor: Annotation
) -> None:
    response = desk.post(reverse("review:reject", args=[mayor.pk]), {"version": 1})
    following = article.annotations.all()[1]
    assert response.headers["Location"] == f"{article.get_absolute_url()}#card-{following.pk}"


def test_a_stale_decision_shows_both_versions(
    desk: Client, admin: User, article: Article, mayor: Annotation
) -> None:
    changed = spans(TEXT, source=["Ada Lindqvist"], cue=["told"], content=["Monday"])
    actions.correct(mayor.pk, 1, admin, changed, "direct")
    for extra in (HTMX, {}):
        response = desk.post(
            reverse("review:reject", args=[mayor.pk]), {"version": 1}, headers=extra
        )
        page = response.content.decode()
        assert response.status_code == 409
        assert f"{admin.username} corrected and approved this attribution" in page
        assert "<span>Mayor Ada Lindqvist</span>" in page, "what the editor saw"
        assert "<span>Ada Lindqvist</span>" in page, "what stands now"
        assert "Saved <time" not in page
    mayor.refresh_from_db()
    assert mayor.status == "approved"


@pytest.mark.parametrize("extra", [HTMX, {}])
def test_a_stale_correction_keeps_what_was_typed(
    desk: Client, admin: User, mayor: Annotation, extra: dict[str, str]
) -> None:
    actions.reject(mayor.pk, 1, admin)
    typed = offsets_of(source=["Lindqvist"], cue=["told reporters"], content=["Monday"])
    data = typed | {"quote_type": "mixed", "version": 1}

    response = desk.post(reverse("review:edit", args=[mayor.pk]), data, headers=extra)

    page = response.content.decode()
    assert response.status_code == 409
    assert all(f'value="{escape(value)}"' in page for value in typed.values())
    assert "rejected this attribution since you saw it" in page
    assert "<span>Mayor Ada Lindqvist</span>" in page
    assert words_of(mayor) == MAYOR
    # The form now carries the version that stands, so that sending it again decides on that.
    assert 'name="version" value="2"' in page
    again = desk.post(reverse("review:edit", args=[mayor.pk]), data | {"version": 2}, headers=extra)
    assert again.status_code in (200, 302)
    assert words_of(mayor)["source"] == ["Lindqvist"]


def test_correcting_and_adding(desk: Client, article: Article, mayor: Annotation) -> None:
    data = offsets_of(source=["Ada Lindqvist"], cue=["told"], content=["Monday"])
    data |= {"quote_type": "direct"}
    edited = desk.post(
        reverse("review:edit", args=[mayor.pk]), data | {"version": "1"}, headers=HTMX
    )
    assert "<span>Ada Lindqvist</span>" in edited.content.decode()

    new = offsets_of(cue=["reporters"], content=["six weeks"])
    new |= {"quote_type": "indirect", "version": "0"}
    added = desk.post(reverse("review:add", args=[article.pk]), new, headers=HTMX)
    fragment = added.content.decode()
    card = article.annotations.latest("id")
    assert 'hx-swap-oob="beforeend:#cards"' in fragment
    assert f'id="card-{card.pk}" class="card approved"' in fragment
    assert f'data-start="{card.start}"' in fragment, "where the page puts it"
    assert "2 of 4 decided" in fragment


def test_corrections_of_different_roles_by_two_people_are_both_kept(
    desk: Client, admin: User, mayor: Annotation
) -> None:
    actions.correct(mayor.pk, 1, admin, spans(TEXT, **(MAYOR | {"cue": ["told"]})), "indirect")
    typed = offsets_of(**(MAYOR | {"source": ["Ada Lindqvist"]}))
    data = typed | {"quote_type": "indirect", "version": "1"}
    response = desk.post(reverse("review:edit", args=[mayor.pk]), data, headers=HTMX)
    assert response.status_code == 200
    assert "<span>told</span>" in response.content.decode()
    assert "<span>Ada Lindqvist</span>" in response.content.decode()
    assert words_of(mayor) == MAYOR | {"source": ["Ada Lindqvist"], "cue": ["told"]}


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"cue": "5"}, "is not a start and an end"),
        ({"cue": "<script>"}, "&lt;script&gt;"),
        ({"cue": "0-99999"}, "is not on the article"),
        ({"cue": "9-3"}, "is not on the article"),
        ({"cue": "99999999999-3"}, "is not a start and an end"),
        ({}, "needs a cue or a content"),
        ({"cue": "0-3", "quote_type": "shouted"}, "Select a valid choice"),
        ({"cue": "0-3", "version": "-1"}, "greater than or equal to 0"),
        ({"cue": "0-3," * 2000}, "at most 4000 characters"),
    ],
)
def test_a_bad_correction_is_refused_with_the_reason(
    desk: Client, mayor: Annotation, typed: dict[str, str], reason: str
) -> None:
    data = {"quote_type": "direct", "version": "1"} | typed
    response = desk.post(reverse("review:edit", args=[mayor.pk]), data, headers=HTMX)
    assert response.status_code == 422
    assert reason in response.content.decode()
    assert words_of(mayor) == MAYOR


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "99999999999999999999"])
def test_a_decision_without_a_version_is_refused(
    desk: Client, mayor: Annotation, version: str
) -> None:
    response = desk.post(
        reverse("review:approve", args=[mayor.pk]), {"version": version}, headers=HTMX
    )
    assert response.status_code == 400
    assert "no valid version" in response.content.decode()
    mayor.refresh_from_db()
    assert mayor.status == "proposed"


def test_finishing_too_early_says_what_is_left(desk: Client, article: Article) -> None:
    refused = desk.post(reverse("review:finish", args=[article.pk]), headers=HTMX)
    assert refused.status_code == 409
    assert "<html" not in refused.content.decode()
    assert "3 proposals still await a decision" in refused.content.decode()
    plain = desk.post(reverse("review:finish", args=[article.pk]))
    assert plain.headers["Location"] == article.get_absolute_url(), "a page that can be reloaded"
    page = desk.get(article.get_absolute_url()).content.decode()
    assert "3 proposals still await a decision" in page


def test_a_finished_article_has_no_controls_until_it_is_reopened(
    desk: Client, article: Article, editor: User
) -> None:
    for annotation in article.annotations.all():
        desk.post(reverse("review:approve", args=[annotation.pk]), {"version": 1})
    actions.finish(article.pk, editor)
    page = desk.get(article.get_absolute_url()).content.decode()
    # Who the source is may still be said: that changes nothing that was signed.
    assert set(re.findall(r'formaction="/annotations/[0-9]+/([a-z]+)/"', page)) == {"resolve"}
    assert (
        desk.post(reverse("review:reject", args=[annotation.pk]), {"version": 2}).status_code == 409
    )
    desk.post(reverse("review:reopen", args=[article.pk]))
    assert "formaction" in desk.get(article.get_absolute_url()).content.decode()


def test_undoing_over_http(desk: Client, mayor: Annotation) -> None:
    desk.post(reverse("review:approve", args=[mayor.pk]), {"version": 1}, headers=HTMX)
    response = desk.post(reverse("review:undo", args=[mayor.pk]), {"version": 2}, headers=HTMX)
    assert "card proposed" in response.content.decode()
    again = desk.post(reverse("review:undo", args=[mayor.pk]), {"version": 3}, headers=HTMX)
    assert again.status_code == 409
    assert "nothing to undo" in again.content.decode()


@pytest.mark.parametrize("extra", [HTMX, {}])
def test_a_flag_is_shown_on_the_card_as_text_and_taken_away(
    desk: Client, article: Article, mayor: Annotation, extra: dict[str, str]
) -> None:
    address = reverse("review:flag", args=[mayor.pk])
    form = desk.get(address, headers=extra).content.decode()
    assert "What should a colleague look at?" in form
    assert 'name="version" value="1"' in form

    note = "<script>alert(1)</script> Is it her?"
    response = desk.post(address, {"version": 1, "note": note}, headers=extra)
    assert response.status_code == (200 if extra else 302)
    page = desk.get(article.get_absolute_url()).content.decode()
    for shown in [page] + [response.content.decode()] * bool(extra):
        assert "&lt;script&gt;alert(1)&lt;/script&gt; Is it her?" in shown
        assert "<script>alert" not in shown
        assert "1 flagged" in shown
        assert f'id="card-{mayor.pk}" class="card proposed"' in shown
    assert "&lt;script&gt;" in desk.get(address, headers=extra).content.decode()

    desk.post(address, {"version": 2, "note": ""}, headers=extra)
    assert "flagged" not in desk.get(article.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"note": "x" * 2001}, "at most 2000 characters"),
        ({"note": "x" * 10_000}, "at most 2000 characters"),
        ({"note": "a\0b"}, "Null characters are not allowed"),
        ({"note": "Sure?", "version": ""}, "This field is required"),
        ({"note": "Sure?", "version": "0"}, "greater than or equal to 1"),
        ({"note": "Sure?", "version": "9" * 30}, "less than or equal to"),
    ],
)
@pytest.mark.parametrize("extra", [HTMX, {}])
def test_a_bad_flag_is_refused_with_the_reason_and_stays(
    desk: Client, mayor: Annotation, typed: dict[str, str], reason: str, extra: dict[str, str]
) -> None:
    data = {"version": "1"} | typed
    response = desk.post(reverse("review:flag", args=[mayor.pk]), data, headers=extra)
    assert response.status_code == 422
    assert reason in response.content.decode()
    assert typed["note"] in response.content.decode()
    mayor.refresh_from_db()
    assert (mayor.flag, mayor.version) == ("", 1)


@pytest.mark.parametrize("extra", [HTMX, {}])
def test_a_stale_flag_keeps_what_was_typed(
    desk: Client, admin: User, mayor: Annotation, extra: dict[str, str]
) -> None:
    actions.flag(mayor.pk, 1, admin, "Their note")
    data = {"version": 1, "note": "My note"}
    response = desk.post(reverse("review:flag", args=[mayor.pk]), data, headers=extra)
    page = response.content.decode()
    assert response.status_code == 409
    assert "My note" in page
    assert f"{admin.username} flagged this attribution since you saw it" in page
    assert 'name="version" value="2"' in page
    mayor.refresh_from_db()
    assert mayor.flag == "Their note"


@pytest.mark.parametrize("extra", [HTMX, {}])
def test_the_history_tells_who_decided_what_from_what_to_what(
    desk: Client, editor: User, admin: User, mayor: Annotation, extra: dict[str, str]
) -> None:
    actions.approve(mayor.pk, 1, admin)
    fixed = spans(TEXT, **(MAYOR | {"source": ["Ada Lindqvist"]}))
    actions.correct(mayor.pk, 2, editor, fixed, "mixed")
    actions.flag(mayor.pk, 3, editor, "<b>Sure?</b>")
    page = desk.get(reverse("review:history", args=[mayor.pk]), headers=extra).content.decode()
    assert f"<bdi>{admin.username}</bdi> approved" in page
    assert "<del>Proposed</del> <ins>Approved</ins>" in page
    assert f"<bdi>{editor.username}</bdi> corrected and approved" in page
    assert "<del>Mayor Ada Lindqvist</del> <ins>Ada Lindqvist</ins>" in page
    assert "<del>Indirect</del> <ins>Mixed</ins>" in page
    assert "<ins>&lt;b&gt;Sure?&lt;/b&gt;</ins>" in page
    assert "<del>told reporters</del>" not in page, "the cue stayed"
    assert ("<html" in page) is (extra == {})


def test_the_history_tells_an_approval_at_once_from_a_reading(
    desk: Client, editor: User, article: Article, mayor: Annotation
) -> None:
    rest = article.annotations.exclude(pk=mayor.pk)
    actions.approve_all(article.pk, {mayor.pk: 1} | {each.pk: 1 for each in rest}, editor)
    actions.approve(mayor.pk, 2, editor, batch=uuid.uuid4())  # as with a name, in one go
    page = desk.get(reverse("review:history", args=[mayor.pk]), headers=HTMX).content.decode()
    assert page.count(f"with {rest.count()} others at once") == 1
    assert page.count("at once") == 1


def test_a_fact_checker_reads_the_history_and_cannot_put_back(
    client: Client, fact_checker: User, editor: User, mayor: Annotation
) -> None:
    actions.approve(mayor.pk, 1, editor)
    actions.reject(mayor.pk, 2, editor)
    client.force_login(fact_checker)
    page = client.get(reverse("review:history", args=[mayor.pk]), headers=HTMX).content.decode()
    assert f"<bdi>{editor.username}</bdi> rejected" in page
    assert reverse("review:revert", args=[mayor.pk]) not in page


def test_putting_back_an_earlier_state(
    desk: Client, admin: User, article: Article, mayor: Annotation
) -> None:
    actions.approve(mayor.pk, 1, admin)
    actions.reject(mayor.pk, 2, admin)
    approval = mayor.decisions.get(action="approve")
    address = reverse("review:revert", args=[mayor.pk])

    back = desk.post(address, {"version": 3, "decision": approval.pk}, headers=HTMX)

    fragment = back.content.decode()
    assert f'id="card-{mayor.pk}" class="card approved"' in fragment
    assert f"<bdi>{admin.username}</bdi>" in fragment, "who signed it then"
    assert 'data-label="1C"' in fragment, "the text is marked again"
    data = {"version": 4, "decision": approval.pk, "before": "1"}
    assert desk.post(address, data).status_code == 302
    mayor.refresh_from_db()
    assert (mayor.status, mayor.version) == ("proposed", 5)
    assert desk.post(address, data, headers=HTMX).status_code == 409
    mayor.refresh_from_db()
    assert mayor.version == 5


@pytest.mark.parametrize("extra", [HTMX, {}])
def test_putting_back_what_never_stood_there_is_refused(
    desk: Client, editor: User, article: Article, mayor: Annotation, extra: dict[str, str]
) -> None:
    other = article.annotations.all()[1]
    actions.approve(other.pk, 1, editor)
    foreign = other.decisions.get(action="approve")
    address = reverse("review:revert", args=[mayor.pk])
    for decision in (foreign.pk, foreign.pk + 1000):
        response = desk.post(address, {"version": 1, "decision": decision}, headers=extra)
        assert response.status_code == 409
        assert "never stood like that" in response.content.decode()
    for forged in ("", "x", "0", "-1", "9" * 30):
        response = desk.post(address, {"version": 1, "decision": forged}, headers=extra)
        assert response.status_code == 400
    mayor.refresh_from_db()
    assert (mayor.status, mayor.version) == ("proposed", 1)


def test_cancelling_brings_the_card_back(desk: Client, article: Article, mayor: Annotation) -> None:
    address = reverse("review:card", args=[mayor.pk])
    assert f'id="card-{mayor.pk}" class="card proposed"' in (
        desk.get(address, headers=HTMX).content.decode()
    )
    plain = desk.get(address)
    assert plain.headers["Location"] == f"{article.get_absolute_url()}#card-{mayor.pk}"


def test_html_in_text_and_title_is_shown_as_text(desk: Client) -> None:
    article = ready_article("<script>alert(1)</script> said <b>no</b>.", [])
    Article.objects.filter(pk=article.pk).update(title="<img src=x onerror=alert(1)>")
    page = desk.get(article.get_absolute_url()).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<img" not in page


def test_annotations_that_are_gone_and_articles_that_are_not_there(desk: Client) -> None:
    assert desk.post(reverse("review:approve", args=[987654]), {"version": 1}).status_code == 404
    assert desk.get(reverse("review:article", args=[987654])).status_code == 404


POSTS = ["approve", "reject", "undo", "edit", "flag", "revert", "add", "finish", "reopen"]


def url_of(name: str, mayor: Annotation) -> str:
    on_article = name in {"add", "finish", "reopen"}
    return reverse(f"review:{name}", args=[mayor.article_id if on_article else mayor.pk])


@pytest.mark.parametrize("name", POSTS)
def test_fact_checkers_and_strangers_cannot_decide(
    client: Client, fact_checker: User, mayor: Annotation, name: str
) -> None:
    decisions = Decision.objects.count()
    anonymous = client.post(url_of(name, mayor), {"version": 1})
    assert anonymous.status_code == 302
    assert anonymous.headers["Location"].startswith(reverse("login"))
    client.force_login(fact_checker)
    assert client.post(url_of(name, mayor), {"version": 1}).status_code == 403
    assert Decision.objects.count() == decisions


@pytest.mark.parametrize("role", ["editors", "admins"])
def test_editors_and_admins_decide(
    client: Client, person: Callable[[str], User], mayor: Annotation, role: str
) -> None:
    client.force_login(person(role))
    assert (
        client.post(reverse("review:approve", args=[mayor.pk]), {"version": 1}).status_code == 302
    )


def test_a_fact_checker_reads_without_controls(
    client: Client, fact_checker: User, article: Article
) -> None:
    client.force_login(fact_checker)
    page = client.get(article.get_absolute_url()).content.decode()
    assert "Mayor Ada Lindqvist" in page
    assert "formaction" not in page


def test_a_fragment_is_never_the_sign_in_page(client: Client, mayor: Annotation) -> None:
    response = client.post(reverse("review:approve", args=[mayor.pk]), {"version": 1}, headers=HTMX)
    assert (response.status_code, response.content) == (401, b"")
    assert "HX-Request" in response.headers["Vary"]


def test_get_requests_decide_nothing(desk: Client, mayor: Annotation) -> None:
    for name in ("approve", "reject", "undo", "revert", "finish", "reopen"):
        assert desk.get(url_of(name, mayor)).status_code == 405


def test_a_forged_request_from_another_site_is_refused(editor: User, mayor: Annotation) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert (
        client.post(reverse("review:approve", args=[mayor.pk]), {"version": 1}).status_code == 403
    )


def test_every_response_is_safe_to_cache_and_to_embed_nothing(
    desk: Client, article: Article
) -> None:
    for extra in ({}, HTMX):
        response = desk.get(article.get_absolute_url(), headers=extra)
        assert "HX-Request" in response.headers["Vary"]
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
