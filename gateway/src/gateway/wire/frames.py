"""Where one frame of a WebSocket ends and the next begins (RFC 6455, section 5.2)."""

from __future__ import annotations

from typing import Final

_LONG, _LONGER = 126, 127
_MASKED: Final = 0x80
_CLOSE: Final = 0x88
MASK: Final = b"\0\0\0\0"  # any will do: what is closed with it is no secret


class Frames:
    """Follows the frames that pass in one direction, without looking into them."""

    def __init__(self) -> None:
        self._left = 0  # of the frame that is passing
        self._begun = b""  # a header that is not complete yet

    @property
    def between(self) -> bool:
        """Is this a place where a frame may be put in?"""
        return not self._left and not self._begun

    def passing(self, data: bytes) -> None:
        if self._left >= len(data):
            self._left -= len(data)
            return
        if self._begun:
            data = self._begun + data
            self._begun = b""
        place, last = self._left, len(data) - 1
        while place < last:
            said = data[place + 1]
            if said < _LONG:  # short and not masked, as most are that a service sends
                place += 2 + said
                continue
            end = _end(data, place)
            if end is None:
                break
            place = end
        self._left = place - last - 1
        if self._left < 0:
            self._begun, self._left = data[place:], 0


def _end(data: bytes, place: int) -> int | None:
    """Where the frame ends that begins here; None if its header is not complete."""
    if place + 2 > len(data):
        return None
    said = data[place + 1]
    length, wide = said & 0x7F, 0
    if length >= _LONG:
        wide = 2 if length == _LONG else 8
    header = place + 2 + wide + (4 if said & _MASKED else 0)
    if header > len(data):
        return None
    if wide:
        length = int.from_bytes(data[place + 2 : place + 2 + wide])
    return header + length


def close_frame(code: int, *, masked: bool) -> bytes:
    """The frame that ends a conversation; a client masks what it sends."""
    payload = code.to_bytes(2)
    if masked:
        return bytes([_CLOSE, _MASKED | len(payload)]) + MASK + payload
    return bytes([_CLOSE, len(payload)]) + payload
