from django.urls import path

from annotations.export import views

app_name = "export"
urlpatterns = [
    path("export/", views.export_page, name="page"),
    path("export/<str:format>/", views.download, name="download"),
]
