from allauth.account.views import reauthenticate
from allauth.socialaccount.providers.openid_connect.views import callback
from allauth.socialaccount.views import login_cancelled
from allauth.usersessions.views import list_usersessions
from django.conf import settings
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from project.security_log_page import security_log
from project.sign_in.account import ChangePassword, account
from project.sign_in.sign_on import begin
from project.sign_in.views import SignIn, SignInAndGoOn

# Where the newsroom's own sign-on leads to and comes back: only there if there is one.
SIGN_ON = [
    path("account/oidc/<str:provider_id>/login/", begin, name="openid_connect_login"),
    path(
        "account/oidc/<str:provider_id>/login/callback/", callback, name="openid_connect_callback"
    ),
    path(
        "account/cancelled/",
        login_not_required(login_cancelled),
        name="socialaccount_login_cancelled",
    ),
]

urlpatterns = [
    path("", include("annotations.urls")),
    path("login/", SignIn.as_view(), name="login"),
    path("login/", SignIn.as_view(), name="account_login"),  # allauth's name for it
    path("login/kept/", SignInAndGoOn.as_view(), name="login_kept"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/", ChangePassword.as_view(), name="password_change"),
    path(
        "password/done/", auth_views.PasswordChangeDoneView.as_view(), name="password_change_done"
    ),
    path("account/", account, name="account"),
    path("account/again/", reauthenticate, name="account_reauthenticate"),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("account/sign-ins/", list_usersessions, name="usersessions_list"),
    path("security-log/", security_log, name="security_log"),
    path("", include("project.people.urls")),
]

if settings.OIDC_ISSUER:
    urlpatterns += SIGN_ON

handler500 = "project.serving.outages.server_error"
