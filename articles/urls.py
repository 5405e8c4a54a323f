from django.urls import path

from articles import views

urlpatterns = [
    path("", views.queue, name="queue"),
    path("articles/new/", views.ingest, name="ingest"),
    path("articles/next/", views.next_article, name="next"),
    path("articles/<int:pk>/retry/", views.retry, name="retry"),
]
