from django.urls import path

from articles import sampling_views, views

urlpatterns = [
    path("", views.queue, name="queue"),
    path("articles/new/", views.ingest, name="ingest"),
    path("articles/next/", views.next_article, name="next"),
    path("articles/<int:pk>/leave/", views.leave, name="leave"),
    path("articles/<int:pk>/retry/", views.retry, name="retry"),
    path(
        "articles/<int:pk>/second-look/require/",
        sampling_views.require_second_look,
        name="require_second_look",
    ),
    path("sampling/", sampling_views.sampling_page, name="sampling"),
    path("sampling/policy/", sampling_views.set_policy, name="set_policy"),
]
