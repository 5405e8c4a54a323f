from django.urls import path

from annotations.queue import import_views, views

app_name = "queue"
urlpatterns = [
    path("", views.queue, name="list"),
    path("articles/new/", import_views.ingest, name="ingest"),
    path("imports/<int:pk>/", import_views.progress, name="import"),
    path("articles/next/", views.next_article, name="next"),
    path("articles/<int:pk>/leave/", views.leave, name="leave"),
    path("articles/retry-failed/", views.retry_failed, name="retry_failed"),
    path("articles/<int:pk>/retry/", views.retry, name="retry"),
]
