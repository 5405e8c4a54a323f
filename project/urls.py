from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path

from project.sign_in.views import SignIn

urlpatterns = [
    path("", include("annotations.urls")),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/", auth_views.PasswordChangeView.as_view(), name="password_change"),
    path(
        "password/done/", auth_views.PasswordChangeDoneView.as_view(), name="password_change_done"
    ),
    path("admin/", admin.site.urls),
]

handler500 = "project.serving.outages.server_error"
