"""A collector of OpenTelemetry: which services had a part in a trace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from dev.ports import LOOPBACK


@dataclass
class Spans:
    """Takes spans by OTLP/HTTP; of each it keeps whose it is."""

    url: str = ""
    _services: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def services(self, trace: str) -> Set[str]:
        """The services that had a part in this trace, as far as is known by now."""
        return self._services.get(trace, set())

    async def receive(self, request: web.Request) -> web.Response:
        message = ExportTraceServiceRequest.FromString(await request.read())
        for spans in message.resource_spans:
            service = _service(spans.resource)
            for scope in spans.scope_spans:
                for span in scope.spans:
                    self._services[span.trace_id.hex()].add(service)
        return web.Response()


def _service(resource: Resource) -> str:
    names = [one.value.string_value for one in resource.attributes if one.key == "service.name"]
    return names[0] if names else "nobody"


@asynccontextmanager
async def collecting() -> AsyncIterator[Spans]:
    """A collector at `url`, until the block ends."""
    spans = Spans()
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/v1/traces", spans.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        spans.url = f"http://{LOOPBACK}:{runner.addresses[0][1]}"
        yield spans
    finally:
        await runner.cleanup()
