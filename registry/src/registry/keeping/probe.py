"""One health check of one instance: bounded in time, in size and in where it leads.

A client of its own, because the registry makes thousands of these a second: one connection, one
GET to the pinned address, an answer that llhttp reads and nobody keeps.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import cache
from typing import Final, cast
from urllib.parse import urlsplit

import httptools

from ..instance.models import Instance, Outcome

MOST_BYTES: Final = 64 * 1024  # of the whole answer, its head included


class Prober:
    """Checks instances with one patience for all of them."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds

    async def probe(self, instance: Instance) -> Outcome:
        """Healthy is a 2xx answer of at most 64 KiB in time; a redirect is not followed.

        Never raises for what the other side does.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await _ask(instance)
        except TimeoutError:
            return Outcome.slow
        except OSError:  # a failed handshake of TLS is one too
            return Outcome.unreachable


async def _ask(instance: Instance) -> Outcome:
    parts = urlsplit(instance.url)
    secure = parts.scheme == "https"
    head = (
        f"GET {instance.health_check} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        "User-Agent: registry\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    )
    loop = asyncio.get_running_loop()
    exchange = Exchange(head.encode("ascii"), loop.create_future())
    transport, _ = await loop.create_connection(
        lambda: exchange,
        instance.address,
        parts.port or (443 if secure else 80),
        ssl=_verifying() if secure else None,
        server_hostname=parts.hostname if secure else None,
    )
    try:
        return await exchange.outcome
    finally:
        transport.abort()  # nothing more is wanted, and nothing is to linger


@cache
def _verifying() -> ssl.SSLContext:
    return ssl.create_default_context()


class Exchange(asyncio.Protocol):
    """Sends the request, and decides on the answer as early as can be."""

    def __init__(self, request: bytes, outcome: asyncio.Future[Outcome]) -> None:
        self.outcome = outcome
        self._request = request
        self._size = 0
        self._framed = False
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.WriteTransport, transport).write(self._request)  # uvloop's is none by name

    def data_received(self, data: bytes) -> None:
        if self.outcome.done():
            return
        self._size += len(data)
        if self._size > MOST_BYTES:
            self._decide(Outcome.too_large)
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:  # a callback's exception comes as one, too
            self._decide(Outcome.bad_answer)

    def connection_lost(self, error: Exception | None) -> None:
        """An answer of no stated length ends with its connection; any other was cut off."""
        whole = error is None and self._size and not self._framed
        self._decide(Outcome.passed if whole else Outcome.unreachable)
        del self._parser  # which knows us: so both go at once, and the collector has less to do

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._framed = True

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if not 100 <= status < 300:
            self._decide(Outcome.bad_status)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() >= 200:  # what comes before is "go on" and the like
            self._decide(Outcome.passed)

    def _decide(self, outcome: Outcome) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)
