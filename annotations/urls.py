from django.urls import include, path

ROOMS = ("queue", "review", "second_review", "sources", "export")
urlpatterns = [path("", include(f"annotations.{room}.urls")) for room in ROOMS]
