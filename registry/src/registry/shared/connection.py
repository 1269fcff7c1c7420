"""The way to Valkey: whatever fails on it becomes Unavailable, and is logged once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog

from ..chassis.absent import without
from ..chassis.errors import Unavailable

with without("opentelemetry"):  # redis-py counts and times itself with it
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError

COMMAND_SECONDS: Final = 2.0
_CONNECTIONS: Final = 50

log = structlog.get_logger()


class Connection:
    """A pool for commands that end soon; a script is sent whole once, and then by its hash."""

    def __init__(self, url: str) -> None:
        self.client = _client(url, _CONNECTIONS, COMMAND_SECONDS)
        self.reason: str | None = None
        self._url = url

    def patient(self, seconds: float) -> Redis:
        """A client of its own for a command that may wait for so long."""
        return _client(self._url, 1, COMMAND_SECONDS + seconds)

    async def run(self, script: str, keys: tuple[str, ...], *arguments: object) -> int:
        with self.asking():
            answered: Any = await self._scripts(script)(keys=keys, args=arguments)
        return int(answered)

    @contextmanager
    def asking(self) -> Iterator[Redis]:
        """The client; raises Unavailable where Valkey does not do what it is asked."""
        try:
            yield self.client
        except (RedisError, OSError, TimeoutError) as error:
            self.failed(error)
            raise Unavailable("the registry's memory does not answer") from error
        self.answered()

    def failed(self, error: Exception) -> None:
        reason = str(error) or type(error).__name__
        if self.reason is None:
            log.warning("valkey.away", reason=reason)
        self.reason = reason

    def answered(self) -> None:
        if self.reason is not None:
            log.info("valkey.back")
        self.reason = None

    def _scripts(self, script: str) -> Any:  # Any: redis-py's Script is untyped
        return self.client.register_script(script)

    async def close(self) -> None:
        await self.client.aclose()
        await self.client.connection_pool.disconnect()


def _client(url: str, connections: int, seconds: float) -> Redis:
    pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=COMMAND_SECONDS,
        socket_connect_timeout=COMMAND_SECONDS,
        socket_timeout=seconds,
        retry=Retry(NoBackoff(), 0),  # who asks must know that the connection was lost
    )
    return Redis(connection_pool=pool)
