"""The access log: one line for every request, in the form of all other lines."""

from __future__ import annotations

from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from time import time
from typing import Final, Protocol

import structlog

from ..chassis import logs
from ..chassis.settings import ServiceSettings
from ..wire.contract import Head, Outcome
from .output import Output

_MOST_WRITTEN: Final = 4096
_HUNDREDS: Final = tuple([b"%02d" % number for number in range(100)])
_THOUSANDS: Final = tuple([b"%03d" % number for number in range(1000)])

log = structlog.get_logger()


class Kind:
    """What many requests have in common; `said` is that as the middle of a line of JSON."""

    __slots__ = ("method", "route", "said", "service", "status")

    def __init__(self, method: str, route: str, service: str, status: int) -> None:
        self.method = method
        self.route = route
        self.service = service
        self.status = status
        self.said = (
            f'"method":{quoted(method)},"route":{quoted(route)},'
            f'"upstream":{quoted(service)},"status":{status}'
        ).encode()


class AccessLog(Protocol):
    def write(self, kind: Kind, head: Head, outcome: Outcome) -> None:
        """Tell how this request ended."""


def access_log(name: str, settings: ServiceSettings, output: Output) -> AccessLog:
    """The quickest one that writes lines as these settings want them."""
    return Lines(name, output) if logs.plain(settings) else Structured()


class Structured:
    """By structlog, as everything else is logged."""

    def write(self, kind: Kind, head: Head, outcome: Outcome) -> None:
        log.info(
            "http.request",
            method=kind.method,
            route=kind.route,
            upstream=kind.service,
            status=kind.status,
            path=head.path,
            ms=round(outcome.seconds * 1000, 2),
            client=head.client,
            request_id=outcome.names.request_id.decode(),
            trace_id=outcome.names.trace_id.decode(),
            **_rare(outcome),
        )


class Lines:
    """The same as JSON, written here: structlog's way to a line takes longer than the request."""

    def __init__(self, name: str, output: Output) -> None:
        self._output = output
        self._begun = f'"level":"info","event":"http.request","service":{quoted(name)}'.encode()
        self._second = 0
        self._clock = b""
        self._written = _Written()

    def write(self, kind: Kind, head: Head, outcome: Outcome) -> None:
        now = time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._clock = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()
        names, written = outcome.names, self._written
        micro, hundredths = int((now - second) * 1e6), int(outcome.seconds * 1e5 + 0.5)
        self._output.write(
            b'{"time":"%b.%b%bZ",%b,%b,"path":%b,"ms":%b.%b,"client":%b,'
            b'"request_id":"%b","trace_id":"%b"%b}\n'
            % (
                self._clock,
                _THOUSANDS[micro // 1000],  # numbers that are written already: to format them
                _THOUSANDS[micro % 1000],  # would be half of the line's time
                self._begun,
                kind.said,
                written[head.start.path],
                str(hundredths // 100).encode(),
                _HUNDREDS[hundredths % 100],
                written[head.origin.client],
                names.request_id,
                names.trace_id,
                _as_json(outcome) if outcome.failure or outcome.retried else b"",
            )
        )


class _Written(dict[str, bytes]):
    """Texts as JSON; those that come again are known."""

    def __missing__(self, text: str) -> bytes:
        if len(self) >= _MOST_WRITTEN:
            self.clear()
        self[text] = found = quoted(text).encode()
        return found


def _rare(outcome: Outcome) -> dict[str, object]:
    """What most requests have nothing to say about."""
    said: dict[str, object] = {}
    if outcome.failure:
        said |= {"failure": outcome.failure, "instance": outcome.instance}
    if outcome.retried:
        said["retried"] = True
    return said


def _as_json(outcome: Outcome) -> bytes:
    failed = f',"failure":{quoted(outcome.failure)},"instance":{quoted(outcome.instance)}'
    said = (failed if outcome.failure else "") + (',"retried":true' if outcome.retried else "")
    return said.encode()
