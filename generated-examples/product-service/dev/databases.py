"""Databases on a PostgreSQL server: one role and one password for each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from dev.errors import CannotStart

_TIMEOUT = 10.0


@dataclass(frozen=True)
class Database:
    """A database and the role of the same name that owns it, and that nobody else may enter."""

    name: str
    password: str = field(repr=False)
    role_creates_databases: bool = False

    def url(self, server_url: str) -> str:
        """How its role reaches it on that server."""
        return url_of(server_url, database=self.name, user=self.name, password=self.password)


def url_of(server_url: str, *, database: str, user: str, password: str) -> str:
    """The address of the same server for another user and database."""
    parts = urlsplit(server_url)
    address = parts.netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{address}", path=f"/{quote(database)}"))


async def ensure_databases(admin_url: str, databases: Iterable[Database]) -> None:
    """Create the databases and roles that are missing, and set the passwords of all."""
    connection = await _connect(admin_url)
    try:
        for database in databases:
            await _ensure(connection, database)
    except asyncpg.InsufficientPrivilegeError as error:
        raise CannotStart(
            f"the user of DATABASE_URL may not create roles and databases ({error}): "
            "give it CREATEROLE and CREATEDB, or unset DATABASE_URL for an embedded PostgreSQL"
        ) from error
    finally:
        await connection.close()


async def create_database(admin_url: str, name: str, *, template: str, owner: str) -> None:
    """Create a database, as a copy of another one that nobody is connected to."""
    connection = await _connect(admin_url)
    try:
        await _execute(connection, "create database %I template %I owner %I", name, template, owner)
    finally:
        await connection.close()


async def drop_database(admin_url: str, name: str) -> None:
    """Drop a database, connected or not; one that is not there is no error."""
    connection = await _connect(admin_url)
    try:
        await _execute(connection, "drop database if exists %I with (force)", name)
    finally:
        await connection.close()


async def _connect(url: str) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(url, timeout=_TIMEOUT)
    except ValueError as error:  # it may hold a password, and is not shown
        form = "postgresql://user:password@host:5432/database"
        raise CannotStart(f"the URL of PostgreSQL must look like {form}") from error
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        where = urlsplit(url).netloc.rpartition("@")[2]
        raise CannotStart(f"PostgreSQL at {where} cannot be used: {error}") from error


async def _ensure(connection: asyncpg.Connection, database: Database) -> None:
    name = database.name
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", name):
        await _execute(connection, "create role %I login", name)
    await _execute(connection, "alter role %I password %L", name, database.password)
    if database.role_creates_databases:
        await _execute(connection, "alter role %I createdb", name)
    if not await connection.fetchval("select rolsuper from pg_roles where rolname = current_user"):
        await _execute(connection, "grant %I to current_user", name)
    if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
        await _execute(connection, "create database %I owner %I", name, name)
    await _execute(connection, "revoke connect, temporary on database %I from public", name)


async def _execute(connection: asyncpg.Connection, statement: str, *values: str) -> None:
    """Execute a statement that takes no parameters: the server quotes for %I and %L."""
    quoted = await connection.fetchval("select format($1, variadic $2::text[])", statement, values)
    await connection.execute(quoted)
