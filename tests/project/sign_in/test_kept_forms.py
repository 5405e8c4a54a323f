"""Whose page it is: nothing is taken from another's, and no form that is sent is lost."""

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from annotations.models import Annotation, Decision
from articles.models import Article
from project.roles import role_of
from tests.builders import ready_article
from tests.conftest import Person

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db

OWN = {"origin": "http://testserver"}
PASSWORD = "tide-table-lamp"
ARTICLE = {"text": "The ferry sails again, the harbour master said.", "title": "Ferry"}


def fields(response: "Answer") -> dict[str, str]:
    """The hidden fields of the first form of the main part."""
    main = response.content.decode().split("<main", 1)[1]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', main))


@pytest.fixture
def annotation(db: None) -> Annotation:
    return ready_article().annotations.all()[0]


def approve(client: Client, annotation: Annotation, person: str, **headers: str) -> "Answer":
    return client.post(
        reverse("review:approve", args=[annotation.pk]),
        {"version": annotation.version, "person": person},
        headers=headers,
    )


def test_a_page_says_whose_it_is_in_every_form(
    client: Client, editor: User, annotation: Annotation
) -> None:
    client.force_login(editor)
    page = client.get(annotation.article.get_absolute_url()).content.decode()
    forms = page.count("<form") - page.count('method="get"')
    assert forms > 3
    assert page.count(f'name="person" value="{editor.pk}-editors"') == forms


def test_a_decision_from_anothers_page_is_refused(
    client: Client, editor: User, admin: User, annotation: Annotation
) -> None:
    client.force_login(admin)
    response = approve(client, annotation, f"{editor.pk}-editors", hx_request="true")
    assert response.status_code == 403
    assert response["Signed-In-As"] == admin.username
    assert not Decision.objects.exclude(action="import").exists()
    annotation.refresh_from_db()
    assert annotation.status == "proposed"


def test_a_decision_from_a_page_of_another_role_is_refused(
    client: Client, editor: User, annotation: Annotation
) -> None:
    editor.groups.set(Group.objects.filter(name="admins"))
    client.force_login(editor)
    response = approve(client, annotation, f"{editor.pk}-editors", hx_request="true")
    assert (response.status_code, response["Signed-In-As"]) == (403, editor.username)
    assert approve(client, annotation, f"{editor.pk}-admins").status_code == 302


@pytest.mark.parametrize("method", ["plain", "htmx"])
def test_ones_own_page_is_taken(
    client: Client, editor: User, annotation: Annotation, method: str
) -> None:
    client.force_login(editor)
    headers = {"hx_request": "true"} if method == "htmx" else {}
    response = approve(client, annotation, f"{editor.pk}-editors", **headers)
    assert response.status_code == (200 if method == "htmx" else 302)


def addresses(resolver: URLResolver, room: str = "") -> Iterator[tuple[str, URLPattern]]:
    """The names of all addresses of our own pages, with their patterns."""
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            if room:
                yield f"{room}:{each.name}", each
        elif each.app_name != "admin":
            yield from addresses(each, each.app_name or "")


def test_no_address_takes_a_form_from_anothers_page(
    client: Client, editor: User, admin: User, annotation: Annotation
) -> None:
    """Whatever the view, and whether it asks for a permission or not."""
    client.force_login(admin)
    tried = 0
    for name, pattern in addresses(get_resolver()):
        names = list(pattern.pattern.converters)
        address = reverse(name, kwargs=dict.fromkeys(names, annotation.pk))
        response = client.post(
            address, {"person": f"{editor.pk}-editors"}, headers={"hx-request": "true"}
        )
        assert response.status_code == 403, address
        assert response["Signed-In-As"] == admin.username
        tried += 1
    assert tried > 30


def test_a_script_of_a_signed_out_page_is_told_so(client: Client, annotation: Annotation) -> None:
    response = approve(client, annotation, "7-editors", hx_request="true")
    assert (response.status_code, response.content) == (401, b"")


class TestSignedOut:
    """A form that is sent after the session has ended."""

    @pytest.fixture
    def person_with_password(self, admin: User) -> User:
        admin.set_password(PASSWORD)
        admin.save()
        return admin

    def sign_in(self, client: Client, page: "Answer", person: User) -> "Answer":
        sent = {name: html.unescape(value) for name, value in fields(page).items()}
        sent |= {"username": person.username, "password": PASSWORD}
        return client.post(reverse("login"), sent)

    def test_is_given_back_after_signing_in_and_can_be_sent(
        self, client: Client, person_with_password: User
    ) -> None:
        sent = ARTICLE | {"person": f"{person_with_password.pk}-admins"}
        page = client.post(reverse("queue:ingest"), sent, headers=OWN)
        assert page.status_code == 403
        assert "nothing is lost" in page.content.decode()
        assert ARTICLE["text"] in page.content.decode()

        filled = self.sign_in(client, page, person_with_password)
        assert filled.status_code == 200
        body = filled.content.decode()
        assert f'action="{reverse("queue:ingest")}"' in body
        assert f'name="text" value="{ARTICLE["text"]}"' in body
        assert not Article.objects.exists(), "nothing is sent by itself"

    def test_is_kept_over_a_wrong_password(
        self, client: Client, person_with_password: User
    ) -> None:
        page = client.post(reverse("queue:ingest"), ARTICLE, headers=OWN)
        person_with_password.username = "somebody"
        wrong = self.sign_in(client, page, person_with_password)
        assert "kept" in fields(wrong)

    def test_is_not_sent_for_whoever_signs_in(
        self, client: Client, person_with_password: User
    ) -> None:
        page = client.post(
            reverse("queue:ingest"), ARTICLE | {"person": "999-editors"}, headers=OWN
        )
        filled = self.sign_in(client, page, person_with_password)
        assert "Somebody else is signed in now" in filled.content.decode()
        assert ARTICLE["text"] in filled.content.decode()

    def test_from_another_site_is_not_given_back(self, client: Client) -> None:
        for headers in ({"origin": "https://elsewhere.example"}, {}):
            page = client.post(reverse("queue:ingest"), ARTICLE, headers=headers)
            assert page.status_code == 302
            assert page["Location"].startswith(reverse("login"))

    def test_an_address_elsewhere_is_not_kept(
        self, client: Client, person_with_password: User
    ) -> None:
        for kept in (
            '{"address": "https://elsewhere.example/", "person": "", "fields": [], "files": []}',
            '{"address": "//elsewhere.example/", "person": "", "fields": [], "files": []}',
            "nonsense",
            '{"address": 5}',
            '{"address": "/", "person": "", "fields": [["a", 5]], "files": []}',
        ):
            response = client.post(
                reverse("login"),
                {"username": person_with_password.username, "password": PASSWORD, "kept": kept},
            )
            assert response.status_code == 302, kept
            client.logout()

    def test_passwords_are_not_given_back(self, client: Client) -> None:
        page = client.post(
            reverse("password_change"), {"old_password": "s3cret", "text": "x"}, headers=OWN
        )
        assert "s3cret" not in page.content.decode()


