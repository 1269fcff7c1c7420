"""The events of every topic as Valkey keeps them: a stream each, and a message when one is added.

An event's id is `<epoch>-<seq>`: `seq` rises by one, and the epoch (in milliseconds) is the time
at which the stream began.  A stream that expired, or was lost, begins again in another epoch, so
that nobody takes its events for the continuation of what was there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from ..valkey import Valkey

KEPT_EVENTS: Final = 1000
KEPT_SECONDS: Final = 24 * 3600

_PUBLISH: Final = """
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local epoch, seq
if last then
  epoch, seq = string.match(last[1], '(%d+)-(%d+)')
else
  local time = redis.call('TIME')
  epoch, seq = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), 0
end
local id = string.format('%s-%.0f', epoch, seq + 1)
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[2], id, 'body', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', KEYS[1], id .. ' ' .. ARGV[1])
return id
"""


class Position(NamedTuple):
    """A place in the events of a topic."""

    epoch: int
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Self:
        epoch, _, seq = text.partition("-")
        return cls(int(epoch), int(seq))

    def has(self, other: Position) -> bool:
        """Whether the other is here or before, in the same epoch."""
        return self.epoch == other.epoch and self.seq >= other.seq

    def leads_to(self, other: Position) -> bool:
        """Whether nothing lies between this one and the other."""
        same = self.epoch == other.epoch or self == START
        return same and self.seq + 1 == other.seq


START: Final = Position(0, 0)  # before the first event that ever was


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `body` is the JSON object of its type and data."""

    position: Position
    body: str

    @classmethod
    def heard(cls, message: bytes) -> Event:
        """The event that a message brings."""
        position, _, body = message.decode().partition(" ")
        return cls(Position.parse(position), body)


@dataclass(frozen=True, slots=True)
class Page:
    """The events after a position; `lost` if some of them are gone. `last` is the newest of all."""

    events: Sequence[Event]
    lost: bool
    last: Position


class Streams:
    """The streams of one service.  Every method raises ValkeyAway if Valkey does not answer."""

    def __init__(self, valkey: Valkey, service: str) -> None:
        self._valkey = valkey
        self._prefix = f"rts:{service}:"
        self._publish = valkey.client.register_script(_PUBLISH)

    def key(self, channel: str) -> str:
        """The name of the channel's stream, and of its messages."""
        return f"{self._prefix}{channel}"

    def channel(self, key: str) -> str:
        """The channel that a key belongs to."""
        return key.removeprefix(self._prefix)

    async def publish(self, channel: str, body: str) -> Position:
        """Add an event and tell every replica."""
        with self._valkey.attempt():
            added = await self._publish(
                keys=[self.key(channel)], args=[body, KEPT_EVENTS, KEPT_SECONDS]
            )
        return Position.parse(added.decode())

    async def remove(self, channel: str) -> None:
        """Keep nothing of this channel; its next event begins another epoch."""
        with self._valkey.attempt() as client:
            await client.delete(self.key(channel))

    async def last(self, channel: str) -> Position:
        """The newest position; START where there is no event."""
        with self._valkey.attempt() as client:
            newest = await client.xrevrange(self.key(channel), count=1)
        return _event(newest[0]).position if newest else START

    async def after(self, channel: str, position: Position, *, count: int = 100) -> Page:
        """The next events after this position, at most `count`."""
        key = self.key(channel)
        with self._valkey.attempt() as client:
            async with client.pipeline(transaction=True) as pipe:
                pipe.xrange(key, count=1)
                pipe.xrevrange(key, count=1)
                pipe.xrange(key, min=f"({position}", count=count)
                oldest, newest, next_ones = await pipe.execute()
        if not newest:
            return Page([], lost=position != START, last=START)
        first, last = _event(oldest[0]).position, _event(newest[0]).position
        kept = last.has(position) and position.seq >= first.seq
        if not kept and not position.leads_to(first):
            return Page([], lost=True, last=last)
        return Page([_event(one) for one in next_ones], lost=False, last=last)


def _event(entry: Any) -> Event:  # Any: as redis-py reads an entry of a stream
    position, fields = entry
    return Event(Position.parse(position.decode()), fields[b"body"].decode())
