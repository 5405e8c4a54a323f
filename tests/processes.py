"""Commands run as processes of their own, on the tests' database."""

from urllib.parse import quote

from django.db import connection


def database_url() -> str:
    """The address of the tests' database, for the environment of another process."""
    database = connection.settings_dict
    host, port = quote(database["HOST"], safe=""), database["PORT"] or 5432
    user = f"{database['USER']}:{quote(database['PASSWORD'] or '')}@"
    return f"postgres://{user}{host}:{port}/{database['NAME']}"
