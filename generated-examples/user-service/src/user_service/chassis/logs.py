"""Structured logs: an event name and fields, JSON for machines, colours for a person.

Lines of other libraries (uvicorn, asyncpg, nexios) take the same way out.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from pydantic_core import to_json
from structlog.typing import Processor

from .context import current
from .settings import ServiceSettings

# Any: structlog's own type of an event dictionary.
Event = MutableMapping[str, Any]


class StandardOutput:
    """Where structlog writes: a line, at once, to what is standard output at that moment."""

    def msg(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    debug = info = warning = error = critical = msg


def configure(service: str, settings: ServiceSettings) -> None:
    """Send every log line of this process to standard output in the chosen format."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    console = settings.log_format == "console" or (settings.log_format == "auto" and _for_people())
    render: Processor = _console() if console else _json
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        _names(service),
        structlog.processors.TimeStamper(fmt="iso", key="time"),
    ]
    if not console:
        shared.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: StandardOutput(),
        cache_logger_on_first_use=True,
    )
    _adopt_standard_logging(level, shared, render)


def _adopt_standard_logging(level: int, shared: list[Processor], render: Processor) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _chomp, render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("nexios", "asyncio", "uvicorn.error"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _names(service: str) -> Processor:
    def add(_: object, __: str, event: Event) -> Event:
        event["service"] = service
        if request := current.get():
            event["request_id"] = request.request_id
            event["trace_id"] = request.trace_id
            event["span_id"] = request.span_id
        return event

    return add


def _chomp(_: object, __: str, event: Event) -> Event:
    event["event"] = str(event["event"]).rstrip()
    return event


def _json(_: object, __: str, event: Event) -> str:
    first = {name: event.pop(name, None) for name in ("time", "level", "event")}
    return to_json({**first, **event}, fallback=repr).decode()


def _console() -> Processor:
    colours = _for_people() and "NO_COLOR" not in os.environ
    return structlog.dev.ConsoleRenderer(colors=colours, timestamp_key="time")


def _for_people() -> bool:
    """Whether a terminal shows what we write, at once or through a supervisor that says so."""
    return sys.stdout.isatty() or "FORCE_COLOR" in os.environ
