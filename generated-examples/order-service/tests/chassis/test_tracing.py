import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from nexios.http import Request, Response

from order_service.chassis import client, health
from order_service.chassis.application import Application, Blueprint
from order_service.chassis.client import Client
from order_service.chassis.context import begin, current
from order_service.chassis.features import BLUEPRINT
from order_service.chassis.policy import PUBLIC
from order_service.chassis.routing import Router
from order_service.chassis.settings import Misconfigured
from order_service.chassis.tracing import Tracing

from .fixtures_collector import Collector
from .fixtures_service import client_for
from dev.ports import free_port

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
KEPT = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
NOT_KEPT = {"traceparent": f"00-{TRACE}-{PARENT}-00"}

Serve = Callable[..., Awaitable[httpx.AsyncClient]]


def greetings() -> Router:
    router = Router(policy=PUBLIC)

    @router.get("/greetings/{name}")
    async def greet(request: Request, response: Response, name: str) -> Any:
        with Tracing.of(request).span("greeting.compose") as span:
            span.attributes["letters"] = len(name)
        context = current.get()
        assert context is not None
        return {"traceparent": context.traceparent}

    @router.get("/broken")
    async def broken(request: Request, response: Response) -> Any:
        raise ZeroDivisionError

    return router


def relay() -> Router:
    """A route that asks the greeting-service."""
    router = Router(policy=PUBLIC)

    @router.get("/relay")
    async def pass_on(request: Request, response: Response) -> Any:
        answer = await Client.of(request).get("greeting-service", "/greetings/you")
        return json.loads(answer.body)

    return router


@pytest.fixture
async def serve(traced: pytest.MonkeyPatch) -> AsyncIterator[Serve]:
    """Run traced services with the given routes, all at once."""
    async with AsyncExitStack() as stack:

        async def start(*routers: Router) -> httpx.AsyncClient:
            app = Application(Blueprint(BLUEPRINT.name, "test", [client, health]))
            app.include(*routers)
            return await stack.enter_async_context(client_for(app))

        yield start


async def test_a_request_is_a_span_that_continues_the_callers_trace(
    serve: Serve, collector: Collector
) -> None:
    http = await serve(greetings())

    await http.get("/greetings/you", headers=KEPT)
    [span] = await collector.until("GET /greetings/{name}")

    assert (span.trace_id, span.parent_id, span.kind) == (TRACE, PARENT, "server")
    assert span.attributes["http.route"] == "/greetings/{name}"
    assert span.attributes["url.path"] == "/greetings/you"
    assert span.attributes["http.response.status_code"] == 200
    assert not span.failed


async def test_logs_answers_and_spans_name_the_same_ids(
    serve: Serve, collector: Collector, capsys: pytest.CaptureFixture[str]
) -> None:
    http = await serve(greetings())

    answered = await http.get("/greetings/you")
    [span] = await collector.until("GET /greetings/{name}")

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [access] = [line for line in lines if line["event"] == "http.request"]
    assert (access["trace_id"], access["span_id"]) == (span.trace_id, span.span_id)
    assert answered.headers["x-trace-id"] == span.trace_id


async def test_work_of_ones_own_is_a_part_of_the_request(
    serve: Serve, collector: Collector
) -> None:
    http = await serve(greetings())

    await http.get("/greetings/you")
    whole, part = await collector.until("GET /greetings/{name}", "greeting.compose")

    assert (part.trace_id, part.parent_id) == (whole.trace_id, whole.span_id)
    assert part.attributes == {"letters": 3}
    assert part.seconds <= whole.seconds


async def test_one_trace_goes_from_a_request_over_a_call_to_the_next_service(
    serve: Serve, collector: Collector, traced: pytest.MonkeyPatch
) -> None:
    second = await serve(greetings())
    traced.setenv("CLIENT_TARGETS", f"greeting-service={second.base_url}")
    first = await serve(relay())

    await first.get("/relay", headers=KEPT)
    asked, called, answered = await collector.until("GET /relay", "GET", "GET /greetings/{name}")

    assert {asked.trace_id, called.trace_id, answered.trace_id} == {TRACE}
    assert (asked.parent_id, called.parent_id) == (PARENT, asked.span_id)
    assert answered.parent_id == called.span_id
    assert (asked.kind, called.kind, answered.kind) == ("server", "client", "server")
    assert called.attributes["peer.service"] == "greeting-service"
    assert called.attributes["http.response.status_code"] == 200


async def test_an_error_marks_the_span(serve: Serve, collector: Collector) -> None:
    http = await serve(greetings())

    await http.get("/broken")
    [span] = await collector.until("GET /broken")

    assert span.failed
    assert span.attributes["error.type"] == "500"


