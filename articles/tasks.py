"""Jobs that workers do (Procrastinate; the broker is the same PostgreSQL)."""

from procrastinate.contrib.django import app


@app.task(name="prelabel", queue="prelabel")
def prelabel(article_id: int) -> None:
    """Segment and pre-label one article."""
    from annotations.prelabel import prelabel_article  # noqa: PLC0415 - the web needs no spaCy

    prelabel_article(article_id)
