"""The one connection on which a replica hears what is published, made anew whenever it breaks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import structlog
from redis.asyncio import Connection
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ..valkey import Valkey

_QUIET_SECONDS: Final = 5.0  # then a ping asks whether anybody is there
_BATCH: Final = 500

log = structlog.get_logger()


class Listener(Protocol):
    """Who is told what is heard."""

    def following(self, key: str) -> None:
        """From now on every message of this key is heard."""
        ...

    def heard(self, key: str, message: bytes) -> None: ...

    def deaf(self) -> None:
        """The connection broke: what is published now is not heard."""
        ...


class Subscriber:
    """Follows keys; `connected` says whether it hears anything now."""

    def __init__(self, valkey: Valkey, own_key: str, listener: Listener) -> None:
        self._valkey = valkey
        self._keys = {own_key}  # one at least, for a connection without any is no subscription
        self._listener = listener
        self._connection: Connection | None = None

    @property
    def connected(self) -> bool:
        return self._connection is not None

    async def follow(self, key: str) -> None:
        """Hear this key, as soon as there is a connection; the listener is told when."""
        self._keys.add(key)
        await self._say("SUBSCRIBE", key)

    async def leave(self, key: str) -> None:
        self._keys.discard(key)
        await self._say("UNSUBSCRIBE", key)

    async def run(self) -> None:
        """Listen for ever; after a failure, again in a moment."""
        failures = 0
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                failures = 1 if self.connected else failures + 1
                if failures == 1:
                    log.warning("websocket.deaf", reason=str(error) or type(error).__name__)
            finally:
                await self._hang_up()
            pause = min(0.05 * 2.0 ** min(failures, 6), 2.0)
            await asyncio.sleep(pause * (0.5 + random.random()))

    async def _listen(self) -> None:
        connection = self._valkey.connection()
        await connection.connect()  # type: ignore[no-untyped-call]
        self._connection = connection
        keys = sorted(self._keys)
        for begin in range(0, len(keys), _BATCH):
            await connection.send_command("SUBSCRIBE", *keys[begin : begin + _BATCH])
        while True:
            self._tell(await self._read(connection))
            await asyncio.sleep(0)  # clients are to read one event before the next one comes

    async def _read(self, connection: Connection) -> Any:  # Any: whatever Valkey says
        try:
            return await _next(connection)
        except RedisTimeoutError:
            await connection.send_command("PING")
            return await _next(connection)

    def _tell(self, said: Any) -> None:  # Any: whatever Valkey says
        match said:
            case [b"message", key, message]:
                self._listener.heard(key.decode(), message)
            case [b"subscribe", key, _]:
                self._listener.following(key.decode())

    async def _say(self, command: str, key: str) -> None:
        if self._connection is None:
            return
        try:
            await self._connection.send_command(command, key)
        except (RedisError, OSError) as error:  # the reader finds it broken, too, and begins again
            log.debug("websocket.not_said", reason=str(error))

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        self._listener.deaf()
        if connection is not None:
            await connection.disconnect(nowait=True)


def _next(connection: Connection) -> Awaitable[Any]:
    read: Callable[..., Awaitable[Any]] = connection.read_response
    return read(timeout=_QUIET_SECONDS, disconnect_on_error=False, push_request=True)
