from django.urls import path

from annotations import export_views, views

urlpatterns = [
    path("articles/<int:pk>/", views.review_page, name="review"),
    path("articles/<int:pk>/add/", views.add, name="add"),
    path("articles/<int:pk>/finish/", views.finish, name="finish"),
    path("articles/<int:pk>/reopen/", views.reopen, name="reopen"),
    path("annotations/<int:pk>/", views.card, name="card"),
    path("annotations/<int:pk>/approve/", views.approve, name="approve"),
    path("annotations/<int:pk>/reject/", views.reject, name="reject"),
    path("annotations/<int:pk>/undo/", views.undo, name="undo"),
    path("annotations/<int:pk>/edit/", views.edit, name="edit"),
    path("export/", export_views.export_page, name="export"),
    path("export/<str:format>/", export_views.download, name="download"),
]
