"""A collector of OpenTelemetry: takes spans by OTLP/HTTP on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Received:
    """One span as it arrived; ids in hexadecimal."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str | int]
    failed: bool
    seconds: float


class Collector:
    """Keeps every span; can hang instead of answering."""

    def __init__(self) -> None:
        self.spans: list[Received] = []
        self.hanging = False
        self.url = ""
        self._arrived = asyncio.Condition()

    async def receive(self, request: web.Request) -> web.Response:
        if self.hanging:
            await asyncio.Event().wait()
        message = ExportTraceServiceRequest.FromString(await request.read())
        for resource in message.resource_spans:
            for scope in resource.scope_spans:
                self.spans += [_received(span) for span in scope.spans]
        async with self._arrived:
            self._arrived.notify_all()
        return web.Response()

    async def until(self, *names: str) -> list[Received]:
        """The spans of these names, one each, in this order; waits up to 10 s for them."""
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: {one.name for one in self.spans} >= set(names))
        return [next(one for one in self.spans if one.name == name) for name in names]


def _received(span: Span) -> Received:
    values = {one.key: one.value for one in span.attributes}
    return Received(
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        attributes={key: value.string_value or value.int_value for key, value in values.items()},
        failed=span.status.code == 2,
        seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
    )


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield collector
    await runner.cleanup()


@pytest.fixture
def traced(bare_environment: pytest.MonkeyPatch, collector: Collector) -> pytest.MonkeyPatch:
    """The environment of services that send their spans to the collector, and soon."""
    bare_environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    bare_environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    return bare_environment
