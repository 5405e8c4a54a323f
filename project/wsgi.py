"""The web application, for any WSGI server."""

import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

from django.conf import settings
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from project.demo.embedded_postgres import ensure_server
from project.demo.keep_running import keep_running
from project.serving.lifetime import end_if_asked, end_in_order, end_with_parent

if server := multiprocessing.parent_process():  # one of several processes of `manage.py serve`
    # Until the server listens for signals here, those would go to what it was forked from.
    signal.signal(signal.SIGTERM, end_in_order)
    end_with_parent(server.pid or 1)

if not os.environ.get("DATABASE_URL"):
    ensure_server(settings.DATA_DIR)
    keep_running(settings.DATA_DIR)

application = get_wsgi_application()
if settings.TRUSTED_PROXIES:
    application = wrap_wsgi_with_proxy_headers(application, settings.TRUSTED_PROXIES)
end_if_asked()
