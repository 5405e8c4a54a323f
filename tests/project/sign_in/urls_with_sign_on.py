"""The addresses of a site that has OIDC_ISSUER set."""

from project import urls

urlpatterns = [*urls.urlpatterns, *urls.SIGN_ON]
