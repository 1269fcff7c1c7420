import pytest
from httpx import AsyncClient

from tests.fixtures import Serve
from tests.registry import FakeRegistry
from tests.upstreams import Upstream, Upstreams
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


@pytest.fixture
async def files(upstreams: Upstreams, registry: FakeRegistry) -> Upstream:
    """A service whose names of files may have a slash in them, but for what it hides beside."""
    upstream = await upstreams.start()
    registry.publish("files", upstream.url, encoded_slashes=True)
    registry.publish("files", upstream.url, prefix="/v1/files/hidden", policy="authenticated")
    return upstream


async def test_an_encoded_slash_reaches_a_route_that_allows_it_as_it_is(
    files: Upstream, serve: Serve
) -> None:
    client = await serve()

    await get(client, b"/api/v1/files/a%2fb%20c%2F")

    assert files.seen[0].target == "/v1/files/a%2Fb%20c%2F"


@pytest.mark.parametrize(
    "target",
    [
        b"/api/v1/files/hidden%2Fx",
        b"/api/v1/files/hidden/a%2Fb",
        b"/api/v1/files%2Fx",
        b"/api%2Fv1/files/x",
        b"/api/v1/files/..%2fx",
        b"/api/v1/files/a%2F%2Fb",
        b"/api/v1/files/a%5Cb",
    ],
)
async def test_an_encoded_slash_cannot_hide_another_route(
    files: Upstream, serve: Serve, target: bytes
) -> None:
    client = await serve()

    answered = await get(client, target)

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"ambiguous-path"' in answered
    assert files.seen == []


async def test_where_one_instance_does_not_know_encoded_slashes_none_is_brought_any(
    files: Upstream, registry: FakeRegistry, serve: Serve
) -> None:
    registry.publish("files", files.url)
    client = await serve()

    assert (await get(client, b"/api/v1/files/a%2Fb")).startswith(b"HTTP/1.1 400 ")
