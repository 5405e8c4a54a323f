"""One article for texts that look the same, told by a digest of the folded text."""

import hashlib
from typing import Any

from django.db import migrations, models

from accordingto.text.normalise import folded_text


def fill(apps: Any, schema_editor: Any) -> None:
    """The first of several that look the same gets the digest; the others stay, without one."""
    Article = apps.get_model("articles", "Article")
    rows = Article.objects.filter(folded_sha256=None).order_by("pk").values_list("pk", "text")
    for pk, text in rows.iterator(chunk_size=200):
        digest = hashlib.sha256(folded_text(text).encode()).hexdigest()
        if not Article.objects.filter(folded_sha256=digest).exists():
            Article.objects.filter(pk=pk).update(folded_sha256=digest)


class Migration(migrations.Migration):

    dependencies = [
        ("articles", "0005_sentences_cleared_elsewhere"),
    ]

    operations = [
        migrations.AddField(
            model_name="article",
            name="folded_sha256",
            field=models.CharField(
                max_length=64,
                unique=True,
                null=True,
                blank=True,
                editable=False,
                help_text="Of the text as texts are compared: those that look the same are one article.",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
