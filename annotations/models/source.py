"""The registry of sources: who is said to have said things, under which names, and its history."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from articles.triggers import TAKING_DOWN, never, unless, update_of


class SourceKind(models.TextChoices):
    """What a source is: the kinds of ``accordingto.records``."""

    PERSON = "person", _("Person")
    ORGANISATION = "organisation", _("Organisation")
    OUTLET = "media outlet", _("Media outlet")
    DOCUMENT = "document", _("Document")
    ANONYMOUS = "anonymous", _("Anonymous")


class Source(models.Model):
    """Who a source span speaks of, apart from how this article words it.

    A merged source is nobody's source any more, and what it was merged into is a live one: triggers
    see to both. Changes go through ``annotations.actions.source_registry``.

    Words that only describe somebody ("an executive") mean somebody else in another article: such
    an entry belongs to its ``article`` and is found there only. ``by_naming`` is an entry that
    naming a source made and no curator touched: it shows as long as it is anybody's source.
    """

    Kind = SourceKind

    name = models.CharField(_("name"), max_length=1000)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    article = models.ForeignKey(
        Article,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The article that a description belongs to; none for a name.",
    )
    by_naming = models.BooleanField(default=False)

    class Meta:
        constraints = [
            # A merged source keeps its name for the history; another may bear it again.
            models.UniqueConstraint(
                fields=["name", "kind"],
                condition=Q(merged_into__isnull=True, article__isnull=True),
                name="source_once",
            ),
            models.UniqueConstraint(
                fields=["name", "kind", "article"],
                condition=Q(merged_into__isnull=True, article__isnull=False),
                name="source_once_an_article",
            ),
            models.CheckConstraint(
                name="source_not_merged_into_itself",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")),
            ),
            models.CheckConstraint(name="source_named", condition=~Q(name="")),
            models.CheckConstraint(
                name="source_kind_known",
                condition=Q(kind__in=["", *SourceKind.values]),
            ),
        ]
        indexes = [
            models.Index(Lower("name"), name="source_name_lower"),
            GinIndex(SearchVector("name", config="simple"), name="source_words"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="source_leads_to_live",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | update_of("merged_into_id"),
                condition=pgtrigger.Q(new__merged_into__isnull=False),
                declare=[("further", "bigint")],
                func="""
                    SELECT merged_into_id INTO further FROM annotations_source
                    WHERE id = NEW.merged_into_id FOR SHARE;
                    IF further IS NOT NULL OR EXISTS (
                        SELECT FROM annotations_source WHERE merged_into_id = NEW.id
                    ) THEN
                        RAISE EXCEPTION
                            'a source is merged into a live one, and nothing leads to a merged one'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    IF EXISTS (
                        SELECT FROM annotations_annotation WHERE resolved_source_id = NEW.id
                    ) THEN
                        RAISE EXCEPTION 'the merged source still has annotations'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        permissions = [("curate_source", "Can rename, merge and split sources")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sources:source", args=[self.pk])


class SourceAlias(models.Model):
    """Another name of a source. Two sources may share one: there are many Smiths.

    With an ``annotation`` it is the wording of what was named so, and counts as long as that
    annotation has the source (``annotations.actions.source_registry.other_names``).
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="aliases")
    name = models.CharField(_("name"), max_length=1000)
    annotation = models.ForeignKey(
        "Annotation",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="The attribution that words its source so; none for a name a curator gave.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["source", "name"], name="alias_once_a_source"),
            models.CheckConstraint(name="alias_named", condition=~Q(name="")),
        ]
        indexes = [
            models.Index(Lower("name"), name="alias_name_lower"),
            GinIndex(SearchVector("name", config="simple"), name="alias_words"),
        ]

    def __str__(self) -> str:
        return self.name


class SourceChangeAction(models.TextChoices):
    """What can be done to the registry."""

    CREATE = "create", _("created")
    RENAME = "rename", _("renamed")
    ALIAS = "alias", _("changed the other names of")
    MERGE = "merge", _("merged")
    SPLIT = "split", _("split")


class SourceChange(models.Model):
    """What a person did to the registry, when, from what to what. Never changed, never deleted,
    but for the names that came from an article that is taken down.
    """

    Action = SourceChangeAction

    source = models.ForeignKey(Source, models.PROTECT, related_name="changes")
    other = models.ForeignKey(
        Source,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="What it was merged or split into.",
    )
    action = models.CharField(max_length=10, choices=Action)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(
        max_length=1000, help_text="The name at the time; 'command line' without an account."
    )
    at = models.DateTimeField(db_default=Now(), editable=False)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="source_change_action_known",
                condition=Q(action__in=SourceChangeAction.values),
            ),
            models.CheckConstraint(name="source_change_signed", condition=~Q(by_name="")),
        ]
        triggers = [
            unless(
                "source_change_for_good",
                pgtrigger.Update,
                f"""
                    {TAKING_DOWN} <> ''
                    AND to_jsonb(NEW) - '{{before,after}}'::text[]
                        = to_jsonb(OLD) - '{{before,after}}'::text[]
                """,
                "a change of the registry is never changed or deleted",
            ),
            never(
                "source_change_stays",
                pgtrigger.Delete,
                "a change of the registry is never changed or deleted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by_name} {self.get_action_display()} {self.source_id}"
