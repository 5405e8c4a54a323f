"""The web application, for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

from django.conf import settings

from project.demo.embedded_postgres import ensure_server

if not os.environ.get("DATABASE_URL"):
    ensure_server(settings.DATA_DIR)

application = get_wsgi_application()
