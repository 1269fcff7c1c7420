import pytest
from httpx import AsyncClient

from tests.upstreams import Upstream
from tests.wire import get


@pytest.mark.parametrize(
    "target",
    [
        b"/api/v1/orders/../users",
        b"/api/v1/orders/..",
        b"/api/../health",
        b"/api/v1/orders/./7",
        b"/api/v1/orders/%2e%2e/users",
        b"/api/v1/orders/.%2E/users",
        b"/api//v1/orders",
        b"/api/v1//orders",
        b"/api/v1/orders//",
        b"/api/v1/orders/a%2Fb",
        b"/api/v1/orders%2f7",
        b"/api/v1/orders/a%5cb",
        b"/api/v1/orders/a\\b",
        b"/api/v1/orders/a%00b",
        b"/api/v1/orders/a%0d%0ab",
        b"/api/v1/orders/a%7f",
        b"/api/v1/orders/a;b=1",
        b"/api/v1/orders/100%",
        b"/api/v1/orders/%zz",
        b"/api/v1/orders?q=\xe9",
    ],
)
async def test_a_path_that_could_mean_another_is_refused(
    orders: Upstream, client: AsyncClient, target: bytes
) -> None:
    answered = await get(client, target)

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert orders.seen == []


async def test_the_refusal_is_a_problem_document(orders: Upstream, client: AsyncClient) -> None:
    answered = await get(client, b"/api/v1/orders/../users")

    assert b"content-type: application/problem+json" in answered
    assert b'"code":"ambiguous-path"' in answered


@pytest.mark.parametrize("target", [b"/api", b"/api/", b"/api/v1", b"/api/v1/"])
async def test_a_path_above_all_resources_has_no_owner(
    orders: Upstream, client: AsyncClient, target: bytes
) -> None:
    answered = await get(client, target)

    assert b'"code":"no-route"' in answered


async def test_what_need_not_be_encoded_is_matched_and_forwarded_without(
    orders: Upstream, client: AsyncClient
) -> None:
    await get(client, b"/api/v1/%6frders/7")

    assert orders.seen[0].target == "/v1/orders/7"
