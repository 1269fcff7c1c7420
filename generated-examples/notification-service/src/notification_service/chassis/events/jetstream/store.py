"""The bucket beside a topic's stream: values that change only from the revision that was read."""

from __future__ import annotations

from dataclasses import dataclass

from nats.js.errors import BadRequestError, KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from .link import asking


class Outdated(Exception):
    """Somebody else has changed the value since it was read."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a key holds, and the revision that the next one must follow; 0 where there is none."""

    data: bytes
    revision: int


async def read(bucket: KeyValue, key: str) -> Value:
    """Raises TransportAway."""
    with asking():
        try:
            entry = await bucket.get(key)
        except KeyNotFoundError as error:
            return Value(b"", (error.entry and error.entry.revision) or 0)
    return Value(entry.value or b"", entry.revision or 0)


async def write(bucket: KeyValue, key: str, data: bytes, revision: int) -> int:
    """The new revision; raises Outdated, and TransportAway where nobody knows."""
    with asking():
        try:
            return await bucket.update(key, data, last=revision)
        except (KeyWrongLastSequenceError, BadRequestError) as error:
            raise Outdated(f"{key} is another's") from error
