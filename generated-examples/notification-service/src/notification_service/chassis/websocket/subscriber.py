"""The one connection on which a replica hears what is published, made anew whenever it breaks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import structlog
from redis.asyncio import Connection
from redis.exceptions import RedisError

from ..valkey import Valkey, cancellable

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
        self._orders: asyncio.Queue[tuple[str, str]] | None = None

    @property
    def connected(self) -> bool:
        return self._orders is not None

    def follow(self, key: str) -> None:
        """Hear this key, as soon as there is a connection; the listener is told when."""
        self._keys.add(key)
        self._order("SUBSCRIBE", key)

    def leave(self, key: str) -> None:
        self._keys.discard(key)
        self._order("UNSUBSCRIBE", key)

    async def run(self) -> None:
        """Listen for ever; after a failure, again in a moment."""
        failures = 0
        while True:
            try:
                await self._listen()
            except* (RedisError, OSError) as errors:
                failures = 1 if self.connected else failures + 1
                if failures == 1:
                    reason = str(errors.exceptions[0]) or type(errors.exceptions[0]).__name__
                    log.warning("websocket.deaf", reason=reason)
            finally:
                self._orders = None
                self._listener.deaf()
            pause = min(0.05 * 2.0 ** min(failures, 6), 2.0)
            await asyncio.sleep(pause * (0.5 + random.random()))

    async def _listen(self) -> None:
        connection = self._valkey.connection()
        try:
            with cancellable():
                await connection.connect()  # type: ignore[no-untyped-call]
            keys = sorted(self._keys)
            orders: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
            self._orders = orders
            for begin in range(0, len(keys), _BATCH):
                await _send(connection, "SUBSCRIBE", *keys[begin : begin + _BATCH])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._say(connection, orders))
                tasks.create_task(self._hear(connection))
        finally:
            await connection.disconnect(nowait=True)

    async def _say(self, connection: Connection, orders: asyncio.Queue[tuple[str, str]]) -> None:
        while True:
            await _send(connection, *await orders.get())

    async def _hear(self, connection: Connection) -> None:
        while True:
            match await _next(connection):
                case [b"message", key, message]:
                    self._listener.heard(key.decode(), message)
                case [b"subscribe", key, _]:
                    self._listener.following(key.decode())
            await asyncio.sleep(0)  # clients are to read one event before the next one comes

    def _order(self, command: str, key: str) -> None:
        if self._orders is not None:  # else the next connection begins with all keys
            self._orders.put_nowait((command, key))


async def _send(connection: Connection, *words: str) -> None:
    with cancellable():
        await connection.send_command(*words)


async def _next(connection: Connection) -> Any:  # Any: whatever Valkey says
    """What Valkey says next; raises ConnectionError if it does not even answer a ping."""
    said = await _read(connection)
    if said is None:
        await _send(connection, "PING")
        said = await _read(connection)
    if said is None:
        raise ConnectionError("Valkey says nothing any more")
    return said


def _read(connection: Connection) -> Awaitable[Any]:
    """What comes within some seconds, or None."""
    read: Callable[..., Awaitable[Any]] = connection.read_response
    return read(timeout=_QUIET_SECONDS, disconnect_on_error=False, push_request=True)
