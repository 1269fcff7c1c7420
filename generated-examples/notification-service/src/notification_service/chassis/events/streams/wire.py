"""One connection to Valkey for what must not be tried twice behind our back.

redis-py's client connects again by itself.  For a read whose answer was lost, or for events that a
restarted server may have lost, that would be silent disorder: here, what breaks stays broken.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from hiredis import pack_command
from redis.exceptions import RedisError, ResponseError

from ...valkey import Valkey, cancellable
from ..delivery import TransportAway

Word = str | bytes | int | float
Command = Sequence[Word]


class Wire:
    """Commands one after the other; raises TransportAway, and then always."""

    def __init__(self, valkey: Valkey) -> None:
        self._connection = valkey.connection()
        self._broken = False

    async def open(self) -> None:
        with asking():
            await self._connection.connect()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        self._broken = True
        await self._connection.disconnect(nowait=True)

    async def ask(self, *commands: Command) -> list[Any]:  # Any: what Valkey answers
        """An answer for each command; where Valkey refuses one, its answer is the error."""
        if self._broken:
            raise TransportAway("the connection to Valkey broke")
        packed = [pack_command(_words(command)) for command in commands]
        try:
            with asking():
                await self._connection.send_packed_command(packed, check_health=False)
                return [await self._answer() for _ in commands]
        except BaseException:
            await self.close()  # an answer may still be on its way
            raise

    async def _answer(self) -> Any:  # Any: what Valkey answers
        try:
            return await self._connection.read_response()
        except ResponseError as error:
            return error


def _words(command: Command) -> Any:  # Any: hiredis says a tuple of one, and takes any
    return tuple(command)


@asynccontextmanager
async def wire(valkey: Valkey) -> AsyncIterator[Wire]:
    """A connection that is closed in the end."""
    one = Wire(valkey)
    try:
        await one.open()
        yield one
    finally:
        await one.close()


@contextmanager
def asking() -> Iterator[None]:
    """What redis-py raises inside, Valkey's refusals included, is TransportAway."""
    try:
        with cancellable():
            yield
    except (RedisError, OSError) as error:
        raise TransportAway(f"Valkey does not answer: {error!r}") from error
