"""What one group gave up of one topic: a subject of its own, beside the topic's stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import datetime
from typing import Final

from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from ..transport import DeadLetter
from .headers import attributes_of, fields_of, headers_of
from .link import asking, ensure, linked
from .names import Share

_OWN: Final = b"dlq-"


class JetStreamDeadLetters:
    """A dead letter's id is its number in the stream."""

    def __init__(self, url: str, share: Share) -> None:
        self._url = url
        self._share = share

    async def list(self) -> AsyncIterator[DeadLetter]:
        async with linked(self._url) as js:
            await ensure(js, self._share.topic)
            number = 0
            while (found := await self._at(js, number + 1, following=True)) is not None:
                assert found.seq is not None
                number = found.seq
                yield _dead_letter(found)

    async def replay(self, ids: Collection[str]) -> int:
        count = 0
        async with linked(self._url) as js:
            for number in _numbers(ids):
                found = await self._at(js, number)
                if found is None:
                    continue
                fields = _without_own(found)
                with asking():  # twice, if we end in between: the inbox takes it once
                    await js.publish(
                        self._share.replay,
                        found.data or b"",
                        headers=headers_of(attributes_of(fields)),
                    )
                    count += await js.delete_msg(self._share.topic.dead, number)
        return count

    async def purge(self, ids: Collection[str]) -> int:
        count = 0
        async with linked(self._url) as js:
            for number in _numbers(ids):
                if await self._at(js, number) is not None:
                    with asking():
                        count += await js.delete_msg(self._share.topic.dead, number)
        return count

    async def _at(
        self, js: JetStreamContext, number: int, *, following: bool = False
    ) -> RawStreamMsg | None:
        """The group's dead letter of this number, or the next one from there on."""
        subject = self._share.topic.dead_letters(self._share.group)
        with asking():
            try:
                found = await js.get_msg(
                    self._share.topic.dead,
                    seq=number,
                    subject=subject if following else None,
                    next=following,
                )
            except NotFoundError:
                return None
        return found if found.subject == subject else None


def _numbers(ids: Collection[str]) -> list[int]:
    """Raises ValueError for what is no id of a dead letter."""
    for one in ids:
        if not one.isdecimal():
            raise ValueError(f"{one} is no dead letter's id; they are numbers")
    return [int(one) for one in ids]


def _without_own(message: RawStreamMsg) -> dict[bytes, bytes]:
    fields = fields_of(message.headers, message.data or b"")
    return {name: value for name, value in fields.items() if not name.startswith(_OWN)}


def _dead_letter(message: RawStreamMsg) -> DeadLetter:
    fields = fields_of(message.headers, message.data or b"")
    return DeadLetter(
        id=str(message.seq),
        time=datetime.fromisoformat(fields[b"dlq-time"].decode()),
        reason=fields[b"dlq-reason"].decode(errors="replace"),
        attempts=int(fields[b"dlq-attempts"]),
        fields=_without_own(message),
    )
