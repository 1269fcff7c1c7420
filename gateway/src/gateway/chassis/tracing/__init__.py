"""Traces: spans of requests, statements, commands and calls, sent by OTLP/HTTP to a collector.

Set OTEL_EXPORTER_OTLP_ENDPOINT and they are recorded; without it nothing of OpenTelemetry is even
imported.  The ids are those of `chassis.context`, so a log line, an error and a span of the same
request name the same trace.  A use case may add spans of its own:

    with Tracing.of(request).span("price.calculate") as span:
        span.attributes["lines"] = len(cart.lines)
"""

from __future__ import annotations

from .settings import TracingSettings
from .spans import Attribute, Kind, Span
from .tracer import Tracing

__all__ = ["Attribute", "Kind", "Span", "Tracing", "TracingSettings"]
