from django.urls import path

from annotations.sources import name_views, views

app_name = "sources"
urlpatterns = [
    path("annotations/<int:pk>/resolve/", views.resolve_source, name="resolve"),
    path("articles/<int:pk>/names/", name_views.suggest_names, name="names"),
    path("sources/", views.source_list, name="list"),
    path("sources/unresolved/", views.unresolved_list, name="unresolved"),
    path("sources/<int:pk>/", views.source_page, name="source"),
    path("sources/<int:pk>/rename/", views.rename_source, name="rename"),
    path("sources/<int:pk>/aliases/", views.set_source_aliases, name="set_aliases"),
    path("sources/<int:pk>/merge/", views.merge_source, name="merge"),
    path("sources/<int:pk>/split/", views.split_source, name="split"),
]
