"""The connections to the services: ask one instance, read its answer chunk by chunk.

This is the only module of the data plane that knows an HTTP client.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, Final, Self

import aiohttp
from yarl import URL

from ..balance.endpoint import Endpoint
from ..chassis.errors import BadGateway
from ..chassis.resource import Resource
from ..errors import BrokenAnswer, NoAnswer, Unreachable
from ..settings import UpstreamSettings
from ..wire import response
from ..wire.lines import Unsound
from ..wire.response import AnswerHead

# Shorter than the 5 s after which uvicorn closes: the other end never closes what we begin to use.
KEEP_ALIVE_SECONDS: Final = 4.0
MOST_HEADER_BYTES: Final = 32 * 1024
_ADDED_BY_AIOHTTP: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@dataclass(frozen=True, slots=True)
class Request:
    """What an instance is asked; every call of `body` begins to read it."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: Callable[[], AsyncIterator[bytes]] | None

    @classmethod
    def of(cls, head: bytes, body: Callable[[], AsyncIterator[bytes]] | None) -> Self:
        """The request with this head, as it would be written."""
        first, *lines = head[:-4].decode().split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.partition(": ") for line in lines)
        return cls(method, target, [(name, value) for name, _, value in pairs], body)


class Answer:
    """The head of an answer, and its body as it comes."""

    def __init__(self, response: aiohttp.ClientResponse, head: AnswerHead) -> None:
        self.head = head
        self._content = response.content

    async def next(self) -> tuple[bytes, bool]:
        """What came of the body, unchanged, and whether there is more; raises BrokenAnswer."""
        try:
            chunk = await self._content.readany()
        except (aiohttp.ClientError, OSError) as error:
            raise BrokenAnswer("the service ended in the middle of its answer") from error
        return chunk, not self._content.at_eof()


class Upstreams(Resource):
    """One pool of connections to all instances, bounded for each."""

    name: ClassVar[str] = "upstreams"

    def __init__(self, limits: UpstreamSettings) -> None:
        self._limits = limits

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                limit_per_host=self._limits.connections,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
            ),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._limits.connect_seconds),
            request_class=_AsWritten,
            cookie_jar=aiohttp.DummyCookieJar(),  # else one client's cookies go out with another's
            skip_auto_headers=_ADDED_BY_AIOHTTP,
            auto_decompress=False,
            max_line_size=MOST_HEADER_BYTES,
            max_field_size=MOST_HEADER_BYTES,
            middlewares=(_classify,),
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._session.close()

    @asynccontextmanager
    async def ask(self, endpoint: Endpoint, request: Request) -> AsyncIterator[Answer]:
        """The instance's answer; a connection whose answer was not read to its end is closed.

        Raises Unreachable, NoAnswer or BadGateway, and never repeats a request.
        """
        answered = await self._session.request(
            request.method,
            URL(endpoint.url + request.target, encoded=True),
            headers=request.headers,
            data=request.body() if request.body else None,
            allow_redirects=False,
        )
        try:
            yield Answer(answered, _judged(answered))
        finally:
            answered.close()


class _AsWritten(aiohttp.ClientRequest):
    """The head says how the body is framed, and aiohttp need not say it again."""

    def update_transfer_encoding(self) -> None:
        """Leave the header as it is."""


def _judged(answered: aiohttp.ClientResponse) -> AnswerHead:
    """The head by our own rules, which are stricter than aiohttp's."""
    lines = [b"%b: %b" % header for header in answered.raw_headers]
    first = b"HTTP/1.1 %d " % answered.status
    try:
        head = response.read(b"\r\n".join([first, *lines, b"", b""]))
    except Unsound as error:
        raise BadGateway("the service gave an answer that is no HTTP") from error
    if head.status < 200:
        raise BadGateway("the service gave an answer of no known kind")
    return head


async def _classify(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Tell what went wrong in our terms, before aiohttp repeats a request by itself."""
    try:
        return await send(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise Unreachable("no connection to the service could be made") from error
    except aiohttp.ClientResponseError as error:
        raise BadGateway("the service gave an answer that is no HTTP") from error
    except (aiohttp.ClientError, OSError) as error:
        raise NoAnswer("the service closed the connection before it answered") from error
