"""Rights, indexes and guards of the registry of sources."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

TRIGGERS = """
CREATE FUNCTION annotations_source_is_live() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    merged bigint;
BEGIN
    -- FOR SHARE waits for a merge that is under way, and holds one up until this is committed.
    SELECT merged_into_id INTO merged FROM annotations_source
    WHERE id = NEW.resolved_source_id FOR SHARE;
    IF merged IS NOT NULL THEN
        RAISE EXCEPTION 'the source was merged into another'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER annotations_source_is_live_at_first BEFORE INSERT ON annotations_annotation
    FOR EACH ROW WHEN (NEW.resolved_source_id IS NOT NULL)
    EXECUTE FUNCTION annotations_source_is_live();
-- Not for every decision: locking the source each time would make those on one source wait.
CREATE TRIGGER annotations_source_is_live_later
    BEFORE UPDATE OF resolved_source_id ON annotations_annotation
    FOR EACH ROW WHEN (NEW.resolved_source_id <> coalesce(OLD.resolved_source_id, 0))
    EXECUTE FUNCTION annotations_source_is_live();

CREATE FUNCTION annotations_source_leads_to_live() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    further bigint;
BEGIN
    SELECT merged_into_id INTO further FROM annotations_source
    WHERE id = NEW.merged_into_id FOR SHARE;
    IF further IS NOT NULL OR EXISTS (
        SELECT FROM annotations_source WHERE merged_into_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'a source is merged into a live one, and nothing leads to a merged one'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM annotations_annotation WHERE resolved_source_id = NEW.id) THEN
        RAISE EXCEPTION 'the merged source still has annotations'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER annotations_source_leads_to_live
    BEFORE INSERT OR UPDATE OF merged_into_id ON annotations_source
    FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL)
    EXECUTE FUNCTION annotations_source_leads_to_live();
"""

REVERSE_TRIGGERS = """
DROP TRIGGER annotations_source_leads_to_live ON annotations_source;
DROP FUNCTION annotations_source_leads_to_live();
DROP TRIGGER annotations_source_is_live_later ON annotations_annotation;
DROP TRIGGER annotations_source_is_live_at_first ON annotations_annotation;
DROP FUNCTION annotations_source_is_live();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0003_sources_second_reviews_keys_flags'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='source',
            options={'permissions': [('curate_source', 'Can rename, merge and split sources')]},
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_action_known',
        ),
        migrations.RemoveIndex(
            model_name='sourcealias',
            name='alias_name',
        ),
        migrations.AlterField(
            model_name='decision',
            name='action',
            field=models.CharField(choices=[('approve', 'approved'), ('reject', 'rejected'), ('edit', 'corrected and approved'), ('add', 'added'), ('flag', 'flagged'), ('resolve', 'named the source of'), ('move', 'gave another source to'), ('revert', 'put back'), ('undo', 'undid'), ('redo', 'did again'), ('finish', 'finished the article'), ('reopen', 'reopened the article'), ('import', 'imported')], max_length=10),
        ),
        migrations.AlterField(
            model_name='sourcechange',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='sourcechange',
            name='by_name',
            field=models.CharField(help_text="The name at the time; 'command line' without an account.", max_length=1000),
        ),
        migrations.AddIndex(
            model_name='annotation',
            index=models.Index(condition=models.Q(('second_review__isnull', True), ('status', 'approved')), fields=['resolved_source'], name='annotation_said_by'),
        ),
        migrations.AddIndex(
            model_name='annotation',
            index=models.Index(condition=models.Q(('resolved_source__isnull', True), ('second_review__isnull', True), ('status', 'approved')), fields=['id'], name='annotation_source_open'),
        ),
        migrations.AddIndex(
            model_name='source',
            index=models.Index(django.db.models.functions.text.Lower('name'), name='source_name_lower'),
        ),
        migrations.AddIndex(
            model_name='sourcealias',
            index=models.Index(django.db.models.functions.text.Lower('name'), name='alias_name_lower'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['approve', 'reject', 'edit', 'add', 'flag', 'resolve', 'move', 'revert', 'undo', 'redo', 'finish', 'reopen', 'import'])), name='decision_action_known'),
        ),
        migrations.RunSQL(TRIGGERS, REVERSE_TRIGGERS),
    ]
