"""Who may do what: the permissions, and the decorators that views ask them by."""

from django.contrib.auth.decorators import permission_required

VIEW = "articles.view_article"
REVIEW = "annotations.review_annotation"
RETRY = "articles.retry_article"
CURATE = "annotations.curate_source"
TAKE_DOWN = "articles.take_down_article"
SAMPLE = "articles.change_sampling"

may_view = permission_required(VIEW, raise_exception=True)
may_review = permission_required(REVIEW, raise_exception=True)
may_curate = permission_required(CURATE, raise_exception=True)
may_sample = permission_required(SAMPLE, raise_exception=True)
may_export = permission_required("annotations.export_annotation", raise_exception=True)
may_add = permission_required("articles.add_article", raise_exception=True)
may_retry = permission_required(RETRY, raise_exception=True)
may_take_down = permission_required(TAKE_DOWN, raise_exception=True)
