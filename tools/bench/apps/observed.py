"""What the fitted FastAPI applications observe of a request, each in its own kind of middleware.

The same as our chassis: a structured access line, a counter and a histogram, a request id, a trace.
"""

import re
import secrets

import structlog
from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.make_filtering_bound_logger(20),
    logger_factory=structlog.PrintLoggerFactory(),
    cache_logger_on_first_use=True,
)
log = structlog.get_logger()

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
requests = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
seconds = Histogram("http_request_seconds", "Seconds to the answer.", ["method", "route"])
in_flight = Gauge("http_requests_in_flight", "Requests being answered.")


def begin(request_id: str, traceparent: str) -> tuple[str, str]:
    """The ids of a request; every log line until its end carries them."""
    if not REQUEST_ID.fullmatch(request_id):
        request_id = secrets.token_hex(16)
    parent = TRACEPARENT.fullmatch(traceparent)
    trace_id = parent[1] if parent else secrets.token_hex(16)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(
        service="peer", request_id=request_id, trace_id=trace_id, span_id=secrets.token_hex(8)
    )
    in_flight.inc()
    return request_id, trace_id


def end(scope, status: int, took: float) -> None:
    """Count and log an answered request."""
    in_flight.dec()
    method = scope["method"]
    route = getattr(scope.get("route"), "path", "unmatched")
    requests.labels(method, route, str(status)).inc()
    seconds.labels(method, route).observe(took)
    log.info(
        "http.request",
        method=method,
        path=scope["path"],
        route=route,
        status=status,
        ms=round(took * 1000, 2),
        client=scope["client"][0] if scope["client"] else None,
    )


def exposition() -> bytes:
    return generate_latest(REGISTRY)
