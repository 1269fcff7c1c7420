from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from nexios.http import Request, Response

from product_service.chassis import client, database, health
from product_service.chassis.application import Application, Blueprint
from product_service.chassis.client import Client
from product_service.chassis.database import Database
from product_service.chassis.database.statements import without_values
from product_service.chassis.features import BLUEPRINT
from product_service.chassis.policy import PUBLIC
from product_service.chassis.routing import Router

from .fixtures_collector import Collector
from .fixtures_service import client_for

FEATURES = [client, database, health]


def sums() -> Router:
    router = Router(policy=PUBLIC)

    @router.get("/sums/{a:int}/{b:int}")
    async def add(request: Request, response: Response, a: int, b: int) -> Any:
        async with Database.of(request).transaction() as tx:
            return {"sum": await tx.fetchval("SELECT $1::int + $2::int", a, b)}

    @router.get("/wrong")
    async def wrong(request: Request, response: Response) -> Any:
        async with Database.of(request).connection() as tx:
            await tx.fetch("SELECT 1 / 0")

    return router


def averages() -> Router:
    router = Router(policy=PUBLIC)

    @router.get("/averages/{a:int}/{b:int}")
    async def average(request: Request, response: Response, a: int, b: int) -> Any:
        async with Database.of(request).connection() as tx:
            divisor = await tx.fetchval("SHOW server_version_num")
        await Client.of(request).get("sum-service", f"/sums/{a}/{b}")
        return {"divisor": divisor}

    return router


@pytest.fixture
async def http(
    traced: pytest.MonkeyPatch, database_settings: dict[str, str]
) -> AsyncIterator[httpx.AsyncClient]:
    """A service that asks its database, and then a second service that asks its own."""
    traced.setenv("DATABASE_URL", database_settings["DATABASE_URL"])
    async with AsyncExitStack() as stack:
        second = Application(Blueprint(BLUEPRINT.name, "test", FEATURES))
        second.include(sums())
        url = (await stack.enter_async_context(client_for(second))).base_url
        traced.setenv("CLIENT_TARGETS", f"sum-service={url}")
        first = Application(Blueprint(BLUEPRINT.name, "test", FEATURES))
        first.include(averages(), sums())
        yield await stack.enter_async_context(client_for(first))


async def test_one_trace_goes_from_a_request_over_a_statement_to_the_next_services_statement(
    http: httpx.AsyncClient, collector: Collector
) -> None:
    await http.get("/averages/1/2")
    asked, stated, called = await collector.until("GET /averages/{a:int}/{b:int}", "SHOW", "GET")
    answered, begun, summed = await collector.until("GET /sums/{a:int}/{b:int}", "BEGIN", "SELECT")

    assert {one.trace_id for one in (stated, called, answered, begun, summed)} == {asked.trace_id}
    assert asked.parent_id == ""
    assert (stated.parent_id, called.parent_id) == (asked.span_id, asked.span_id)
    assert answered.parent_id == called.span_id
    assert (begun.parent_id, summed.parent_id) == (answered.span_id, answered.span_id)


async def test_a_statement_is_told_without_its_values(
    http: httpx.AsyncClient, collector: Collector
) -> None:
    await http.get("/sums/4711/4712")
    [span] = await collector.until("SELECT")

    assert span.kind == "client"
    assert span.attributes["db.system.name"] == "postgresql"
    assert span.attributes["db.query.text"] == "SELECT $1::int + $2::int"
    assert "4711" not in str(span.attributes)
    assert span.seconds > 0


async def test_a_statement_that_fails_marks_its_span(
    http: httpx.AsyncClient, collector: Collector
) -> None:
    await http.get("/wrong")
    [span] = await collector.until("SELECT")

    assert span.failed
    assert span.attributes["error.type"] == "DivisionByZeroError"


async def test_giving_a_connection_back_is_no_statement_of_ours(
    http: httpx.AsyncClient, collector: Collector
) -> None:
    await http.get("/sums/1/2")
    await collector.until("GET /sums/{a:int}/{b:int}")

    assert {one.name for one in collector.spans} <= {
        "GET /sums/{a:int}/{b:int}",
        "BEGIN",
        "SELECT",
        "COMMIT",
    }


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT *\n  FROM orders\n", "SELECT * FROM orders"),
        ("SELECT 'it''s', 12.5, $1, x2", "SELECT ?, ?, $1, x2"),
        ("DO $body$ BEGIN; $body$", "DO ?"),
        ("SELECT $1", "SELECT $1"),
    ],
)
def test_literals_of_a_statement_are_not_told(sql: str, told: str) -> None:
    assert without_values(sql) == told
