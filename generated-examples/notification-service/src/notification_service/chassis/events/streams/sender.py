"""The way into the streams of one topic.

With `appendfsync everysec` Valkey acknowledges up to about a second before an event is on its disk,
and while a sync takes its time an event may even be in its memory alone.  So a second connection
sets a mark after what was sent, and asks with WAITAOF when the mark is on the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Final

from redis.exceptions import ResponseError

from ..delivery import TransportAway
from ..envelope import Envelope, partition_of, private
from .keys import part_key, part_keys
from .wire import Command, Wire, Word

_PATIENCE_SECONDS: Final = 5.0  # a server that syncs so rarely, or never, is believed


class StreamSender:
    """Adds events to their streams; broken for ever once Valkey was away."""

    def __init__(self, topic: str, line: Wire, witness: Wire, longest: int) -> None:
        self._topic = topic
        self._line = line
        self._witness = witness
        self._longest = longest
        self._sent = 0
        self._marked = 0
        self._marked_at = 0.0
        self._settled = 0
        self._full = False

    async def open(self) -> None:
        await self._line.open()
        await self._witness.open()
        self._look_at(await self._line.ask(*self._lengths))

    async def send(self, envelopes: Sequence[Envelope]) -> None:
        if self._full:
            raise TransportAway(f"{self._topic} has {self._longest} events that wait to be handled")
        adding = [self._command(envelope) for envelope in envelopes]
        # All or nothing: a full Valkey must not refuse one and take the next of the same subject.
        answers = await self._line.ask(("MULTI",), *adding, ("EXEC",), *self._lengths)
        added = answers[len(adding) + 1]
        for one in added if isinstance(added, list) else [added]:
            if isinstance(one, ResponseError):
                raise TransportAway(f"Valkey refuses an event: {one}")
        self._look_at(answers[len(adding) + 2 :])
        self._sent += len(envelopes)

    async def settled(self) -> int:
        if self._settled == self._sent:
            return self._settled
        if self._marked == self._settled:
            await self._witness.ask(("SET", f"{part_key(self._topic, 0)}:mark", self._sent))
            self._marked, self._marked_at = self._sent, monotonic()
        [on_disk] = await self._witness.ask(("WAITAOF", 1, 0, 1))
        late = monotonic() - self._marked_at > _PATIENCE_SECONDS
        # An error: this server has no append-only file, or is too old to say.
        if late or isinstance(on_disk, ResponseError) or on_disk[0] > 0:
            await self._line.ask(("PING",))  # the server is still the one that we sent to
            self._settled = self._marked
        return self._settled

    @property
    def _lengths(self) -> list[Command]:
        keys = [*part_keys(self._topic), *part_keys(private(self._topic))]
        return [("XLEN", key) for key in keys]

    def _look_at(self, lengths: Sequence[int]) -> None:
        self._full = max(lengths) > self._longest

    def _command(self, envelope: Envelope) -> Command:
        topic = private(self._topic) if envelope.private else self._topic
        words: list[Word] = ["XADD", part_key(topic, partition_of(envelope.subject)), "*"]
        for name, value in envelope.attributes().items():
            words += (name, value)
        return [*words, "data", envelope.data]
