"""The log: what people decided, on annotations, articles and sentences."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Now
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from accordingto.attribution import Offsets
from annotations.models.annotation import Annotation
from annotations.models.second_review import SecondReview
from articles.models import Article, Sentence
from articles.triggers import TAKING_DOWN, never, unless


class DecisionAction(models.TextChoices):
    """What a person can do to an annotation, a sentence or an article."""

    APPROVE = "approve", _("approved")
    REJECT = "reject", _("rejected")
    EDIT = "edit", _("corrected and approved")
    ADD = "add", _("added")
    FLAG = "flag", _("flagged")
    RESOLVE = "resolve", _("named the source of")
    MOVE = "move", _("gave another source to")
    REVERT = "revert", _("put back")
    UNDO = "undo", _("undid")
    REDO = "redo", _("redid")
    FINISH = "finish", _("finished the article")
    REOPEN = "reopen", _("reopened the article")
    IMPORT = "import", _("imported")
    CLEAR = "clear", _("found no attribution in the sentence")
    TAKE_DOWN = "take_down", _("took the article down")


# What can be taken back.
UNDOABLE = (
    DecisionAction.APPROVE,
    DecisionAction.REJECT,
    DecisionAction.EDIT,
    DecisionAction.ADD,
    DecisionAction.FLAG,
    DecisionAction.RESOLVE,
    DecisionAction.REVERT,
    DecisionAction.REDO,
    DecisionAction.CLEAR,
)
# What takes back, and takes that back.
BACK_AND_FORTH = (DecisionAction.UNDO, DecisionAction.REDO)


def _struck(state: str) -> str:
    """SQL: of a state nothing has changed but words, which are hexadecimal digits now."""
    return f"""
        (NEW.{state} - '{{flag,source_name}}'::text[])
            IS NOT DISTINCT FROM (OLD.{state} - '{{flag,source_name}}'::text[])
        AND coalesce(NEW.{state} ->> 'flag', '') ~ '^[0-9a-f]*$'
        AND coalesce(NEW.{state} ->> 'source_name', '') ~ '^[0-9a-f]*$'
    """


class Decision(models.Model):
    """What a person did, when, and the annotation before and after. Never changed, never deleted
    (triggers refuse both), but for the words of an article that is taken down.

    ``before`` and ``after`` are states as ``annotations.models.state`` writes them; decisions
    on a whole article (finish, reopen) carry none, those on a sentence (``clear``, and its undo)
    what ``annotations.actions.clear_sentence`` writes. Taking an article down says its ``reason``
    in ``after``. The ``after`` of an import says also
    ``approved_in_batch`` where its file does. ``undoes`` of a redo is the undo it takes back.
    """

    Action = DecisionAction

    article = models.ForeignKey(Article, models.PROTECT, related_name="decisions")
    annotation = models.ForeignKey(Annotation, models.PROTECT, null=True, related_name="decisions")
    action = models.CharField(max_length=10, choices=Action)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(
        max_length=1000, help_text="The name at the time; 'command line' without an account."
    )
    at = models.DateTimeField(db_default=Now(), editable=False)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    batch = models.UUIDField(null=True, help_text="Shared by what was done in one go.")
    press = models.UUIDField(
        null=True, help_text="The press of a key or button: sent twice, it counts once."
    )

    imported_from = models.CharField(
        max_length=1000,
        blank=True,
        help_text="Of an import: the name of the file, if there is one.",
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="decision_imported_from_a_file",
                condition=Q(action=DecisionAction.IMPORT) | Q(imported_from=""),
            ),
            models.CheckConstraint(
                name="decision_action_known",
                condition=Q(action__in=DecisionAction.values),
            ),
            models.CheckConstraint(
                name="decision_clear_of_a_sentence",
                condition=~Q(action=DecisionAction.CLEAR)
                | Q(annotation__isnull=True, after__isnull=False),
            ),
            models.CheckConstraint(name="decision_signed", condition=~Q(by_name="")),
            models.CheckConstraint(
                name="decision_undo_of_one",
                condition=Q(action__in=BACK_AND_FORTH, undoes__isnull=False)
                | (~Q(action__in=BACK_AND_FORTH) & Q(undoes__isnull=True)),
            ),
        ]
        triggers = [
            unless(
                "decision_for_good",
                pgtrigger.Update,
                f"""
                    {TAKING_DOWN} = OLD.article_id::text
                    AND to_jsonb(NEW) - '{{before,after,imported_from}}'::text[]
                        = to_jsonb(OLD) - '{{before,after,imported_from}}'::text[]
                    AND NEW.imported_from ~ '^[0-9a-f]*$'
                    AND {_struck("before")} AND {_struck("after")}
                """,
                "a decision is never changed or deleted",
            ),
            never("decision_stays", pgtrigger.Delete, "a decision is never changed or deleted"),
        ]

    def __str__(self) -> str:
        return f"{self.by_name} {self.get_action_display()}"


class Clearing(models.Model):
    """Somebody looked for a missed attribution in a sentence and found none: the mark is gone.

    In a second review the second person clears for themselves.
    """

    sentence = models.ForeignKey(Sentence, models.CASCADE, related_name="clearings")
    second_review = models.ForeignKey(
        SecondReview, models.PROTECT, null=True, related_name="clearings"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sentence", "second_review"],
                nulls_distinct=False,
                name="clearing_once_a_second_review",
            ),
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.sentence_id} by {self.by}"


def withdrawn() -> Q:
    """Annotations that a person added and took back: rejected, and that by their last decision."""
    decisions = Decision.objects.filter(annotation=OuterRef("pk")).order_by("-id")
    undid = Coalesce(Subquery(decisions.values("undoes__action")[:1]), Value(""))
    return Q(status=Annotation.Status.REJECTED) & Q(Exact(undid, Decision.Action.ADD))


def uncleared(
    article: Article, review: SecondReview | None = None, reach: Offsets | None = None
) -> list[Offsets]:
    """The article's sentences that nobody cleared, in text order; all, or those that reach into a
    stretch of text.

    In a second review, those that the second person did not: they must not be led by the first one.
    """
    cleared = Clearing.objects.filter(sentence=OuterRef("pk"), second_review=review)
    sentences = article.sentences.filter(~Exists(cleared)).order_by("index")
    if reach is not None:
        sentences = sentences.filter(start__lt=reach[1], end__gt=reach[0])
    return list(sentences.values_list("start", "end"))
