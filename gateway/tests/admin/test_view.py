"""The page for the people who run the gateway."""

import pytest

from tests.chassis.fixtures_auth import Issuer, bearer
from tests.fixtures import Serve
from tests.registry import FakeRegistry
from tests.upstreams import Upstream

PRODUCTION = {"ENVIRONMENT": "production", "AUTH_SECRET": ""}


async def test_it_shows_what_is_routed_where_and_what_clashes(
    orders: Upstream, registry: FakeRegistry, serve: Serve
) -> None:
    registry.publish("rival", "http://127.0.0.1:1", prefix="/v1/orders", state="unhealthy")
    client = await serve()

    seen = (await client.get("/admin/routes")).json()

    assert {one["service"] for one in seen["routes"]} == {"orders"}
    assert seen["clashes"] == [{"prefix": "/v1/orders", "owner": "orders", "refused": "rival"}]
    states = {one["service"]: one["state"] for one in seen["instances"]}
    assert states == {"orders": "healthy", "rival": "unhealthy"}


async def test_the_page_shows_the_same_and_runs_nothing(orders: Upstream, serve: Serve) -> None:
    client = await serve()

    page = await client.get("/admin")

    assert page.headers["content-type"].startswith("text/html")
    assert orders.url in page.text
    assert "<script" not in page.text


async def test_the_metrics_count_routes_and_clashes(
    orders: Upstream, registry: FakeRegistry, serve: Serve
) -> None:
    registry.publish("rival", "http://127.0.0.1:1", prefix="/v1/orders")
    client = await serve()

    told = (await client.get("/metrics")).text

    assert "gateway_route_prefixes 1.0" in told
    assert "gateway_route_clashes 1.0" in told


async def test_the_metrics_count_requests_by_service_and_class(
    orders: Upstream, serve: Serve
) -> None:
    client = await serve()
    await client.get("/api/v1/orders")
    await client.post("/api/v1/orders")
    await client.get("/api/v1/nothing")

    told = (await client.get("/metrics")).text

    assert 'gateway_requests_total{limit="read",service="orders",status="200"} 1.0' in told
    assert 'gateway_requests_total{limit="write",service="orders",status="200"} 1.0' in told
    assert 'gateway_requests_total{limit="none",service="none",status="404"} 1.0' in told


@pytest.mark.parametrize(("roles", "status"), [(["customer"], 403), (["admin"], 200)])
async def test_in_production_it_is_for_admins(
    issuer: Issuer, serve: Serve, roles: list[str], status: int
) -> None:
    client = await serve(**PRODUCTION, **issuer.settings)
    headers = bearer(issuer.signer.sign(roles=roles))

    assert (await client.get("/admin/routes")).status_code == 401
    assert (await client.get("/admin/routes", headers=headers)).status_code == status
