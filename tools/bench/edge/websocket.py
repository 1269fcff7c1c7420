"""Messages of WebSockets after the handshake: one by one, many on the way, and large ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tools.bench.bench import Bench, CannotMeasure
from tools.bench.edge import scenes
from tools.bench.edge.field import field
from tools.bench.edge.gateway import SERVICE
from tools.bench.edge.heads import Heads
from tools.bench.edge.issuer import token
from tools.bench.edge.proxies import sink
from tools.bench.edge.scenes import conversation
from tools.bench.edge.talk import Talk
from tools.bench.figures import Figure

SMALL_BYTES: Final = 64
LARGE_BYTES: Final = 2**16
AHEAD: Final = 16
GOALS: Final = {"nginx": 0.8}
_HANDSHAKE: Final = {
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "Upgrade": "websocket",
}
_MASK: Final = b"\0\0\0\0"


def figures(bench: Bench) -> Iterator[Figure]:
    one_by_one, many = talk_of(SMALL_BYTES, 1), talk_of(SMALL_BYTES, AHEAD)
    asked = [
        conversation(f"WebSocket message of {SMALL_BYTES} bytes", one_by_one, GOALS),
        conversation(f"WebSocket message, {AHEAD} on the way", many, GOALS),
        conversation("WebSocket message of 64 KiB", talk_of(LARGE_BYTES, 1), GOALS),
    ]
    with field(bench, sink(bench), applications={}) as everybody:
        yield from scenes.figures(asked, everybody)


def talk_of(size: int, ahead: int) -> Talk:
    greeting = Heads("GET", f"/ws/{SERVICE}?bytes={size}", tokens=[token("user")], more=_HANDSHAKE)
    answer = frame_head(size, masked=False)

    def length(begin: bytes) -> int:
        if not begin.startswith(answer):
            raise CannotMeasure(f"a message was answered with {begin[:40]!r}")
        return len(answer) + size

    said = frame_head(size, masked=True) + b"x" * size
    return Talk(said, length, ahead=ahead, greeting=greeting.message())


def frame_head(size: int, *, masked: bool) -> bytes:
    """Of a binary message (RFC 6455, section 5.2); with this mask, all zero, it is as it was."""
    if size < 126:
        written, wide = size, b""
    elif size < 2**16:
        written, wide = 126, size.to_bytes(2)
    else:
        written, wide = 127, size.to_bytes(8)
    mask = _MASK if masked else b""
    return bytes([0x82, written | (0x80 if masked else 0)]) + wide + mask
