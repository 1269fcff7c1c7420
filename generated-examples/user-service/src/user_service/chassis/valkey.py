"""The connection to Valkey (or Redis) that the cache, live messages and revocations share.

Valkey is never essential: whoever uses it has an answer for the time when it is away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Final, Self

import structlog
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from .absent import without

with without("opentelemetry"):  # redis-py counts and times itself with it
    from redis.asyncio import BlockingConnectionPool, Connection, Redis
    from redis.exceptions import RedisError

from .application import Application
from .resource import Resource
from .settings import Settings
from .traced_redis import TracedRedis
from .tracing import Tracing

PAUSE_SECONDS: Final = 1.0  # after a failure nobody asks again, so that nobody waits in vain

log = structlog.get_logger()


class ValkeySettings(Settings):
    """Where Valkey is, and how long a command may take."""

    model_config = SettingsConfigDict(env_prefix="REDIS_")

    url: SecretStr
    pool_size: int = Field(default=50, ge=1, le=10_000)
    connect_seconds: float = Field(default=1.0, gt=0, le=30)
    command_seconds: float = Field(default=1.0, gt=0, le=30)

    @field_validator("url")
    @classmethod
    def _is_redis(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("redis://", "rediss://")):
            raise ValueError("must look like redis://user:password@host:6379/0")
        return url


SETTINGS: Final[tuple[type[Settings], ...]] = (ValkeySettings,)


def install(app: Application) -> None:
    app.own(Valkey(app.settings(ValkeySettings), app.tracing))


class ValkeyAway(Exception):
    """Valkey does not do what it is asked: it is away, full, or closed to us."""


class Valkey(Resource):
    """A pool of connections; use `client` through attempt(), which knows when Valkey is away."""

    name: ClassVar[str] = "redis"  # the protocol, whoever speaks it

    def __init__(self, settings: ValkeySettings, tracing: Tracing) -> None:
        self._pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            settings.url.get_secret_value(),
            max_connections=settings.pool_size,
            timeout=settings.command_seconds,
            socket_connect_timeout=settings.connect_seconds,
            socket_timeout=settings.command_seconds,
            driver_info=None,  # else each connection reads redis-py's metadata from the disk
        )
        self.client: Redis = (
            TracedRedis(tracing, self._pool)
            if tracing.enabled
            else Redis(connection_pool=self._pool)
        )
        self._away_until: float | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.client.aclose()
        await self._pool.disconnect()

    async def ping(self) -> None:
        await self.client.ping()

    @property
    def background(self) -> Redis:
        """The client for work that belongs to no request: its commands are no spans."""
        return Redis(connection_pool=self._pool)

    @contextmanager
    def attempt(self) -> Iterator[Redis]:
        """The client, for commands that have another way out.

        Raises ValkeyAway where one fails, and at once during the second that follows; after it
        the first to come looks whether Valkey is back, and the others go on without.
        """
        if self._away_until is not None:
            if time.monotonic() < self._away_until:
                raise ValkeyAway("Valkey did not answer a moment ago")
            self._away_until = time.monotonic() + PAUSE_SECONDS
        try:
            with cancellable():
                yield self.client
        except (RedisError, OSError, TimeoutError) as error:
            self._went(error)
            raise ValkeyAway("Valkey does not answer") from error
        self._answered()

    def connection(self) -> Connection:
        """A connection outside the pool, not yet connected: its owner closes it."""
        connection: Connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
        return connection

    def _went(self, error: Exception) -> None:
        if self._away_until is None:
            log.warning("valkey.away", reason=str(error) or type(error).__name__)
        self._away_until = time.monotonic() + PAUSE_SECONDS

    def _answered(self) -> None:
        if self._away_until is not None:
            log.info("valkey.back")
        self._away_until = None


@contextmanager
def cancellable() -> Iterator[None]:
    """Let no cancellation be lost that reaches redis-py inside.

    It sends under asyncio.wait_for, which before Python 3.12 may answer a cancellation with its
    result; and what fails while it is being cancelled must not look like an outage.
    """
    before = _cancellations()
    try:
        yield
    except Exception as error:
        if _cancellations() > before:
            raise asyncio.CancelledError from error
        raise
    if _cancellations() > before:
        raise asyncio.CancelledError


def _cancellations() -> int:
    """How often the running task was asked to end."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0
