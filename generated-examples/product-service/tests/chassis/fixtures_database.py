"""A database of its own for every test, on one PostgreSQL for all of them.

The server is embedded, unless DATABASE_URL names one whose user may create databases.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from product_service.chassis.database.migrations import Migrator

from dev.databases import create_database, drop_database
from dev.postgres import running_postgres

OUTSIDE = os.environ.get("DATABASE_URL")


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def server_url(runner: asyncio.Runner) -> Iterator[str]:
    if OUTSIDE:
        yield OUTSIDE
        return
    server = running_postgres()
    yield runner.run(server.__aenter__()).admin_url
    runner.run(server.__aexit__(None, None, None))


class Databases:
    """Makes databases on one server, and drops what it made."""

    def __init__(self, server_url: str, runner: asyncio.Runner) -> None:
        self._server_url = server_url
        self._runner = runner
        self._made = ExitStack()

    def create(self, template: str = "template1") -> str:
        """The URL of a new database, a copy of the template."""
        name = f"test_{uuid4().hex}"
        owner = urlsplit(self._server_url).username or ""
        self._runner.run(create_database(self._server_url, name, template=template, owner=owner))
        self._made.callback(lambda: self._runner.run(drop_database(self._server_url, name)))
        return urlsplit(self._server_url)._replace(path=f"/{name}").geturl()

    def drop_all(self) -> None:
        self._made.close()


@pytest.fixture(scope="session")
def migrated(server_url: str, runner: asyncio.Runner) -> Iterator[str]:
    """The name of a database with this service's schema, to copy and never to use."""
    databases = Databases(server_url, runner)
    url = databases.create()
    runner.run(Migrator(url, Path("migrations")).run())
    yield urlsplit(url).path.removeprefix("/")
    databases.drop_all()


@pytest.fixture
def databases(server_url: str, runner: asyncio.Runner) -> Iterator[Databases]:
    databases = Databases(server_url, runner)
    yield databases
    databases.drop_all()


@pytest.fixture
def database_url(databases: Databases, migrated: str) -> str:
    """An empty database with this service's schema."""
    return databases.create(template=migrated)


@pytest.fixture
def database_settings(database_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url}
