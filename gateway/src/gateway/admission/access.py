"""The access log: one line for every request, in the form of all other lines."""

from __future__ import annotations

from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from time import time
from typing import Protocol

import structlog

from ..chassis import logs
from ..chassis.settings import ServiceSettings
from ..wire.contract import Head, Outcome
from .output import Output

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
        )


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
        self._begun = f'"level":"info","event":"http.request","service":{quoted(name)}'
        self._second = 0
        self._clock = ""

    def write(self, kind: Kind, head: Head, outcome: Outcome) -> None:
        now = time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._clock = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        names = outcome.names
        rare = outcome.failure or outcome.retried
        self._output.write(
            f'{{"time":"{self._clock}.{int((now - second) * 1e6):06}Z",{self._begun},{kind.said},'
            f'"path":{quoted(head.path)},"ms":{outcome.seconds * 1000:.2f},'
            f'"client":{quoted(head.client)},"request_id":"{names.request_id.decode()}",'
            f'"trace_id":"{names.trace_id.decode()}"{_as_json(outcome) if rare else ""}}}\n'
        )


def _rare(outcome: Outcome) -> dict[str, object]:
    """What most requests have nothing to say about."""
    said: dict[str, object] = {}
    if outcome.failure:
        said |= {"failure": outcome.failure, "instance": outcome.instance}
    if outcome.retried:
        said["retried"] = True
    return said


def _as_json(outcome: Outcome) -> str:
    failed = f',"failure":{quoted(outcome.failure)},"instance":{quoted(outcome.instance)}'
    return (failed if outcome.failure else "") + (',"retried":true' if outcome.retried else "")
