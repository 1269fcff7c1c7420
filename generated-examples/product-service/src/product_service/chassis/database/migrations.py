"""Migrations: plain SQL files in dbmate's format, run in order, each once.

Any number of replicas may start at the same time: a session advisory lock lets one work, and dies
with its session.  A file that was applied must never change: its SHA-256 is kept.

    -- migrate:up
    CREATE TABLE …;
    -- migrate:down
    DROP TABLE …;

Each file is one transaction, unless its first line is `-- migrate:up transaction:false`: then it is
one statement on its own, as CREATE INDEX CONCURRENTLY needs.

A feature of the chassis that keeps rows carries its files along, `chassis/<feature>/migrations/`.
They run before the service's own and are noted in a table of their own, so that the two never meet:
not in their numbers, and not when dbmate rolls one of the service's files back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import asyncpg
import structlog

from ..resource import CannotStart

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_LOCK: Final = 727_001
_FILE: Final = re.compile(r"(?P<version>\d+)_[a-z0-9_]+\.sql")
_UP: Final = re.compile(
    r"^--[ ]*migrate:up(?P<options>[^\n]*)\n(?P<sql>.*?)(?=^--[ ]*migrate:down|\Z)", re.S | re.M
)
_CHASSIS: Final = Path(__file__).parents[1]
_NOTES: Final = """
CREATE TABLE IF NOT EXISTS {table} (
    version varchar(128) PRIMARY KEY,
    checksum text,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""

log = structlog.get_logger()


class MigrationError(CannotStart):
    """The migrations cannot be applied; the message says which file and why."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: what it changes and whether it may run inside a transaction."""

    name: str
    version: str
    sql: str
    in_transaction: bool
    checksum: str

    @classmethod
    def read(cls, path: Path, feature: str = "") -> Migration:
        """Raises MigrationError if the file's name or content is not dbmate's format."""
        name = _FILE.fullmatch(path.name)
        text = path.read_text(encoding="utf-8")
        up = _UP.search(text)
        if name is None:
            raise MigrationError(f"{path.name}: name it like 0002_add_colour.sql")
        if up is None:
            raise MigrationError(f"{path.name}: it has no line `-- migrate:up`")
        return cls(
            name=feature + path.name,
            version=feature + name["version"],
            sql=up["sql"],
            in_transaction="transaction:false" not in up["options"],
            checksum=hashlib.sha256(text.encode()).hexdigest(),
        )


class Migrator:
    """Bring one database up to the state that the files in `folder`, and the chassis', describe."""

    def __init__(self, url: str, folder: Path, *, chassis: Path = _CHASSIS) -> None:
        self._url = url
        self._folder = folder
        self._chassis = chassis

    async def run(self) -> list[str]:
        """Apply what is new; the names of the applied files.

        Raises MigrationError for an edited, unnamed or doubled file, and lets PostgreSQL's own
        errors through: the failing file has then changed nothing.
        """
        chassis, own = self._read_chassis(), self._read_own()
        connection = await asyncpg.connect(self._url, timeout=10)
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
            return [
                *await _apply_all(connection, chassis, "chassis_migrations"),
                *await _apply_all(connection, own, "schema_migrations"),
            ]
        finally:
            await connection.close()

    def _read_chassis(self) -> list[Migration]:
        found = sorted(self._chassis.glob("*/migrations/*.sql"))
        return _numbered([Migration.read(path, f"{path.parts[-3]}/") for path in found])

    def _read_own(self) -> list[Migration]:
        if not self._folder.is_dir():
            raise MigrationError(f"no folder {self._folder}; start in the service's folder")
        return _numbered([Migration.read(path) for path in sorted(self._folder.glob("*.sql"))])


def _numbered(migrations: list[Migration]) -> list[Migration]:
    """The same, if each has a version of its own."""
    versions = [migration.version for migration in migrations]
    for version in set(versions):
        if versions.count(version) > 1:
            raise MigrationError(f"two files are version {version}; renumber the newer one")
    return migrations


async def _apply_all(
    connection: Connection, migrations: Iterable[Migration], table: str
) -> list[str]:
    await connection.execute(_NOTES.format(table=table))
    return [one.name for one in migrations if await _apply(connection, one, table)]


async def _apply(connection: Connection, migration: Migration, table: str) -> bool:
    row = await connection.fetchrow(
        f"SELECT checksum FROM {table} WHERE version = $1",  # noqa: S608 - one of our two names
        migration.version,
    )
    if row is not None:
        if row["checksum"] not in (None, migration.checksum):
            raise MigrationError(
                f"{migration.name} was changed after it was applied; put it back, add a new file"
            )
        return False
    if migration.in_transaction:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '5s'")
            await connection.execute(migration.sql)
            await _note(connection, migration, table)
    else:
        await connection.execute(migration.sql)
        await _note(connection, migration, table)
    log.info("migration.applied", file=migration.name)
    return True


async def _note(connection: Connection, migration: Migration, table: str) -> None:
    await connection.execute(
        f"INSERT INTO {table} (version, checksum) VALUES ($1, $2)",  # noqa: S608 - as above
        migration.version,
        migration.checksum,
    )
