import pytest
from aiohttp import web
from httpx import AsyncClient

from tests.fixtures import Serve
from tests.registry import FakeRegistry
from tests.upstreams import Upstream, Upstreams, answering
from tests.wire import get

ORDERS = b"/api/v1/orders"


def lines_of(answered: bytes) -> list[bytes]:
    """The header lines of an answer, their names in lower case."""
    lines = answered.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return [
        name.lower() + b":" + value for name, _, value in (line.partition(b":") for line in lines)
    ]


async def test_ordinary_headers_reach_the_service(orders: Upstream, client: AsyncClient) -> None:
    await get(client, ORDERS, b"Authorization: Bearer t", b"Accept: a/b", b"Cookie: a=1; b=2")

    assert orders.seen[0].header("authorization") == "Bearer t"
    assert orders.seen[0].header("accept") == "a/b"
    assert orders.seen[0].header("cookie") == "a=1; b=2"


async def test_a_repeated_header_reaches_the_service_repeated(
    orders: Upstream, client: AsyncClient
) -> None:
    await get(client, ORDERS, b"X-Tag: one", b"X-Tag: two")

    assert [value for name, value in orders.seen[0].headers if name == "x-tag"] == ["one", "two"]


async def test_the_gateway_adds_no_headers_of_its_http_client(
    orders: Upstream, client: AsyncClient
) -> None:
    await get(client, ORDERS)

    assert {name for name, _ in orders.seen[0].headers} == {
        "host",
        "traceparent",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-request-id",
    }


@pytest.mark.parametrize(
    "line",
    [
        b"Keep-Alive: 5",
        b"TE: trailers",
        b"Trailer: X-Sum",
        b"Proxy-Authorization: Basic x",
        b"Proxy-Connection: keep-alive",
        b"X_User_Id: 1",
        b"X-User-Id: 1",
        b"X-User-Roles: admin",
        b"X-Real-IP: 6.6.6.6",
        b"X-Forwarded-Prefix: /evil",
        b"Forwarded: for=6.6.6.6",
        b"Expect: 100-continue",
    ],
)
async def test_a_header_that_is_not_the_clients_to_send_is_removed(
    orders: Upstream, client: AsyncClient, line: bytes
) -> None:
    await get(client, ORDERS, line)

    assert orders.seen[0].header(line.partition(b":")[0].decode().lower()) is None


async def test_what_connection_names_is_removed(orders: Upstream, client: AsyncClient) -> None:
    await get(client, ORDERS, b"Connection: X-Secret, x-other", b"X-Secret: 1", b"X-Other: 2")

    assert orders.seen[0].header("connection") is None
    assert orders.seen[0].header("x-secret") is None
    assert orders.seen[0].header("x-other") is None


async def test_connection_cannot_name_what_the_gateway_says(
    orders: Upstream, client: AsyncClient
) -> None:
    await get(client, ORDERS, b"Connection: x-forwarded-for, x-request-id, host")

    assert orders.seen[0].header("x-forwarded-for") == "127.0.0.1"
    assert orders.seen[0].header("x-request-id")
    assert orders.seen[0].header("host") == orders.url.removeprefix("http://")


async def test_the_gateway_says_who_asked_and_for_whom(
    orders: Upstream, client: AsyncClient
) -> None:
    await get(client, ORDERS)

    assert orders.seen[0].header("x-forwarded-for") == "127.0.0.1"
    assert orders.seen[0].header("x-forwarded-proto") == "http"
    assert orders.seen[0].header("x-forwarded-host") == "shop.example"


async def test_a_client_cannot_say_who_it_is(orders: Upstream, client: AsyncClient) -> None:
    spoofed = [b"X-Forwarded-For: 6.6.6.6", b"X-Forwarded-Proto: https", b"X-Forwarded-Host: evil"]

    await get(client, ORDERS, *spoofed)

    assert orders.seen[0].header("x-forwarded-for") == "127.0.0.1"
    assert orders.seen[0].header("x-forwarded-proto") == "http"
    assert orders.seen[0].header("x-forwarded-host") == "shop.example"


async def test_a_header_that_is_no_utf_8_is_refused(orders: Upstream, client: AsyncClient) -> None:
    answered = await get(client, ORDERS, b"X-Name: \xe9")

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert b"unreadable-header" in answered
    assert orders.seen == []


async def test_the_request_id_is_passed_on_and_answered_once(
    orders: Upstream, client: AsyncClient
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        await orders.note(request)
        return web.Response(headers={"X-Request-Id": "theirs", "X-Trace-Id": "theirs"})

    orders.answer = answer

    answered = await client.get("/api/v1/orders", headers={"X-Request-Id": "ours"})

    assert orders.seen[0].header("x-request-id") == "ours"
    assert answered.headers.get_list("x-request-id") == ["ours"]
    assert len(answered.headers.get_list("x-trace-id")) == 1


async def test_a_request_without_an_id_is_given_one(orders: Upstream, client: AsyncClient) -> None:
    answered = await client.get("/api/v1/orders")

    assert orders.seen[0].header("x-request-id") == answered.headers["x-request-id"]


async def test_the_trace_goes_on_with_a_span_of_the_gateway(
    orders: Upstream, client: AsyncClient
) -> None:
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

    await client.get("/api/v1/orders", headers={"traceparent": f"00-{trace}-{span}-01"})

    forwarded = str(orders.seen[0].header("traceparent")).split("-")
    assert forwarded[1] == trace
    assert forwarded[2] != span


async def test_two_cookies_of_an_answer_stay_two(orders: Upstream, client: AsyncClient) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.Response()
        response.headers.add("Set-Cookie", "a=1; Path=/")
        response.headers.add("Set-Cookie", "b=2")
        return response

    orders.answer = answer

    answered = await get(client, ORDERS)

    cookies = [line for line in lines_of(answered) if line.startswith(b"set-cookie")]
    assert cookies == [b"set-cookie: a=1; Path=/", b"set-cookie: b=2"]


async def test_hop_by_hop_headers_of_an_answer_are_removed(
    upstreams: Upstreams, registry: FakeRegistry, serve: Serve
) -> None:
    url = await upstreams.start_raw(
        answering(
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close, X-Inner\r\n"
            b"X-Inner: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nX-Kept: \xe9\r\n"
            b"Server: secret/1.0\r\nX-Powered-By: secret\r\n"
            b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n"
        )
    )
    registry.publish("orders", url)

    lines = lines_of(await get(await serve(), ORDERS))

    names = [line.partition(b":")[0] for line in lines]
    gone = {b"x-inner", b"keep-alive", b"proxy-authenticate", b"server", b"x-powered-by"}
    assert gone.isdisjoint(names)
    assert names.count(b"date") == 1
    assert b"x-kept: \xe9" in lines


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("/v1/orders/7", "/api/v1/orders/7"),
        ("{url}/v1/orders/7?a=1", "/api/v1/orders/7?a=1"),
        ("7", "7"),
        ("//elsewhere.example/v1", "//elsewhere.example/v1"),
        ("https://elsewhere.example/v1", "https://elsewhere.example/v1"),
    ],
)
async def test_a_location_inside_becomes_one_outside(
    orders: Upstream, client: AsyncClient, inside: str, outside: str
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=201, headers={"Location": inside.format(url=orders.url)})

    orders.answer = answer

    answered = await client.post("/api/v1/orders")

    assert answered.headers["location"] == outside
