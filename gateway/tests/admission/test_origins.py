"""Pages of other origins: what their browsers are told."""

from tests.fixtures import Serve
from tests.upstreams import Upstream

SHOP = "https://shop.example"
ASKS = {"origin": SHOP, "access-control-request-method": "POST"}


async def test_a_preflight_is_answered_at_the_edge(orders: Upstream, serve: Serve) -> None:
    client = await serve(CORS_ORIGINS=SHOP)

    told = await client.options("/api/v1/orders", headers=ASKS)

    assert told.status_code == 204
    assert told.headers["access-control-allow-origin"] == SHOP
    allowed = told.headers["access-control-allow-methods"].split(", ")
    assert set(allowed) == {"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"}
    assert orders.seen == []


async def test_an_answer_may_be_read_by_the_page_that_is_named(
    orders: Upstream, serve: Serve
) -> None:
    client = await serve(CORS_ORIGINS=SHOP)

    named = await client.get("/api/v1/orders", headers={"origin": SHOP})
    other = await client.get("/api/v1/orders", headers={"origin": "https://evil.example"})

    assert named.headers["access-control-allow-origin"] == SHOP
    assert "ratelimit" in named.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in other.headers
    assert named.headers["vary"] == other.headers["vary"] == "Origin"


async def test_a_refusal_may_be_read_too(orders: Upstream, serve: Serve) -> None:
    client = await serve(CORS_ORIGINS=SHOP)

    refused = await client.get("/api/v1/nothing", headers={"origin": SHOP})

    assert refused.status_code == 404
    assert refused.headers["access-control-allow-origin"] == SHOP


async def test_without_origins_an_options_request_is_one_like_any_other(
    orders: Upstream, serve: Serve
) -> None:
    client = await serve()

    assert (await client.options("/api/v1/orders", headers=ASKS)).status_code == 405
