"""Keyset pages: `?limit=&cursor=` answered with `{"items": […], "next_cursor": …}`.

A cursor is opaque to the caller: the last row's key with a checksum, so that a cursor that was
changed, cut or taken from another list is refused and never read as a place.  A key of several
columns is one string, as the repository chooses to write it.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from .errors import InvalidCursor

Item = TypeVar("Item")
Key = TypeVar("Key")

_CHECKSUM_BYTES = 6
_LONGEST = 2048  # a name of 200 characters is a key as well


class PageQuery(BaseModel):
    """The query string of a list; extend it with filters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=_LONGEST)


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None


def page(rows: Sequence[Item], limit: int, cursor_of: Callable[[Item], str]) -> Page[Item]:
    """A page of at most `limit` of these rows; ask the database for `limit + 1`."""
    items = list(rows[:limit])
    more = len(rows) > limit
    return Page(items=items, next_cursor=cursor_of(items[-1]) if more else None)


def encode(scope: str, key: str) -> str:
    """The cursor that means: go on after `key` in the list called `scope`."""
    raw = key.encode()
    return urlsafe_b64encode(_checksum(scope, raw) + raw).rstrip(b"=").decode()


def decode(scope: str, cursor: str, read: Callable[[str], Key]) -> Key:
    """The key in `cursor`, as `read` understands it; raises InvalidCursor for any other text.

    The checksum finds accidents, and is no signature: a key that somebody made up is `read` as
    well, and refused where that raises ValueError.
    """
    try:
        sealed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        key = sealed[_CHECKSUM_BYTES:].decode()
        if encode(scope, key) != cursor or "\0" in key:  # PostgreSQL takes no NUL
            raise InvalidCursor
        return read(key)
    except ValueError:
        raise InvalidCursor from None


def _checksum(scope: str, raw: bytes) -> bytes:
    return blake2b(scope.encode() + b"\0" + raw, digest_size=_CHECKSUM_BYTES).digest()
