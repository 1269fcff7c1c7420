"""Questions to a unit that is starting: do you answer yet?"""

import asyncio
from contextlib import suppress

from dev.ports import LOOPBACK
from dev.units import Probe

_TIMEOUT = 2.0


def tcp(port: int) -> Probe:
    """Ready when the port takes a connection."""

    async def probe(pid: int) -> bool:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            return False
        writer.close()
        return True

    return probe


def http(port: int, path: str, says: str = "") -> Probe:
    """Ready when a GET of the path answers 200, and its answer has this text in it."""

    async def probe(pid: int) -> bool:
        head, _, body = (await _get(port, path)).partition(b"\r\n\r\n")
        return _status(head) == 200 and says.encode() in body

    return probe


async def http_status(port: int, path: str) -> int | None:
    """The status that a GET answers with; None when nobody answers in time."""
    return _status(await _get(port, path))


async def _get(port: int, path: str) -> bytes:
    """All of the answer; nothing when nobody answers in time."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_TIMEOUT):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(
                    f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\n"
                    "User-Agent: readiness-probe\r\nConnection: close\r\n\r\n".encode()
                )
                return await reader.read()
            finally:
                writer.close()
    return b""


def _status(answer: bytes) -> int | None:
    words = answer.split(maxsplit=2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None
