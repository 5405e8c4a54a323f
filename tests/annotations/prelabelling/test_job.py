"""Pre-labelling: queued to ready or failed, killed workers, and what a person decided."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from spacy.language import Language
from spacy.tokens import Doc

from accordingto.attribution import Attribution
from accordingto.pipeline.component import AttributionComponent, build_pipeline
from accordingto.records import limits
from accordingto.records.article import ArticleRecord, RecordError
from annotations import actions
from annotations.models import PrelabelRun
from annotations.prelabelling import job
from annotations.prelabelling.job import prelabel_article
from annotations.prelabelling.runs import ABANDONED
from annotations.prelabelling.tasks import requeue
from annotations.queue.intake import ingest_record
from articles.models import Article
from tests.builders import TEXT, offsets, ready_article, spans, words_of

pytestmark = pytest.mark.django_db


class Told:
    """An extractor that proposes what the test tells it to, or breaks."""

    version = "told-1"

    def __init__(self) -> None:
        self.proposals: list[dict[str, list[str]]] = []
        self.error: Exception | None = None

    def predict(self, docs: Iterable[Doc]) -> list[list[Attribution]]:
        if self.error:
            raise self.error
        return [[self._attribution(doc.text, roles) for roles in self.proposals] for doc in docs]

    def _attribution(self, text: str, roles: dict[str, list[str]]) -> Attribution:
        source, cue, content = (
            offsets(text, roles.get(role, [])) for role in ("source", "cue", "content")
        )
        return Attribution(source, cue, content, "indirect", 0.7)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    extractor = Told()
    nlp: Language = build_pipeline("rules")
    component = nlp.get_pipe("attribution")
    assert isinstance(component, AttributionComponent)
    component.extractor = extractor
    monkeypatch.setattr(job, "pipeline", lambda: nlp)
    return extractor


def queued(text: str = TEXT) -> Article:
    return ingest_record(ArticleRecord(text=text), by=None).article


PORT = {"source": ["the port authority"], "cue": ["According to"], "content": ["six weeks"]}
SAID = {"source": ["residents"], "cue": ["said"], "content": ["they feared the noise"]}


def test_a_queued_article_becomes_ready_with_sentences_and_proposals(told: Told) -> None:
    article = queued()
    told.proposals = [PORT, SAID]
    prelabel_article(article.pk)

    article.refresh_from_db()
    assert article.status == "ready"
    assert [TEXT[s.start : s.end] for s in article.sentences.all()] == [
        "The harbour bridge closes for repairs.",
        "“We cannot wait any longer,” Mayor Ada Lindqvist told reporters on Monday.",
        "“The bolts are older than I am.”",
        "According to the port authority, the work takes six weeks, and residents said they feared"
        " the noise.",
    ]
    first, second = article.annotations.all()
    assert words_of(first) == PORT
    assert (first.status, first.origin, first.confidence) == ("proposed", "model:told-1", 0.7)
    assert words_of(second) == SAID
    assert article.runs.get().status == "succeeded"


def test_what_a_person_decided_is_never_touched_nor_proposed_again(
    told: Told, editor: User, admin: User
) -> None:
    article = queued()
    told.proposals = [PORT, SAID]
    prelabel_article(article.pk)
    port, said = article.annotations.all()
    fixed = spans(TEXT, source=["authority"], cue=["According to"], content=["takes six weeks"])
    actions.correct(port.pk, 1, editor, fixed, "indirect")
    actions.approve(said.pk, 1, editor)
    actions.undo(said.pk, 2, editor)

    told.proposals = [PORT, SAID, {"cue": ["told reporters"], "content": ["Monday"]}]
    assert requeue(article.pk, admin)
    prelabel_article(article.pk)

    kept = {a.pk: a for a in article.annotations.all()}
    assert len(kept) == 3
    assert words_of(kept[port.pk])["source"] == ["authority"]
    assert kept[port.pk].status == "approved"
    assert (kept[said.pk].status, kept[said.pk].version) == ("proposed", 3)


@pytest.mark.parametrize("cue", ["the cheese ", " tastes"])
def test_a_cue_that_only_touches_one_that_was_judged_is_proposed(
    told: Told, editor: User, admin: User, cue: str
) -> None:
    article = queued("Of the cheese said tastes well.")
    told.proposals = [{"cue": ["said"]}]
    prelabel_article(article.pk)
    actions.approve(article.annotations.get().pk, 1, editor)
    told.proposals = [{"cue": [cue]}]
    requeue(article.pk, admin)
    prelabel_article(article.pk)
    assert article.annotations.filter(status="proposed").count() == 1


def test_running_again_replaces_what_nobody_decided_on(told: Told, admin: User) -> None:
    article = queued()
    told.proposals = [PORT]
    prelabel_article(article.pk)
    told.proposals = [SAID]
    requeue(article.pk, admin)
    prelabel_article(article.pk)
    assert [words_of(a) for a in article.annotations.all()] == [SAID]
    assert article.sentences.count() == 4


def test_a_failure_is_kept_with_its_reason_and_can_be_retried(
    told: Told, admin: User, caplog: pytest.LogCaptureFixture
) -> None:
    article = queued()
    told.error = MemoryError("the text is too big")
    with pytest.raises(MemoryError):
        prelabel_article(article.pk)
    article.refresh_from_db()
    assert (article.status, article.failure) == ("failed", "MemoryError: the text is too big")
    assert article.runs.get().failure == article.failure
    assert not article.annotations.exists()
    assert f"Pre-labelling article {article.pk} failed\nTraceback" in caplog.text

    told.error = None
    requeue(article.pk, admin)
    prelabel_article(article.pk)
    article.refresh_from_db()
    assert (article.status, article.failure) == ("ready", "")


def test_a_pipeline_that_does_not_load_fails_the_article(monkeypatch: pytest.MonkeyPatch) -> None:
    article = queued()

    def broken() -> Language:
        raise OSError("weights are missing")

    monkeypatch.setattr(job, "pipeline", broken)
    with pytest.raises(OSError, match="weights"):
        prelabel_article(article.pk)
    article.refresh_from_db()
    assert (article.status, article.failure) == ("failed", "OSError: weights are missing")


def test_an_article_a_dead_worker_left_half_way_is_taken_up_again(told: Told) -> None:
    article = queued()
    Article.objects.filter(pk=article.pk).update(status="prelabelling")
    left = PrelabelRun.objects.create(article=article, model_version="told-1")
    told.proposals = [PORT]
    prelabel_article(article.pk)
    left.refresh_from_db()
    assert (left.status, left.failure) == ("failed", ABANDONED)
    article.refresh_from_db()
    assert (article.status, article.annotations.count()) == ("ready", 1)


@pytest.mark.parametrize("status", ["ready", "finished"])
def test_a_job_that_comes_late_leaves_the_article_alone(
    told: Told, editor: User, status: str
) -> None:
    article = ready_article()
    for annotation in article.annotations.all():
        actions.approve(annotation.pk, 1, editor)
    if status == "finished":
        actions.finish(article.pk, editor)
    told.proposals = [SAID]
    prelabel_article(article.pk)
    article.refresh_from_db()
    assert article.status == status
    assert article.annotations.count() == 3
    assert article.runs.count() == 1


def test_the_command_pre_labels_what_is_asked_and_leaves_reviewed_articles(
    told: Told, editor: User
) -> None:
    told.proposals = [{"cue": ["said"]}]
    fresh, reviewed = queued(), queued("Another text, she said.")
    prelabel_article(reviewed.pk)
    actions.approve(reviewed.annotations.get().pk, 1, editor)
    call_command("prelabel", "--all-unreviewed")
    fresh.refresh_from_db()
    assert fresh.status == "ready"
    assert reviewed.runs.count() == 1
    call_command("prelabel", "--article", reviewed.key)
    assert reviewed.runs.count() == 2
    assert reviewed.annotations.get().status == "approved"
    with pytest.raises(CommandError, match="nobody"):
        call_command("prelabel", "--article", "nobody")
    for wrong in ([], ["--input", "a"], ["--input", "a", "--output", "b", "--all-unreviewed"]):
        with pytest.raises(CommandError, match="Give --input"):
            call_command("prelabel", *wrong)


@pytest.mark.slow
def test_offline_batches_touch_no_database(tmp_path: Path) -> None:
    """A real process with no database to be had."""
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "It will rain, the office said."}\n')
    target = tmp_path / "out.jsonl"
    environment = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "ACCORDINGTO_LOCAL": "1"}
    done = subprocess.run(
        [sys.executable, "manage.py", "prelabel", "--input", source, "--output", target],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "said" in target.read_text()
    measured = subprocess.run(
        [sys.executable, "manage.py", "evaluate", target], env=environment, check=False
    )
    assert measured.returncode == 0


def test_more_attributions_than_an_article_may_have_fail_it_with_the_reason(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = queued()
    monkeypatch.setattr(limits, "MAX_ATTRIBUTIONS", 1)
    told.proposals = [PORT, SAID]
    with pytest.raises(RecordError):
        prelabel_article(article.pk)
    article.refresh_from_db()
    assert article.status == "failed"
    assert "attributions: has 2 attributions, an article has at most 1" in article.failure
    assert not article.annotations.exists()


def test_more_sentences_than_an_article_may_have_fail_it_with_the_reason(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = queued()
    monkeypatch.setattr(limits, "MAX_SENTENCES", 2)
    with pytest.raises(RecordError):
        prelabel_article(article.pk)
    article.refresh_from_db()
    assert "an article has at most 2" in article.failure
