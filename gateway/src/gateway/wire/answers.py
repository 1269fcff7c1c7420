"""What the client is told: an answer of a service completed, or one of the gateway's own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

import structlog

from ..chassis import context
from ..chassis.errors import ServiceError
from ..chassis.observe import SAFE_HEADERS
from ..chassis.problems import problem, title
from .contract import Header, Names
from .crossing import written

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE: Final = b"connection: close\r\n"
CHUNKED: Final = b"transfer-encoding: chunked\r\n"
UPGRADED: Final = b"connection: upgrade\r\nupgrade: websocket\r\n"

log = structlog.get_logger()


class Own(NamedTuple):
    """An answer that the gateway gives by itself."""

    status: int
    headers: tuple[Header, ...]
    body: bytes

    def written(self, *, close: bool, with_body: bool = True) -> bytes:
        lines = b"".join([written(name, value) for name, value in self.headers])
        end = CLOSE + b"\r\n" if close else b"\r\n"
        return status_line(self.status) + lines + end + (self.body if with_body else b"")


@cache
def status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {title(status)}\r\n".encode()


def own(
    status: int,
    headers: Iterable[Header],
    body: bytes,
    names: Names,
    *,
    more: Iterable[Header] = (),
) -> Own:
    """An answer with the ids, and the safe headers where it chose none."""
    chosen = [*headers, *more]
    known = {name for name, _ in chosen}
    if b"content-length" not in known and status >= 200 and status != 204:
        chosen.append((b"content-length", b"%d" % len(body)))
    chosen += [header for header in SAFE_HEADERS if header[0] not in known]
    return Own(status, (*chosen, *ids(names)), body)


def refusal(error: Exception, path: str, names: Names, more: Iterable[Header] = ()) -> Own:
    """The problem document of this error; one that nobody foresaw is logged, and not shown."""
    token = context.current.set(names.context())
    try:
        reply = problem({"path": path}, error)
    finally:
        context.current.reset(token)
    headers = [header for header in reply.raw_headers if header[0] != b"connection"]
    return own(reply.status_code, headers, bytes(reply._body), names, more=more)


def foreseen(error: Exception) -> ServiceError:
    """The error itself; for one that nobody foresaw, which is logged, the one that is shown."""
    if isinstance(error, ServiceError):
        return error
    log.error("edge.failed", exc_info=error)
    return ServiceError("something went wrong here; it has been logged")


def ids(names: Names) -> tuple[Header, Header]:
    return (
        (b"x-request-id", names.request_id),
        (b"x-trace-id", names.trace_id),
    )


def ending(names: Names, more: bytes) -> bytes:
    """The lines that end the head of every answer of a service."""
    return b"%bx-request-id: %b\r\nx-trace-id: %b\r\n" % (more, names.request_id, names.trace_id)


def location(sent: bytes, origin: str, public: bytes) -> bytes:
    """A place inside as it is reached from outside, as a line; other places stay."""
    path = sent.removeprefix(origin.encode())
    inside = path.startswith(b"/") and not path.startswith(b"//")
    return written(b"location", public + path if inside else sent)


def wants_closing(error: Exception) -> bool:
    return isinstance(error, ServiceError) and error.headers.get("connection") == "close"
