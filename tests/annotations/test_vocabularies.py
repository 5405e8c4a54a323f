"""The words of the library's records are those that the models keep."""

from typing import TypeAliasType, get_args

import pytest
from django.db.models import TextChoices

from accordingto.attribution import ROLES, QuoteType
from accordingto.records import article as records
from annotations.models import Annotation, Source, Span


def words(alias: TypeAliasType) -> tuple[str, ...]:
    return get_args(alias.__value__)


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        (Span.Role, ROLES),
        (Annotation.QuoteType, words(QuoteType)),
        (Annotation.QuoteType, records.QUOTE_TYPES),
        (Annotation.Status, records.STATUSES),
        (Source.Kind, records.SOURCE_KINDS),
    ],
)
def test_every_word_of_a_record_is_kept_and_none_besides(
    kept: type[TextChoices], read: tuple[str, ...]
) -> None:
    assert tuple(kept.values) == tuple(read)
