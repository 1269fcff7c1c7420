"""What one group gave up: a stream beside each stream that it reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator
from datetime import datetime
from typing import Any, Final

from redis.asyncio import Redis

from ..transport import DeadLetter
from .keys import Names
from .wire import asking

_PAGE: Final = 100
_OWN: Final = b"dlq-"


class StreamDeadLetters:
    """A dead letter's id is `<number of its stream>/<its id there>`."""

    def __init__(self, redis: Redis, names: Names) -> None:
        self._redis = redis
        self._names = names

    async def list(self) -> AsyncIterator[DeadLetter]:
        for number, stream in enumerate(self._names.streams):
            after = "-"
            while page := await self._page(self._names.dead(stream), after):
                for entry, fields in page:
                    yield _dead_letter(f"{number}/{entry.decode()}", fields)
                after = f"({page[-1][0].decode()}"

    async def replay(self, ids: Collection[str]) -> int:
        count = 0
        for key, entry in self._places(ids):
            for _, fields in await self._page(key, entry, entry):
                with asking():  # twice, if we end in between: the inbox takes it once
                    await self._redis.xadd(self._names.replay, _without_own(fields))
                    count += await self._redis.xdel(key, entry)
        return count

    async def purge(self, ids: Collection[str]) -> int:
        count = 0
        for key, entry in self._places(ids):
            with asking():
                count += await self._redis.xdel(key, entry)
        return count

    def _places(self, ids: Collection[str]) -> Iterator[tuple[str, str]]:
        """Raises ValueError for what is no id of a dead letter."""
        streams = self._names.streams
        for one in ids:
            number, _, entry = one.partition("/")
            if not number.isdecimal() or int(number) >= len(streams) or not _is_entry(entry):
                raise ValueError(f"{one} is no dead letter's id; they are like 2/1700000000000-0")
            yield self._names.dead(streams[int(number)]), entry

    async def _page(self, key: str, first: str, last: str = "+") -> Any:  # Any: as redis-py reads
        with asking():
            return await self._redis.xrange(key, first, last, count=_PAGE)


def _is_entry(text: str) -> bool:
    time, _, number = text.partition("-")
    return time.isdecimal() and number.isdecimal()


def _without_own(fields: dict[bytes, bytes]) -> Any:  # Any: redis-py's own idea of fields
    return {name: value for name, value in fields.items() if not name.startswith(_OWN)}


def _dead_letter(id: str, fields: dict[bytes, bytes]) -> DeadLetter:
    return DeadLetter(
        id=id,
        time=datetime.fromisoformat(fields[b"dlq-time"].decode()),
        reason=fields[b"dlq-reason"].decode(errors="replace"),
        attempts=int(fields[b"dlq-attempts"]),
        fields=_without_own(fields),
    )
