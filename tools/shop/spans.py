"""A collector of OpenTelemetry: which services had a part in a trace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Set
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from dev.ports import LOOPBACK


class Spans:
    """Takes spans by OTLP/HTTP; of each it keeps whose it is."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._services: defaultdict[str, set[str]] = defaultdict(set)

    def services(self, trace: str) -> Set[str]:
        """The services that had a part in this trace, as far as is known by now."""
        return self._services.get(trace, set())

    def take(self, body: bytes) -> None:
        for spans in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _service(spans.resource)
            for scope in spans.scope_spans:
                for span in scope.spans:
                    self._services[span.trace_id.hex()].add(service)


def _service(resource: Resource) -> str:
    names = [one.value.string_value for one in resource.attributes if one.key == "service.name"]
    return names[0] if names else "nobody"


@contextmanager
def collecting() -> Iterator[Spans]:
    """A collector at `url`, in threads of its own, until the block ends."""
    spans = Spans("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            spans.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        spans.url = f"http://{LOOPBACK}:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield spans
        server.shutdown()
        thread.join()
