"""Jobs that workers do (Procrastinate; the broker is the same PostgreSQL)."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

MAX_DEATHS = 3
"""An article that cost so many workers their lives is not given to another."""


@app.task(name="prelabel", queue="prelabel", pass_context=True)
def prelabel(context: JobContext, article_id: int) -> None:
    """Segment and pre-label one article."""
    from annotations.prelabel import fail, prelabel_article  # noqa: PLC0415 - no spaCy in the web

    # A job that fails is not retried by itself, so every attempt before this one ended in a
    # worker that died: for want of memory, say.
    if context.job.attempts >= MAX_DEATHS:
        fail(article_id, f"The worker died {context.job.attempts} times on this article.")
    else:
        prelabel_article(article_id)
