from django.db import migrations


class Migration(migrations.Migration):
    """The table of Django's database cache, as createcachetable would make it."""

    dependencies = [("project", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE project_cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX project_cache_expires ON project_cache (expires);
            """,
            "DROP TABLE project_cache",
        ),
    ]
