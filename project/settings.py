"""Settings. Safe by default: nothing here needs changing to go live, the environment says the rest.

ACCORDINGTO_DATA    folder for the embedded database and the generated secret (default: data/)
DATABASE_URL        an own PostgreSQL; unset, the embedded one under the data folder is used
SECRET_KEY          unset, one is generated into the data folder, readable by its owner only
ALLOWED_HOSTS       comma-separated host names the site answers to
ACCORDINGTO_LOCAL   1: plain HTTP on this machine (the demo, the tests); never for a public site
BEHIND_PROXY        1: a proxy on this machine ends HTTPS and sets X-Forwarded-Proto and -For
TRUSTED_PROXIES     the addresses or networks of proxies elsewhere, comma-separated
SESSION_IDLE_HOURS  a sign-in ends after so many hours without a request (default: 12)
SESSION_TOTAL_HOURS a sign-in ends after so many hours in any case (default: 168)
LINK_HOURS          a one-time link to set a password works for so many hours (default: 72)
REQUIRE_MFA_FOR     roles that need a second factor, comma-separated, such as admins
OIDC_ISSUER         https address of the newsroom's own sign-on (OpenID Connect); unset: none
OIDC_CLIENT_ID      what the site is called there
OIDC_CLIENT_SECRET  its secret there
OIDC_NAME           what the button says (default: Single sign-on)
EXTRACTOR           what pre-labels: network (default) or rules
WEIGHTS             folder of trained weights for the network; unset, those that ship are used
TZ                  time zone of the times shown (default: UTC)
DEBUG               1: Django's debug pages, for developers
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from project.demo.embedded_postgres import database_settings
from project.secret import secret_key


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes"}


def _seconds(name: str, default_hours: float) -> int:
    """Hours of the environment in seconds."""
    return round(float(os.environ.get(name) or default_hours) * 3600)


def _list(name: str) -> list[str]:
    return [each.strip() for each in os.environ.get(name, "").split(",") if each.strip()]


def _origin(address: str) -> list[str]:
    parts = urlsplit(address)
    return [f"{parts.scheme}://{parts.netloc}"] if address else []


BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("ACCORDINGTO_DATA") or BASE_DIR / "data").resolve()

DEBUG = _flag("DEBUG")
LOCAL = _flag("ACCORDINGTO_LOCAL") or DEBUG
SECRET_KEY = os.environ.get("SECRET_KEY") or secret_key(DATA_DIR / "secret_key")

_hosts = _list("ALLOWED_HOSTS")
ALLOWED_HOSTS = _hosts or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in _hosts if host != "*"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "django_htmx",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "axes",
    "project",
    "articles",
    "annotations",
]

MIDDLEWARE = [
    "project.serving.bodies.no_body_where_none_belongs",
    "project.serving.headers.closed_to_others",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    # A compressed file has a weak ETag, which WhiteNoise itself never answers with 304.
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "project.middleware.vary_on_htmx",
    "project.middleware.no_old_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "project.serving.bodies.limited",
    "project.sign_in.sessions.lasts_while_used",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "project.middleware.SignInRequired",
    "project.middleware.SecondFactorRequired",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "annotations.desk.gone.TakenDownPage",
    "axes.middleware.AxesMiddleware",
]

PROCRASTINATE_IMPORT_PATHS = [
    "annotations.prelabelling.tasks",
    "annotations.queue.tasks",
    "project.sign_in.tasks",
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            # {% csrf_token %} also says whose page a form stands on.
            "builtins": ["project.sign_in.tags"],
        },
    },
]

DATABASES = {
    "default": (
        dj_database_url.config(conn_max_age=60, conn_health_checks=True)
        if os.environ.get("DATABASE_URL")
        else database_settings(DATA_DIR) | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    )
}
# What pre-labels articles: one of accordingto.pipeline.component.EXTRACTORS.
EXTRACTOR = os.environ.get("EXTRACTOR") or "network"
WEIGHTS = os.environ.get("WEIGHTS", "")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What all processes have to know of each other: the one-time codes that were used.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "project_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

# Signing in: project/sign_in/ and docs/sign-in.md.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # refuses before a password is hashed
    "project.sign_in.few_at_once.FewAtOnce",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "project.sign_in.passwords.HardToGuess"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "queue:list"
LOGOUT_REDIRECT_URL = "login"

SESSION_COOKIE_AGE = _seconds("SESSION_IDLE_HOURS", 12)
SESSION_TOTAL_AGE = _seconds("SESSION_TOTAL_HOURS", 7 * 24)
REQUIRE_MFA_FOR = _list("REQUIRE_MFA_FOR")

# Invitations and forgotten passwords: project/people/links.py.
LINK_LASTS = timedelta(seconds=_seconds("LINK_HOURS", 72))

AXES_HANDLER = "project.sign_in.throttle.Throttle"
AXES_FAILURE_LIMIT = 1  # of the handler's limits: one that is reached is enough
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(hours=1)
AXES_CLIENT_IP_CALLABLE = "project.sign_in.throttle.network_of"
AXES_LOCKOUT_CALLABLE = "project.sign_in.views.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # the security log has it
AXES_ENABLE_ADMIN = False

ACCOUNT_ADAPTER = "project.sign_in.adapters.Accounts"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # axes counts
MFA_ADAPTER = "project.sign_in.adapters.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "AccordingTo"
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "project.sign_in.forms.CodeForm",
    "reauthenticate": "project.sign_in.forms.CodeAgainForm",
}
USERSESSIONS_ADAPTER = "project.sign_in.adapters.SignIns"

OIDC_ISSUER = os.environ.get("OIDC_ISSUER", "").rstrip("/")
OIDC_NAME = os.environ.get("OIDC_NAME") or _("Single sign-on")
SOCIALACCOUNT_ADAPTER = "project.sign_in.sign_on.SignOn"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "newsroom",
                "name": OIDC_NAME,
                "client_id": os.environ.get("OIDC_CLIENT_ID", ""),
                "secret": os.environ.get("OIDC_CLIENT_SECRET", ""),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}
CSRF_FAILURE_VIEW = "project.sign_in.views.csrf_failure"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = os.environ.get("TZ") or "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Served straight from the installed packages and static/: no collectstatic step to forget.
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False

# An article that is too long gets the form's own message, not a bare 400.
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
# Bytes of a whole request: with files, and of one that signs in.
MAX_UPLOAD = 250 * 1024 * 1024
MAX_SIGN_IN = 16 * 1024

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    # The button of the newsroom's sign-on sends a form that is led on to it.
    "form-action": [CSP.SELF, *_origin(OIDC_ISSUER)],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
SECURE_SSL_REDIRECT = not LOCAL
SECURE_HSTS_SECONDS = 0 if LOCAL else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not LOCAL
# Whose X-Forwarded-For and X-Forwarded-Proto count (project/wsgi.py): addresses and networks.
TRUSTED_PROXIES = _list("TRUSTED_PROXIES")
if _flag("BEHIND_PROXY") and not TRUSTED_PROXIES:
    TRUSTED_PROXIES = ["127.0.0.1", "::1"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "project.people.secrets_in_logs.WithoutSecrets",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "filters": {
        "no rows": {"()": "project.serving.logs.WithoutRows"},
        "outages": {"()": "project.serving.outages.OutageFilter"},
        # Attempts that are refused unseen must not fill a disk.
        "untold": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(record, "status_code", 0) != 429,
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["outages", "no rows"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "annotations": {"level": "INFO"},
        "articles": {"level": "INFO"},
        "axes": {"level": "ERROR"},  # failures are in the security log
        "django.request": {"filters": ["untold"]},
    },
}
