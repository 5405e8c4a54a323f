"""`manage.py verify`: each kind of fault is found and named."""

from collections.abc import Callable

import pgtrigger
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from annotations import actions
from annotations.models import Annotation, Span
from project.maintenance.verify import QUERIES, faults
from tests.annotations.second_reviews import disputed_article
from tests.builders import ready_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def judged(editor: User, admin: User) -> Annotation:
    disputed_article(editor, admin)
    article = ready_article("“It is so,” Ada said.", [{"cue": ["said"], "source": ["Ada"]}])
    return actions.approve(article.annotations.get().pk, 1, editor)


def sql(statement: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def untriggered(statement: str, *values: int) -> None:
    with pgtrigger.ignore():
        sql(statement, *values)


FAULTS: dict[str, Callable[[Annotation], object]] = {
    "the SHA-256 of an article's text": lambda each: untriggered(
        "UPDATE articles_article SET text = text || '!' WHERE id = %s", each.article_id
    ),
    "a sentence lies outside": lambda each: untriggered(
        'UPDATE articles_sentence SET "end" = 9999 WHERE article_id = %s', each.article_id
    ),
    "a span lies outside": lambda each: untriggered(
        'UPDATE annotations_span SET "end" = 9999 WHERE annotation_id = %s', each.pk
    ),
    "an annotation begins elsewhere": lambda each: Annotation.objects.filter(pk=each.pk).update(
        start=0
    ),
    "an annotation is not as the last decision": lambda each: Annotation.objects.filter(
        pk=each.pk
    ).update(version=9),
    "an annotation is judged, and the log does not know": lambda each: untriggered(
        "DELETE FROM annotations_decision WHERE annotation_id = %s", each.pk
    ),
    "a constraint was never checked": lambda each: sql(
        "ALTER TABLE django_session ADD CONSTRAINT new CHECK (true) NOT VALID"
    ),
}
"""By the beginning of what is said: what brings the fault about."""


@pytest.mark.usefixtures("judged")
def test_a_sound_database_is_called_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert Span.objects.exists()
    call_command("verify")
    assert "The database is sound." in capsys.readouterr().out


def test_every_query_has_an_example() -> None:
    assert len(FAULTS) == len(QUERIES)
    assert all(any(name.startswith(each) for each in FAULTS) for name in QUERIES)


@pytest.mark.parametrize("said", FAULTS)
def test_a_fault_is_found_and_named(
    judged: Annotation, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    FAULTS[said](judged)
    with pytest.raises(CommandError, match="is not sound: 1 faults"):
        call_command("verify")
    assert capsys.readouterr().err.startswith(said)


NAME = "text_never_changes"


@pytest.mark.parametrize("how", ["DISABLE TRIGGER", "DROP"])
def test_a_trigger_that_is_not_at_work_is_named(db: None, how: str) -> None:
    [(model, trigger)] = [each for each in pgtrigger.registered() if each[1].name == NAME]
    name = trigger.get_pgid(model)
    if how == "DROP":
        sql(f"DROP TRIGGER {name} ON articles_article")
    else:
        sql(f"ALTER TABLE articles_article DISABLE TRIGGER {name}")
    assert [each for each in faults() if NAME in each]


def test_a_sequence_that_is_behind_is_named(judged: Annotation) -> None:
    sql("SELECT setval('articles_article_id_seq', 1)")
    assert [each for each in faults() if "articles_article_id_seq" in each]
