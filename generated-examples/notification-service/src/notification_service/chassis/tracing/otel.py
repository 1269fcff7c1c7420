"""OpenTelemetry: spans in its SDK's form, sent in batches by a thread of their own.

Imported by nobody but `Tracing`, and only where a collector is named: it loads slowly.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from math import inf
from threading import Thread
from time import monotonic
from typing import Final

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags, TraceState
from opentelemetry.trace.status import Status, StatusCode

from ..context import RequestContext
from .spans import Span

FLUSH_SECONDS: Final = 2.0
REMIND_SECONDS: Final = 60.0

_KINDS: Final = {kind.name.lower(): kind for kind in SpanKind}
_FINE: Final = Status(StatusCode.UNSET)
_FAILED: Final = Status(StatusCode.ERROR)

log = structlog.get_logger()


class Exporter(SpanExporter):
    """Sends batches; what cannot be sent is lost, and said once a minute."""

    def __init__(self, endpoint: str) -> None:
        self._inner = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._quiet_until = 0.0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._inner.export(spans)
        if result is not SpanExportResult.SUCCESS and monotonic() >= self._quiet_until:
            self._quiet_until = monotonic() + REMIND_SECONDS
            log.warning("tracing.not_exported", spans=len(spans))
        return result

    def shutdown(self) -> None:
        """Give up: a sending that waits for its next try ends now, and says no more."""
        self._quiet_until = inf
        self._inner.shutdown()  # type: ignore[no-untyped-call]


class OtlpRecorder:
    """Turns spans into the SDK's, and leaves them to a bounded queue: recording never waits."""

    def __init__(self, exporter: Exporter, service: str, version: str) -> None:
        self._exporter = exporter
        self._processor = BatchSpanProcessor(exporter)
        self._resource = Resource.create({"service.name": service, "service.version": version})
        self._scope = InstrumentationScope(service, version)

    def record(self, context: RequestContext, span: Span, began: int, ended: int) -> None:
        failed = span.error is not None
        from_afar = span.kind in ("server", "consumer")
        self._processor.on_end(
            ReadableSpan(
                span.name,
                context=_ids(context, context.span_id),
                parent=_ids(context, context.parent_id, from_afar) if context.parent_id else None,
                resource=self._resource,
                attributes=span.attributes | ({"error.type": span.error} if failed else {}),
                kind=_KINDS[span.kind],
                status=_FAILED if failed else _FINE,
                start_time=began,
                end_time=ended,
                instrumentation_scope=self._scope,
            )
        )

    async def close(self) -> None:
        """Send what is left, for FLUSH_SECONDS at the most; then it is lost."""
        flush = Thread(target=self._processor.shutdown, name="tracing-flush", daemon=True)
        flush.start()
        await asyncio.to_thread(flush.join, FLUSH_SECONDS)
        if flush.is_alive():
            self._exporter.shutdown()
            log.warning("tracing.not_flushed")


def open_recorder(endpoint: str, service: str, version: str) -> OtlpRecorder:
    """A recorder that sends to the collector at this base URL; its thread runs from now on."""
    # The SDK complains of every try of every batch; Exporter says it once a minute.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    return OtlpRecorder(Exporter(endpoint), service, version)


def _ids(context: RequestContext, span_id: str, from_afar: bool = False) -> SpanContext:
    return SpanContext(
        trace_id=int(context.trace_id, 16),
        span_id=int(span_id, 16),
        is_remote=from_afar,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
        trace_state=TraceState.from_header([context.tracestate]),
    )
