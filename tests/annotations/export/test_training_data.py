"""From approved annotations to what the network is trained on."""

import importlib.util
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from annotations import actions
from annotations.export.training_data import finished_records
from tests.builders import MAYOR, PORT, ready_article

pytestmark = pytest.mark.django_db


def test_only_finished_articles_teach_and_only_what_was_approved(editor: User) -> None:
    finished = ready_article(proposals=(MAYOR, PORT))
    mayor, port = finished.annotations.all()
    actions.approve(mayor.pk, 1, editor)
    actions.reject(port.pk, 1, editor)
    actions.finish(finished.pk, editor)
    nothing = ready_article("Nobody said a thing here.", [{"cue": ["said"]}])
    actions.reject(nothing.annotations.get().pk, 1, editor)
    actions.finish(nothing.pk, editor)
    open_one = ready_article("Still open, she said.", [{"cue": ["said"]}])
    actions.approve(open_one.annotations.get().pk, 1, editor)

    records = {record.text: record.attributions for record in finished_records()}

    assert set(records) == {finished.text, nothing.text}
    assert [a.id for a in records[finished.text]] == [mayor.key]
    assert records[nothing.text] == ()


@pytest.mark.skipif(
    importlib.util.find_spec("torch") is not None, reason="the extra 'train' is installed"
)
def test_without_the_training_extra_the_command_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="torch is not installed"):
        call_command("train", "--data", tmp_path / "x", "--start", tmp_path, "--out", tmp_path)
