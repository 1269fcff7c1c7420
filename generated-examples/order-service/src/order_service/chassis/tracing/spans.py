"""What a span says, before anything of OpenTelemetry is involved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from ..context import RequestContext

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Attribute = str | int | float | bool


@dataclass(slots=True)
class Span:
    """One piece of work: its name from a closed set, attributes named as OpenTelemetry names them.

    `error` is its `error.type`, a status or the name of an exception; None: it went well.
    """

    name: str
    kind: Kind = "internal"
    attributes: dict[str, Attribute] = field(default_factory=dict)
    error: str | None = None


class Recorder(Protocol):
    """Takes spans that have ended, and brings them away in its own time."""

    def record(self, context: RequestContext, span: Span, began: int, ended: int) -> None:
        """Keep a span with the ids of this context; times are nanoseconds since 1970."""
        ...

    async def close(self) -> None:
        """Bring away what is left, within a few seconds."""
        ...
