"""Structured logs: an event name and fields, JSON for machines, colours for a person.

Lines of other libraries (uvicorn, asyncpg, nexios) take the same way out.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping, Sequence
from datetime import UTC, datetime
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
    chain: list[Processor] = structlog.get_config()["processors"]
    chain[:] = _json(service) if _for_machines(settings) else _console(service)
    structlog.configure(
        processors=chain,  # always the same list: a logger that was used before goes on with it
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: StandardOutput(),
        cache_logger_on_first_use=True,
    )
    _adopt_standard_logging(level, chain)


def plain(settings: ServiceSettings) -> bool:
    """Whether a line of level info is written, and as JSON."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    return level <= logging.INFO and _for_machines(settings)


def _adopt_standard_logging(level: int, chain: Sequence[Processor]) -> None:
    handler = logging.StreamHandler(sys.stdout)
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=[without_meta, _chomp, *chain])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("nexios", "asyncio", "uvicorn.error"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _chomp(_: object, __: str, event: Event) -> Event:
    event["event"] = str(event["event"]).rstrip()
    return event


def _json(service: str) -> list[Processor]:
    """The whole line at once: every request writes one, and a step for each part costs more."""

    def render(_: object, level: str, event: Event) -> str:
        line = {
            "time": datetime.now(UTC),
            "level": level,
            "event": event.pop("event", None),
            **event,
            **_names(service),
        }
        return to_json(line, fallback=repr).decode()

    return [structlog.processors.format_exc_info, render]


def _names(service: str) -> dict[str, str]:
    request = current.get()
    if request is None:
        return {"service": service}
    return {
        "service": service,
        "request_id": request.request_id,
        "trace_id": request.trace_id,
        "span_id": request.span_id,
    }


def _console(service: str) -> list[Processor]:
    def add_names(_: object, __: str, event: Event) -> Event:
        event.update(_names(service))
        return event

    colours = _for_people() and "NO_COLOR" not in os.environ
    return [
        structlog.stdlib.add_log_level,
        add_names,
        structlog.processors.TimeStamper(fmt="iso", key="time"),
        structlog.dev.ConsoleRenderer(colors=colours, timestamp_key="time"),
    ]


def _for_machines(settings: ServiceSettings) -> bool:
    return settings.log_format == "json" or (settings.log_format == "auto" and not _for_people())


def _for_people() -> bool:
    """Whether a terminal shows what we write, at once or through a supervisor that says so."""
    return sys.stdout.isatty() or "FORCE_COLOR" in os.environ
