"""An article that is ready for review, and its first proposal."""

import pytest

from annotations.models import Annotation
from articles.models import Article
from tests.builders import ready_article


@pytest.fixture
def article(db: None) -> Article:
    return ready_article()


@pytest.fixture
def mayor(article: Article) -> Annotation:
    """The first proposal of the article."""
    annotation = article.annotations.first()
    assert annotation is not None
    return annotation
