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


def http(port: int, path: str) -> Probe:
    """Ready when a GET of the path answers 200."""

    async def probe(pid: int) -> bool:
        return await http_status(port, path) == 200

    return probe


async def http_status(port: int, path: str) -> int | None:
    """The status that a GET answers with; None when nobody answers in time."""
    with suppress(OSError, TimeoutError, ValueError, IndexError):
        async with asyncio.timeout(_TIMEOUT):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(
                    f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\n"
                    "User-Agent: readiness-probe\r\nConnection: close\r\n\r\n".encode()
                )
                return int((await reader.readline()).split()[1])
            finally:
                writer.close()
    return None
