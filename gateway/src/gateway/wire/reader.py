"""The heads of one connection: what is like the one before is not judged again."""

from __future__ import annotations

import re
from typing import Final

from . import request
from .head import Head
from .peer import Peer
from .start import LONGEST_TARGET

# What may differ, the query and the ids, is sound if it has nothing but this in it.
_SOUND: Final = re.compile(rb"[!\"$-~]*")


class Reader:
    """A client repeats itself: its next head is the same, or has another query and other ids."""

    __slots__ = ("_head", "_peer", "_sent", "_shape")

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._sent = b""  # the head that came last
        self._head: Head | None = None
        self._shape: Shape | None = None

    def again(self, data: bytes) -> Head | None:
        """The head, if these bytes are one, as a whole, and like the last one."""
        if data == self._sent:
            return self._head
        return None if self._shape is None else self._shape.fit(data)

    def read(self, data: bytes) -> Head:
        """The request with this head, its empty line included; raises a ServiceError."""
        if known := self.again(data):
            return known
        before, head = self._head, request.read(data, self._peer)
        self._sent, self._head = data, head
        if before is None or before.block is not head.block or before.start is not head.start:
            self._shape = None
        elif head.start.usual and head.block.lasting and not head.upgrade:
            self._shape = Shape(data, head)
        return head


class Shape:
    """A head but for its query, of any length, and the ids, which keep their places."""

    __slots__ = ("_begun", "_fixed", "_head", "_ids", "_left")

    def __init__(self, data: bytes, head: Head) -> None:
        """`head` is what was read of `data`."""
        self._head = head
        self._begun = data[: data.find(b"?") + 1] if head.query else b""
        begun = data.find(b" ", len(self._begun)) if head.query else 0
        self._left = len(data) - begun
        # From where the query ends: the bytes that are the same again, and between them the ids.
        places = [found.span(2) for found in request.NAMING.finditer(data)]
        self._ids = [
            (name, first - begun, end - begun)
            for (name, _), (first, end) in zip(head.brought, places, strict=True)
        ]
        ends = [begun, *(end for _, end in places)]
        firsts = [*(first for first, _ in places), len(data)]
        self._fixed = [
            (end - begun, data[end:first]) for end, first in zip(ends, firsts, strict=True)
        ]

    def fit(self, data: bytes) -> Head | None:
        """The head that these bytes are, if they have this shape."""
        known, query, end = self._head, b"", 0
        if self._begun:
            if not data.startswith(self._begun):
                return None
            end = data.find(b" ", len(self._begun))
            query = data[len(self._begun) - 1 : end]
        if len(data) != end + self._left or end > LONGEST_TARGET:
            return None
        for place, fixed in self._fixed:
            if not data.startswith(fixed, end + place):
                return None
        brought = []
        differs = query
        for name, first, last in self._ids:
            one = data[end + first : end + last]
            brought.append((name, one))
            differs += one
        if not _SOUND.fullmatch(differs):
            return None
        return Head(known.start, known.block, known.origin, query, brought)
