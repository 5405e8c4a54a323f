"""The review page, opened by an editor."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles.models import Article


@pytest.fixture
def desk(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


@pytest.fixture
def blind(article: Article) -> Article:
    Article.objects.filter(pk=article.pk).update(blind=True)
    article.refresh_from_db()
    return article
