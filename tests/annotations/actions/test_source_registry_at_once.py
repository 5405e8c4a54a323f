"""Merging and naming at the same moment, over connections of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection

from annotations import actions
from annotations.actions import source_registry
from annotations.actions.base import Refused
from annotations.models import Annotation, Source
from tests.builders import ready_article


@pytest.mark.django_db(transaction=True)
def test_naming_while_sources_are_merged_leaves_none_behind(
    person: Callable[[str], User],
) -> None:
    editor = person("editors")
    annotations = [
        ready_article(f"Witness {n} said yes.", [{"source": [f"Witness {n}"], "cue": ["said"]}])
        .annotations.get()
        .pk
        for n in range(24)
    ]
    kept = Source.objects.create(name="Kept", kind="person")
    twins = [Source.objects.create(name=f"Twin {n}", kind="person") for n in range(4)]

    def attempt(action: Callable[[], object]) -> str:
        try:
            action()
        except Refused as refused:
            return str(refused)
        finally:
            connection.close()
        return ""

    def name(index: int, pk: int) -> Callable[[], object]:
        return lambda: actions.name_source(pk, 1, editor, f"Twin {index % 4}", "person")

    def merge(twin: Source) -> Callable[[], object]:
        return lambda: source_registry.merge(twin.pk, kept.pk, editor)

    calls = [name(index, pk) for index, pk in enumerate(annotations)]
    for index, twin in enumerate(twins):
        calls.insert(5 * index + 5, merge(twin))
    with ThreadPoolExecutor(6) as pool:
        refusals = [message for message in pool.map(attempt, calls) if message]

    assert all("was merged" in message or "Try again" in message for message in refusals)
    for twin in twins:
        source_registry.merge(twin.pk, kept.pk, editor)
    named = Annotation.objects.exclude(resolved_source=None)
    assert {annotation.resolved_source for annotation in named} == {kept}
    assert named.count() >= len(annotations) - len(refusals)
