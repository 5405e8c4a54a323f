"""Spans lie on their article's text, and a decision once written stays as it is."""

from django.db import migrations

SPANS = """
CREATE FUNCTION annotations_span_on_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."end" > (
        SELECT article.length FROM annotations_annotation annotation
        JOIN articles_article article ON article.id = annotation.article_id
        WHERE annotation.id = NEW.annotation_id
    ) THEN
        RAISE EXCEPTION 'the span ends after its article''s text'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER annotations_span_on_text BEFORE INSERT OR UPDATE ON annotations_span
    FOR EACH ROW EXECUTE FUNCTION annotations_span_on_text();

CREATE FUNCTION annotations_article_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an annotation never moves to another article'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER annotations_article_stays BEFORE UPDATE ON annotations_annotation
    FOR EACH ROW WHEN (OLD.article_id <> NEW.article_id)
    EXECUTE FUNCTION annotations_article_stays();
"""

DECISIONS = """
CREATE FUNCTION annotations_decision_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a decision is never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER annotations_decision_for_good BEFORE UPDATE OR DELETE ON annotations_decision
    FOR EACH ROW EXECUTE FUNCTION annotations_decision_for_good();
"""

REVERSE_SPANS = """
DROP TRIGGER annotations_article_stays ON annotations_annotation;
DROP FUNCTION annotations_article_stays();
DROP TRIGGER annotations_span_on_text ON annotations_span;
DROP FUNCTION annotations_span_on_text();
"""

REVERSE_DECISIONS = """
DROP TRIGGER annotations_decision_for_good ON annotations_decision;
DROP FUNCTION annotations_decision_for_good();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0001_initial"),
        ("articles", "0002_text_is_immutable"),
    ]

    operations = [
        migrations.RunSQL(SPANS, REVERSE_SPANS),
        migrations.RunSQL(DECISIONS, REVERSE_DECISIONS),
    ]
