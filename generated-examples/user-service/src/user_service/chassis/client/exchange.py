"""One attempt: a request to one instance, within its limits."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from ..deferred import aiohttp
from ..errors import BadGateway
from ..tracing import Attribute
from .answer import Answer
from .call import Call, Limits
from .errors import TooSlow, Unreachable


class AnswerTooLarge(ValueError):
    """The body is larger than the limit."""


class Exchange:
    """Sends requests through one session, with a bounded answer and no redirect followed."""

    def __init__(self, session: aiohttp.ClientSession, *, answer_limit: int) -> None:
        self._session = session
        self._answer_limit = answer_limit

    async def send(
        self, call: Call, instance: str, headers: Mapping[str, str], limits: Limits
    ) -> Answer:
        """The answer, whatever its status.

        Raises Unreachable, TooSlow, or BadGateway for what is no answer at all.
        """
        timeout = aiohttp.ClientTimeout(
            total=limits.total, sock_connect=limits.connect, sock_read=limits.read
        )
        try:
            async with self._session.request(
                call.method,
                instance + call.target,
                data=call.body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                body = await read_within(response, self._answer_limit)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            # The connection was not made, so nothing was sent: this is safe to repeat.
            raise Unreachable(call.service, sent=False) from error
        except TimeoutError as error:
            raise TooSlow(call.service) from error
        except AnswerTooLarge as error:
            raise BadGateway(f"{call.service} answered too much") from error
        except aiohttp.ClientError as error:
            raise Unreachable(call.service, sent=True) from error
        named = {name.lower(): value for name, value in response.headers.items()}
        return Answer(call.service, response.status, named, body)


async def read_within(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The whole body; raises AnswerTooLarge instead of keeping more than `limit` bytes of it."""
    pieces, length = [], 0
    async for piece in response.content.iter_any():
        length += len(piece)
        if length > limit:
            response.close()
            raise AnswerTooLarge
        pieces.append(piece)
    return b"".join(pieces)


def span_attributes(call: Call, instance: str, attempt: int) -> dict[str, Attribute]:
    """The attempt in OpenTelemetry's words for HTTP clients; the query stays untold."""
    address = urlsplit(instance)
    attributes: dict[str, Attribute] = {
        "http.request.method": call.method,
        "peer.service": call.service,
        "server.address": address.hostname or "",
        "server.port": address.port or (443 if address.scheme == "https" else 80),
        "url.full": instance + call.path,
    }
    if attempt > 1:
        attributes["http.request.resend_count"] = attempt - 1
    return attributes
