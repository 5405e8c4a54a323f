"""The tables: made by migrations, and only those of this version are used."""

from collections.abc import Callable
from importlib import import_module

import pgtrigger
import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from annotations import actions
from annotations.export.approved import Filters, approved_records
from annotations.export.formats import jsonl_lines
from annotations.models import Decision
from articles.models import Article
from project.checks import OLD_MIGRATION
from project.maintenance.verify import faults
from project.models import SecurityEvent
from tests.annotations.second_reviews import disputed_article
from tests.builders import ready_article

APPS = ("annotations", "articles")
WORD = "made by an earlier development version"


@pytest.fixture
def old_database(db: None) -> None:
    MigrationRecorder(connection).record_applied(*OLD_MIGRATION)


@pytest.mark.django_db
def test_the_migrations_make_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.usefixtures("old_database")
@pytest.mark.parametrize(
    ("command", "options"), [("migrate", {"skip_checks": False}), ("worker", {}), ("serve", {})]
)
def test_a_database_of_the_old_schema_is_refused(command: str, options: dict[str, bool]) -> None:
    with pytest.raises(SystemCheckError, match=WORD):
        call_command(command, **options)


@pytest.mark.django_db
def test_a_database_of_this_schema_is_taken() -> None:
    assert not run_checks(tags=[Tags.database], databases=["default"])


@pytest.mark.django_db
def test_what_djangos_admin_logged_is_in_the_security_log(admin: User) -> None:
    """Without the names it kept, which may be titles of articles; its table goes."""
    kind = ContentType.objects.get_for_model(User).pk
    changed = '[{"changed": {"fields": ["Superuser status"]}}]'
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE django_admin_log (id serial, action_time timestamptz, object_id text,"
            " object_repr text, change_message text, content_type_id int, user_id int)"
        )
        cursor.execute(
            "INSERT INTO django_admin_log (action_time, object_id, object_repr, change_message,"
            " content_type_id, user_id) VALUES ('2026-01-02 03:04Z', '7', 'A title', %s, %s, %s)",
            [changed, kind, admin.pk],
        )
    migration = import_module("project.migrations.0004_settings_in_the_log")
    for _each in range(2):  # the second finds nothing to do
        with connection.schema_editor() as editor:
            migration.move_log_of_admin(apps, editor)
    event = SecurityEvent.objects.get()
    assert (event.kind, event.by, event.by_name) == ("setting_changed", admin, admin.username)
    assert event.at.isoformat() == "2026-01-02T03:04:00+00:00"
    assert event.details == {"setting": "auth user 7", "value": changed}
    assert "django_admin_log" not in connection.introspection.table_names()


@pytest.mark.django_db(transaction=True)
def test_people_outlive_the_tables_of_articles_and_labels(person: Callable[..., User]) -> None:
    """Backwards to nothing and forwards again, over tables with rows in them."""
    editor = person("editors", "ada")
    client = Client()
    client.force_login(editor)
    ready_article()
    try:
        for app in APPS:
            call_command("migrate", app, "zero", verbosity=0)
        tables = connection.introspection.table_names()
        assert not [table for table in tables if table.startswith(APPS)]
    finally:
        call_command("migrate", verbosity=0)
    assert client.get("/").status_code == 200
    assert User.objects.get(username="ada").groups.get().name == "editors"
    assert not Article.objects.exists()
    article = ready_article()
    assert article.annotations.count() == 3
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgname ~ '^pgtrigger_'"
        )
        assert cursor.fetchone() == (len(pgtrigger.registered()),)


@pytest.mark.django_db(transaction=True)
def test_tables_with_rows_in_them_are_brought_up_to_date(
    person: Callable[..., User],
) -> None:
    """From the first migrations on: back to those, which is only for this test, and forwards."""
    disputed_article(person("editors"), person("admins"))
    finished = ready_article("“No,” said Ada.", [{"cue": ["said"], "source": ["Ada"]}])
    editor = User.objects.get(username="editors-person")
    actions.approve(finished.annotations.get().pk, 1, editor)
    actions.finish(finished.pk, editor)
    before = exported(), Decision.objects.count()
    assert "said Ada" in before[0]
    try:
        for app in APPS:
            call_command("migrate", app, "0001", verbosity=0)
        assert "annotations_trainedweights" not in connection.introspection.table_names()
    finally:
        call_command("migrate", verbosity=0)
    assert (exported(), Decision.objects.count()) == before
    assert list(faults()) == []


def exported() -> str:
    return "".join(jsonl_lines(approved_records(Filters())))
