"""The text of an article never changes, and everything that points into it lies on it."""

from django.db import migrations

TEXT = """
CREATE FUNCTION articles_text_matches_its_hash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.text_sha256 <> encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') THEN
        RAISE EXCEPTION 'text_sha256 is not the SHA-256 of the text'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER articles_text_matches_its_hash BEFORE INSERT ON articles_article
    FOR EACH ROW EXECUTE FUNCTION articles_text_matches_its_hash();

CREATE FUNCTION articles_text_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the text of an article never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER articles_text_never_changes BEFORE UPDATE ON articles_article
    FOR EACH ROW
    WHEN (OLD.text IS DISTINCT FROM NEW.text
          OR OLD.text_sha256 IS DISTINCT FROM NEW.text_sha256
          OR OLD.key IS DISTINCT FROM NEW.key)
    EXECUTE FUNCTION articles_text_never_changes();
"""

SENTENCES = """
CREATE FUNCTION articles_sentence_on_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."end" > (SELECT length FROM articles_article WHERE id = NEW.article_id) THEN
        RAISE EXCEPTION 'the sentence ends after its article''s text'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER articles_sentence_on_text BEFORE INSERT OR UPDATE ON articles_sentence
    FOR EACH ROW EXECUTE FUNCTION articles_sentence_on_text();
"""

REVERSE_TEXT = """
DROP TRIGGER articles_text_never_changes ON articles_article;
DROP TRIGGER articles_text_matches_its_hash ON articles_article;
DROP FUNCTION articles_text_never_changes();
DROP FUNCTION articles_text_matches_its_hash();
"""

REVERSE_SENTENCES = """
DROP TRIGGER articles_sentence_on_text ON articles_sentence;
DROP FUNCTION articles_sentence_on_text();
"""


class Migration(migrations.Migration):
    dependencies = [("articles", "0001_initial")]

    operations = [
        migrations.RunSQL(TEXT, REVERSE_TEXT),
        migrations.RunSQL(SENTENCES, REVERSE_SENTENCES),
    ]