async def test_a_trace_that_the_caller_does_not_keep_is_not_kept_here(
    serve: Serve, collector: Collector
) -> None:
    http = await serve(greetings())

    unkept = await http.get("/greetings/you", headers=NOT_KEPT)
    kept = await http.get("/greetings/you")
    await collector.until("GET /greetings/{name}")

    assert unkept.json()["traceparent"].endswith("-00")
    assert kept.json()["traceparent"].endswith("-01")
    assert TRACE not in {span.trace_id for span in collector.spans}


async def test_of_the_traces_that_begin_here_a_share_is_kept(
    serve: Serve, collector: Collector, traced: pytest.MonkeyPatch
) -> None:
    traced.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    traced.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    http = await serve(greetings())
    below, above = TRACE[:16] + "7" * 16, TRACE[:16] + "8" * 16

    kept = await http.get("/greetings/you", headers={"x-trace-id": below})
    unkept = await http.get("/greetings/you", headers={"x-trace-id": above})

    assert kept.json()["traceparent"].endswith("-01")
    assert unkept.json()["traceparent"].endswith("-00")


async def test_a_sampler_may_decide_against_the_caller(
    serve: Serve, traced: pytest.MonkeyPatch
) -> None:
    traced.setenv("OTEL_TRACES_SAMPLER", "always_on")
    http = await serve(greetings())

    answered = await http.get("/greetings/you", headers=NOT_KEPT)

    assert answered.json()["traceparent"].endswith("-01")


def test_an_unknown_sampler_stops_the_start(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("OTEL_TRACES_SAMPLER", "sometimes")

    with pytest.raises(Misconfigured, match="OTEL_TRACES_SAMPLER"):
        Application(Blueprint(BLUEPRINT.name, "test", []))


async def test_probes_are_no_traces(serve: Serve, collector: Collector) -> None:
    http = await serve(greetings())

    await http.get("/health/ready")
    await http.get("/greetings/you")
    await collector.until("GET /greetings/{name}")

    assert not any("health" in span.name for span in collector.spans)


async def test_what_was_recorded_last_is_sent_before_the_stop(
    traced: pytest.MonkeyPatch, collector: Collector
) -> None:
    traced.setenv("OTEL_BSP_SCHEDULE_DELAY", "60000")
    app = Application(Blueprint(BLUEPRINT.name, "test", []))
    app.include(greetings())

    async with client_for(app) as http:
        await http.get("/greetings/you")

    assert {span.name for span in collector.spans} == {"GET /greetings/{name}", "greeting.compose"}


async def test_a_collector_that_hangs_holds_up_no_stop(
    serve: Serve, collector: Collector, traced: pytest.MonkeyPatch
) -> None:
    collector.hanging = True
    app = Application(Blueprint(BLUEPRINT.name, "test", []))
    app.include(greetings())

    async with asyncio.timeout(5):
        async with client_for(app) as http:
            await http.get("/greetings/you")


async def test_a_collector_that_is_away_costs_a_log_line_and_nothing_else(
    traced: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    traced.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    traced.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.1")
    app = Application(Blueprint(BLUEPRINT.name, "test", []))
    app.include(greetings())

    async with client_for(app) as http:
        answers = [await http.get("/greetings/you") for _ in range(20)]
        written = ""
        async with asyncio.timeout(5):
            while "tracing.not_exported" not in written:
                await http.get("/greetings/you")
                written += capsys.readouterr().out
    written += capsys.readouterr().out

    assert {answer.status_code for answer in answers} == {200}
    assert written.count("tracing.not_exported") == 1
    assert "Traceback" not in written


async def test_without_a_collector_nothing_of_opentelemetry_is_even_loaded(
    bare_environment: pytest.MonkeyPatch,
) -> None:
    serving = """
import asyncio, sys
from order_service.chassis.application import Application
from order_service.chassis.features import BLUEPRINT, Blueprint

async def serve():
    async with app.tracing:
        with app.tracing.span("work"):
            print("opentelemetry" in sys.modules)

app = Application(Blueprint(BLUEPRINT.name, "test", []))
asyncio.run(serve())
"""
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", serving], capture_output=True, text=True, check=True
    )

    assert ended.stdout.strip() == "False"


async def test_without_a_collector_a_span_changes_no_id(
    bare_environment: pytest.MonkeyPatch,
) -> None:
    app = Application(Blueprint(BLUEPRINT.name, "test", []))
    request = begin([])
    token = current.set(request)

    async with app.tracing:
        with app.tracing.span("work"):
            assert current.get() is request

    current.reset(token)
