import json
import re
from typing import Any

import pytest
from nexios.http import Request, Response

from gateway.chassis.context import current
from gateway.chassis.http import Reply
from gateway.chassis.routing import Router

from .fixtures_service import ClientOf

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def mirror() -> Router:
    router = Router()

    @router.get("/carried/{anything}")
    async def carried(request: Request, response: Response, anything: str) -> Any:
        context = current.get()
        assert context is not None
        return context.headers()

    @router.get("/framed")
    async def framed(request: Request, response: Response) -> Reply:
        return Reply(headers={"x-frame-options": "SAMEORIGIN"})

    return router


async def test_a_request_id_is_taken_and_answered(client_of: ClientOf) -> None:
    client = await client_of(mirror())

    answered = await client.get("/carried/x", headers={"x-request-id": "order-17.a_b"})

    assert answered.headers["x-request-id"] == "order-17.a_b"
    assert answered.json()["X-Request-Id"] == "order-17.a_b"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 129, "<script>"])
async def test_a_request_id_that_could_harm_a_log_is_replaced(
    client_of: ClientOf, sent: str
) -> None:
    client = await client_of(mirror())

    answered = await client.get("/carried/x", headers={"x-request-id": sent})

    assert re.fullmatch("[0-9a-f]{32}", answered.headers["x-request-id"])


async def test_a_trace_goes_on_with_a_span_of_our_own(client_of: ClientOf) -> None:
    client = await client_of(mirror())

    answered = await client.get(
        "/carried/x", headers={"traceparent": TRACEPARENT, "tracestate": "vendor=1"}
    )

    assert answered.headers["x-trace-id"] == TRACE
    assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-01", answered.json()["traceparent"])
    assert "00f067aa0ba902b7" not in answered.json()["traceparent"]
    assert answered.json()["tracestate"] == "vendor=1"


@pytest.mark.parametrize(
    "sent",
    [
        "ff" + TRACEPARENT[2:],
        TRACEPARENT.replace(TRACE, "0" * 32),
        TRACEPARENT.replace("00f067aa0ba902b7", "0" * 16),
        TRACEPARENT.upper(),
        "nonsense",
    ],
)
async def test_a_malformed_traceparent_starts_a_new_trace(client_of: ClientOf, sent: str) -> None:
    client = await client_of(mirror())

    answered = await client.get("/carried/x", headers={"traceparent": sent})

    assert re.fullmatch("[0-9a-f]{32}", answered.headers["x-trace-id"])
    assert answered.headers["x-trace-id"] != TRACE


async def test_a_bare_trace_id_is_taken_where_there_is_no_traceparent(client_of: ClientOf) -> None:
    client = await client_of(mirror())

    answered = await client.get("/carried/x", headers={"x-trace-id": TRACE})

    assert answered.headers["x-trace-id"] == TRACE


async def test_every_request_has_one_access_line_with_its_ids(
    client_of: ClientOf, capsys: pytest.CaptureFixture[str]
) -> None:
    client = await client_of(mirror())

    await client.get("/carried/x", headers={"x-request-id": "r-1", "traceparent": TRACEPARENT})

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [access] = [line for line in lines if line["event"] == "http.request"]
    assert access["request_id"] == "r-1"
    assert access["trace_id"] == TRACE
    assert (access["method"], access["route"]) == ("GET", "/carried/{anything}")
    assert (access["status"], access["path"]) == (200, "/carried/x")


async def test_answers_carry_safe_headers(client_of: ClientOf) -> None:
    client = await client_of(mirror())

    headers = (await client.get("/carried/x")).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "server" not in headers


async def test_a_handler_may_choose_a_safe_header_itself(client_of: ClientOf) -> None:
    client = await client_of(mirror())

    assert (await client.get("/framed")).headers.get_list("x-frame-options") == ["SAMEORIGIN"]


async def test_requests_are_counted_by_route_template(client_of: ClientOf) -> None:
    client = await client_of(mirror())
    await client.get("/carried/one")
    await client.get("/carried/two")

    metrics = (await client.get("/metrics")).text

    counted = 'http_requests_total{method="GET",route="/carried/{anything}",status="200"} 2.0'
    assert counted in metrics
    assert 'http_request_duration_seconds_count{method="GET",route="/carried/{anything}"} 2.0' in (
        metrics
    )


async def test_strange_methods_and_paths_make_no_new_series(client_of: ClientOf) -> None:
    client = await client_of(mirror())
    await client.request("PROPFIND", "/coffee")
    await client.request("MKCOL", "/tea")

    metrics = (await client.get("/metrics")).text

    assert 'http_requests_total{method="other",route="unmatched",status="404"} 2.0' in metrics


async def test_metrics_tell_of_the_process_and_of_requests_in_flight(client_of: ClientOf) -> None:
    client = await client_of(mirror())

    metrics = (await client.get("/metrics")).text

    assert "http_requests_in_flight 1.0" in metrics
    assert "process_resident_memory_bytes" in metrics
