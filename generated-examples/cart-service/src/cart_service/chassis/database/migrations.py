"""Migrations: plain SQL files in dbmate's format, run in order, each once.

Any number of replicas may start at the same time: a session advisory lock lets one work, and dies
with its session.  A file that was applied must never change: its SHA-256 is kept.

    -- migrate:up
    CREATE TABLE …;
    -- migrate:down
    DROP TABLE …;

Each file is one transaction, unless its first line is `-- migrate:up transaction:false`: then it is
one statement on its own, as CREATE INDEX CONCURRENTLY needs.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import structlog

from ..resource import CannotStart

_LOCK: Final = 727_001
_FILE: Final = re.compile(r"(?P<version>\d+)_[a-z0-9_]+\.sql")
_UP: Final = re.compile(
    r"^--[ ]*migrate:up(?P<options>[^\n]*)\n(?P<sql>.*?)(?=^--[ ]*migrate:down|\Z)", re.S | re.M
)
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
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
    def read(cls, path: Path) -> Migration:
        """Raises MigrationError if the file's name or content is not dbmate's format."""
        name = _FILE.fullmatch(path.name)
        text = path.read_text(encoding="utf-8")
        up = _UP.search(text)
        if name is None:
            raise MigrationError(f"{path.name}: name it like 0002_add_colour.sql")
        if up is None:
            raise MigrationError(f"{path.name}: it has no line `-- migrate:up`")
        return cls(
            name=path.name,
            version=name["version"],
            sql=up["sql"],
            in_transaction="transaction:false" not in up["options"],
            checksum=hashlib.sha256(text.encode()).hexdigest(),
        )


class Migrator:
    """Bring one database up to the state that the files in `folder` describe."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder

    async def run(self) -> list[str]:
        """Apply what is new; the names of the applied files.

        Raises MigrationError for an edited, unnamed or doubled file, and lets PostgreSQL's own
        errors through: the failing file has then changed nothing.
        """
        migrations = self._read()
        connection = await asyncpg.connect(self._url, timeout=10)
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
            await connection.execute(_TABLE)
            return [one.name for one in migrations if await _apply(connection, one)]
        finally:
            await connection.close()

    def _read(self) -> list[Migration]:
        if not self._folder.is_dir():
            raise MigrationError(f"no folder {self._folder}; start in the service's folder")
        migrations = [Migration.read(path) for path in sorted(self._folder.glob("*.sql"))]
        versions = [migration.version for migration in migrations]
        for version in set(versions):
            if versions.count(version) > 1:
                raise MigrationError(f"two files are version {version}; renumber the newer one")
        return migrations


async def _apply(connection: asyncpg.Connection[asyncpg.Record], migration: Migration) -> bool:
    row = await connection.fetchrow(
        "SELECT checksum FROM schema_migrations WHERE version = $1", migration.version
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
            await _note(connection, migration)
    else:
        await connection.execute(migration.sql)
        await _note(connection, migration)
    log.info("migration.applied", file=migration.name)
    return True


async def _note(connection: asyncpg.Connection[asyncpg.Record], migration: Migration) -> None:
    await connection.execute(
        "INSERT INTO schema_migrations (version, checksum) VALUES ($1, $2)",
        migration.version,
        migration.checksum,
    )
