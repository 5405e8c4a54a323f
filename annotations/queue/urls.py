from django.urls import path

from annotations.queue import views

app_name = "queue"
urlpatterns = [
    path("", views.queue, name="list"),
    path("articles/new/", views.ingest, name="ingest"),
    path("articles/next/", views.next_article, name="next"),
    path("articles/<int:pk>/leave/", views.leave, name="leave"),
    path("articles/retry-failed/", views.retry_failed, name="retry_failed"),
    path("articles/<int:pk>/retry/", views.retry, name="retry"),
]
