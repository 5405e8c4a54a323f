"""Fixtures for all tests: the real PostgreSQL, and folders in which servers can be tried."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User

from project.demo.embedded_postgres import (
    ensure_server,
    release_server,
    socket_directory,
    stop_server,
)
from tests import examples, plugin  # noqa: F401 - registers a profile

if plugin.DATA_DIR != settings.DATA_DIR:
    raise pytest.UsageError("The settings were read too early: run pytest with -p tests.plugin.")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """Run the embedded server while tests use the database, unless DATABASE_URL names another."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    ensure_server(settings.DATA_DIR, durable=False)
    yield
    release_server(settings.DATA_DIR)


@pytest.fixture(scope="session")
def created_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a server that was created, to be copied: creating them takes seconds."""
    folder = tmp_path_factory.mktemp("created")
    ensure_server(folder, durable=False)
    release_server(folder)
    return folder / "postgres"


@pytest.fixture
def data_dir(spare_folder: Path, created_database: Path) -> Path:
    """A data folder with a database in it, whose server does not run."""
    folder = spare_folder / "data"
    folder.mkdir()
    copied = Path(shutil.copytree(created_database, folder / "postgres"))
    owner = created_database.stat()
    for path in (copied, *copied.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    return folder


@pytest.fixture
def spare_folder() -> Iterator[Path]:
    """A folder that other accounts may walk through, as pytest's own tmp_path is not.

    A server that a test left running in its folder "data" is stopped.
    """
    folder = Path(tempfile.mkdtemp(prefix="accordingto spare "))
    folder.chmod(0o711)
    yield folder
    for lock in folder.rglob("postgres.start.lock"):
        stop_server(lock.parent)
        # A killed server leaves its socket behind.
        shutil.rmtree(socket_directory(lock.parent), ignore_errors=True)
    shutil.rmtree(folder)


type Person = Callable[..., User]


@pytest.fixture
def person(db: None) -> Person:
    """Make a person with a role: person("editors")."""

    def make(role: str, name: str = "") -> User:
        user = User.objects.create_user(name or f"{role}-person")
        user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def editor(person: Callable[[str], User]) -> User:
    return person("editors")


@pytest.fixture
def fact_checker(person: Callable[[str], User]) -> User:
    return person("fact-checkers")


@pytest.fixture
def admin(person: Callable[[str], User]) -> User:
    return person("admins")
