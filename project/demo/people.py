"""What a new desk starts with: three people and the sample articles."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import Group, User
from django.db import transaction

from accordingto.records.article import read_records
from annotations.queue.intake import IngestSummary, ingest_rows
from articles.models import Article

SAMPLES = Path(__file__).resolve().parents[2] / "articles" / "samples.jsonl"
PEOPLE = {"editor": "editors", "factchecker": "fact-checkers", "admin": "admins"}
# No letters and digits that are taken for one another; 15 of these 31 are 74 bits.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class NewPerson:
    """Somebody just created. The password is known nowhere else."""

    username: str
    group: str
    password: str


def new_password() -> str:
    """Return a random password in three groups of five, easy to type."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3))


@transaction.atomic
def create_people() -> list[NewPerson]:
    """Create the demo people who are missing; those who exist are left as they are.

    Raises Group.DoesNotExist if the database was not migrated.
    """
    created = []
    for username, group in PEOPLE.items():
        if User.objects.filter(username=username).exists():
            continue
        person = NewPerson(username, group, new_password())
        user = User.objects.create_user(username, password=person.password)
        user.groups.add(Group.objects.get(name=group))
        created.append(person)
    return created


def ingest_samples() -> tuple[IngestSummary, list[int]]:
    """Bring the sample articles in; return what came of it and the keys of those to pre-label."""
    summary = ingest_rows(SAMPLES.name, read_records(SAMPLES), None, partial=True)
    articles = [*summary.added, *(article for _place, article, _left_out in summary.known)]
    waiting = Article.objects.filter(
        pk__in=[article.pk for article in articles],
        status__in=[Article.Status.QUEUED, Article.Status.PRELABELLING],
    )
    return summary, list(waiting.values_list("pk", flat=True))