class TestOldToken:
    """A form whose token is of an earlier sign-in, or whose cookies were cleared."""

    @pytest.fixture
    def strict(self) -> Client:
        return Client(enforce_csrf_checks=True)

    def test_is_given_back_to_be_sent_once_more(self, strict: Client, admin: User) -> None:
        strict.force_login(admin)
        page = strict.post(reverse("queue:ingest"), ARTICLE, headers=OWN)
        assert page.status_code == 403
        body = page.content.decode()
        assert "Send it again" in body
        assert "CSRF verification failed" not in body
        again = fields(page) | ARTICLE
        assert strict.post(reverse("queue:ingest"), again, headers=OWN).status_code == 302
        assert Article.objects.get().title == "Ferry"

    def test_says_who_is_signed_in_now_where_that_is_another(
        self, strict: Client, admin: User
    ) -> None:
        strict.force_login(admin)
        page = strict.post(
            reverse("queue:ingest"), ARTICLE | {"person": "999-editors"}, headers=OWN
        )
        assert page.status_code == 403
        assert "Somebody else is signed in now" in page.content.decode()
        assert ARTICLE["text"] in page.content.decode()

    def test_leads_through_the_sign_in_where_cookies_were_cleared(self, strict: Client) -> None:
        page = strict.post(reverse("queue:ingest"), ARTICLE, headers=OWN)
        assert page.status_code == 403
        assert "kept" in fields(page)

    def test_from_elsewhere_is_refused_without_giving_it_back(
        self, strict: Client, admin: User
    ) -> None:
        strict.force_login(admin)
        for headers in ({"origin": "https://elsewhere.example"}, {}):
            page = strict.post(reverse("queue:ingest"), ARTICLE, headers=headers)
            assert page.status_code == 403
            assert ARTICLE["text"] not in page.content.decode()

    def test_a_script_gets_the_cookie_to_send_again_with(
        self, strict: Client, editor: User, annotation: Annotation
    ) -> None:
        strict.force_login(editor)
        response = approve(strict, annotation, f"{editor.pk}-editors", hx_request="true")
        assert response.status_code == 403
        assert "Signed-In-As" not in response
        token = strict.cookies[settings.CSRF_COOKIE_NAME].value
        response = approve(
            strict, annotation, f"{editor.pk}-editors", hx_request="true", x_csrftoken=token
        )
        assert response.status_code == 200

    def test_of_the_sign_in_page_shows_the_sign_in_page(self, strict: Client) -> None:
        page = strict.post(reverse("login"), {"username": "ada", "password": "x"}, headers=OWN)
        assert page.status_code == 403
        assert 'value="ada"' in page.content.decode()

    def test_of_the_sign_in_page_leads_on_who_is_signed_in(
        self, strict: Client, admin: User
    ) -> None:
        strict.force_login(admin)
        page = strict.post(reverse("login"), {"username": "ada", "password": "x"}, headers=OWN)
        assert page.status_code == 302


def test_signing_in_as_somebody_else_is_offered_when_asked_for(
    client: Client, editor: User
) -> None:
    client.force_login(editor)
    assert client.get(reverse("login")).status_code == 302
    assert client.get(reverse("login") + "?switch").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "queue:list",
        "sources:list",
        "sources:unresolved",
        "second_review:agreement",
        "review:shortcuts",
    ],
)
def test_pages_are_not_shown_from_memory(client: Client, admin: User, name: str) -> None:
    client.force_login(admin)
    assert client.get(reverse(name))["Cache-Control"] == "private, no-store"


def test_the_form_for_articles_keeps_what_was_typed_on_the_way_back(
    client: Client, admin: User
) -> None:
    client.force_login(admin)
    kept = client.get(reverse("queue:ingest"))["Cache-Control"]
    assert "no-store" not in kept
    assert "private" in kept


@pytest.mark.parametrize("role", ["admins", "editors", "fact-checkers"])
def test_the_role_of_a_person(person: Person, role: str, django_assert_num_queries: object) -> None:
    user = person(role)
    assert role_of(user) == role
    user.has_perm("articles.view_article")
    with django_assert_num_queries(0):  # type: ignore[operator]
        role_of(user)
    assert role_of(User.objects.create_user("nobody")) == ""
