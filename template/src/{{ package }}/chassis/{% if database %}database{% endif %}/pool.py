"""The connection pool, and transactions on it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import ClassVar, Self, TypeAlias

import asyncpg
import structlog
from asyncpg.pool import PoolConnectionProxy
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from ..errors import DeadlineExceeded, Unavailable
from ..resource import CannotStart, Resource
from ..settings import Settings
from .announcements import Announcements
from .migrations import Migrator
from .statements import Statements

Transaction: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

# The server is stopping, starting, full, or the connection to it broke.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
)
# What trying to connect can raise besides.
UNREACHABLE = (*LOST, OSError, TimeoutError, asyncpg.InterfaceError)

log = structlog.get_logger()


class DatabaseSettings(Settings):
    """Where the database is and how much of it this process may use."""

    model_config = SettingsConfigDict(env_prefix="DATABASE_")

    url: SecretStr
    pool_size: int = Field(default=10, ge=1, le=500)
    statement_seconds: float = Field(default=10.0, gt=0, le=3600)
    acquire_seconds: float = Field(default=5.0, gt=0, le=60)
    start_seconds: float = Field(default=30.0, ge=0, le=600)
    migrate: bool = True
    migrations: Path = Path("migrations")

    @field_validator("url")
    @classmethod
    def _is_postgres(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must look like postgresql://user:password@host:5432/name")
        return url


class Database(Resource):
    """A pool of connections; lost ones are replaced by themselves when the server is back."""

    name: ClassVar[str] = "postgres"
    essential: ClassVar[bool] = True

    def __init__(
        self,
        settings: DatabaseSettings,
        migrator: Migrator,
        *,
        application_name: str,
        statements: Statements | None,
    ) -> None:
        self.settings = settings
        self._migrator = migrator
        self._application_name = application_name
        self._statements = statements
        self.announcements = Announcements()
        self.pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def __aenter__(self) -> Self:
        """Wait up to `start_seconds` for the server, bring the schema up to date, open the pool."""
        deadline = asyncio.get_running_loop().time() + self.settings.start_seconds
        while True:
            try:
                if self.settings.migrate:
                    await self._migrator.run()
                self.pool = await self._open()
                return self
            except UNREACHABLE as error:
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    raise CannotStart(f"PostgreSQL does not answer: {error}") from error
                log.warning("database.waiting", reason=str(error), seconds_left=round(left))
                await asyncio.sleep(min(left, 0.2 + random.random() * 0.8))

    async def __aexit__(self, *error: object) -> None:
        try:
            async with asyncio.timeout(5):
                await self._opened.close()
        except TimeoutError:
            self._opened.terminate()

    async def ping(self) -> None:
        async with self.connection() as connection:
            await connection.execute("SELECT 1")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Transaction]:
        """A connection outside any transaction.

        Raises Unavailable where the server does not answer, DeadlineExceeded where a statement ran
        into its time limit.
        """
        connection = await self._acquire()
        try:
            with self._traced(connection):
                yield connection
        except asyncpg.QueryCanceledError as error:
            raise DeadlineExceeded("the database took too long; try again") from error
        except LOST as error:
            raise _away() from error
        except asyncpg.InterfaceError as error:
            if _is_gone(connection):
                raise _away() from error
            raise
        except asyncpg.InternalClientError as error:
            # The server has ended the session, and asyncpg has not taken notice of it yet.
            if not _is_gone(connection):
                connection.terminate()
            raise _away() from error
        finally:
            await self._release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Statements that take effect together, or not at all."""
        with self.announcements.collecting():
            async with self.connection() as connection, connection.transaction():
                yield connection

    def _traced(self, connection: Transaction) -> AbstractContextManager[None]:
        return connection.query_logger(self._statements) if self._statements else nullcontext()

    @property
    def _opened(self) -> asyncpg.Pool[asyncpg.Record]:
        assert self.pool is not None, "the database is not open"
        return self.pool

    async def _acquire(self) -> Transaction:
        try:
            return await self._opened.acquire(timeout=self.settings.acquire_seconds)
        except UNREACHABLE as error:
            raise _away() from error

    async def _release(self, connection: Transaction) -> None:
        """Give it back; what was done stays done, even if the connection breaks only now.

        The pool throws away a connection that it cannot take back.
        """
        try:
            await self._opened.release(connection)
        except (*UNREACHABLE, asyncpg.InternalClientError) as error:
            log.warning("database.connection_lost", reason=str(error))

    async def _open(self) -> asyncpg.Pool[asyncpg.Record]:
        milliseconds = str(int(self.settings.statement_seconds * 1000))
        return await asyncpg.create_pool(
            self.settings.url.get_secret_value(),
            min_size=1,
            max_size=self.settings.pool_size,
            timeout=self.settings.acquire_seconds,
            command_timeout=self.settings.statement_seconds + 5,
            server_settings={
                "application_name": self._application_name,
                "statement_timeout": milliseconds,
                "idle_in_transaction_session_timeout": milliseconds,
            },
        )


def _is_gone(connection: Transaction) -> bool:
    """Whether it is closed; asyncpg takes it back by itself when its server has gone."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True


def _away() -> Unavailable:
    return Unavailable("the database does not answer; try again")
