"""A request through the gateway is a span of its own between the client's and the service's."""

import pytest

from tests.chassis.fixtures_collector import Collector
from tests.fixtures import Serve
from tests.upstreams import Upstream


async def test_a_forwarded_request_is_a_part_of_its_trace(
    orders: Upstream,
    serve: Serve,
    traced: pytest.MonkeyPatch,
    collector: Collector,
) -> None:
    trace, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    client = await serve()

    await client.get("/api/v1/orders/7", headers={"traceparent": f"00-{trace}-{caller}-01"})

    [span] = await collector.until("GET /api/v1/orders")
    assert (span.trace_id, span.parent_id) == (trace, caller)
    assert orders.seen[0].header("traceparent") == f"00-{trace}-{span.span_id}-01"
    assert span.attributes["http.response.status_code"] == 200
    assert span.attributes["url.path"] == "/api/v1/orders/7"
