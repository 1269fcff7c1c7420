"""Identifiers: new ones, which sort by the time they were made, and those that are sent."""

from __future__ import annotations

import os
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62


def uuid7() -> UUID:
    """A UUID version 7 (RFC 9562, section 5.7) with sub-millisecond order.

    New rows land at the end of a primary key's index, and a list sorted by id is sorted by age.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    chance = int.from_bytes(os.urandom(8)) & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | _VERSION | fraction << 64 | _VARIANT | chance)


def uuid_of(text: str) -> UUID | None:
    """The UUID that is written here; None where it is none, as the `sub` of a service is not."""
    try:
        return UUID(text)
    except ValueError:
        return None
