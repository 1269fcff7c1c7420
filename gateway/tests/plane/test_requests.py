"""What reaches a service, byte for byte, through both doors."""

import pytest

from tests.plane.doors import Door

HOST = b"Host: shop.example\r\n"
END = b"Connection: close\r\n\r\n"
TOLD = (
    b"x-forwarded-for: 127.0.0.1\r\nx-forwarded-proto: http\r\nx-forwarded-host: shop.example\r\n"
)
IDS = b"x-request-id: ID\r\ntraceparent: 00-T-S-01\r\n\r\n"


def get(target: bytes, *lines: bytes) -> bytes:
    return b"GET %b HTTP/1.1\r\n" % target + HOST + b"".join(b"%b\r\n" % one for one in lines) + END


def forwarded(target: bytes, *lines: bytes) -> bytes:
    crossing = b"".join(b"%b\r\n" % line for line in lines)
    return b"GET %b HTTP/1.1\r\nhost: INSTANCE\r\n" % target + crossing + TOLD + IDS


async def test_a_request_reaches_the_service_with_the_ids_and_who_asked(door: Door) -> None:
    answered = await door.send(get(b"/api/v1/orders?a=1&b"))

    assert answered.startswith(b"HTTP/1.1 200 OK\r\n")
    assert door.reached == [forwarded(b"/v1/orders?a=1&b")]


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        (b"/api/v1/orders/", b"/v1/orders/"),
        (b"/api/v1/%6frders", b"/v1/orders"),
        (b"/api/v1/caf%c3%a9", b"/v1/caf%C3%A9"),
        (b"/api/v1/a%20b+c,d:e@f!$&'()*=", b"/v1/a%20b+c,d:e@f!$&'()*="),
        (b"/api/v1/%252e%252e/x", b"/v1/%252e%252e/x"),
        (b"/api/v1/...", b"/v1/..."),
        (b"/api/v1/a%2fb%2F", b"/v1/a%2Fb%2F"),
        (b"/api/v1/.hidden", b"/v1/.hidden"),
        (b"/api/v1/x?q=%2F%2e%2E/../x%00+y&&", b"/v1/x?q=%2F%2e%2E/../x%00+y&&"),
        (b"/api/v1/x?a=//b\\c;d", b"/v1/x?a=//b\\c;d"),
        (b"/api/v1/x?%zz", b"/v1/x?%zz"),
        (b"/api", b"/"),
        (b"/.well-known/jwks.json", b"/.well-known/jwks.json"),
    ],
)
async def test_the_path_is_canonical_and_the_query_is_untouched(
    door: Door, sent: bytes, received: bytes
) -> None:
    await door.send(get(sent))

    assert door.reached == [forwarded(received)]


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        (b"Accept: a/b", b"accept: a/b"),
        (b"accept:a/b", b"accept: a/b"),
        (b"X-Padded:  \t in the middle  x \t ", b"x-padded: in the middle  x"),
        (b"X-Empty:", b"x-empty: "),
        (b"X-Utf: \xc3\xa9", b"x-utf: \xc3\xa9"),
        (b"Cookie: a=1; b=2", b"cookie: a=1; b=2"),
        (b"Authorization: Bearer t", b"authorization: Bearer t"),
        (b"X-Request-Deadline: 1500", b"x-request-deadline: 1500"),
        (b"X-Tag: one\r\nX-Tag: two", b"x-tag: one\r\nx-tag: two"),
        (b"Content-Type: text/plain", b"content-type: text/plain"),
    ],
)
async def test_a_header_crosses(door: Door, sent: bytes, received: bytes) -> None:
    await door.send(get(b"/api/x", sent))

    assert door.reached == [forwarded(b"/x", received)]


@pytest.mark.parametrize(
    "line",
    [
        b"Keep-Alive: 5",
        b"TE: trailers",
        b"Trailer: X-Sum",
        b"Proxy-Authorization: Basic x",
        b"Proxy-Authenticate: Basic",
        b"Proxy-Connection: keep-alive",
        b"Upgrade: h2c",
        b"Upgrade: websocket",
        b"X_User_Id: 1",
        b"X-User-Id: 1",
        b"X-User-Roles: admin",
        b"X-User-Anything: 1",
        b"X-Real-IP: 6.6.6.6",
        b"X-Forwarded-For: 6.6.6.6",
        b"X-Forwarded-Proto: https",
        b"X-Forwarded-Host: evil",
        b"X-Forwarded-Prefix: /evil",
        b"Forwarded: for=6.6.6.6",
        b"Content-Length: 0",
    ],
)
async def test_a_header_that_is_not_the_clients_to_send_stays(door: Door, line: bytes) -> None:
    await door.send(get(b"/api/x", line))

    assert door.reached == [forwarded(b"/x")]


@pytest.mark.parametrize(
    "lines",
    [
        (b"Connection: X-Secret, x-other", b"X-Secret: 1", b"X-Other: 2"),
        (b"Connection: upgrade, http2-settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMA"),
        (b"X-Secret: 1", b"Connection: keep-alive", b"Connection: x-secret"),
        (b"Connection: x-forwarded-for, x-request-id, host",),
    ],
)
async def test_what_connection_names_stays(door: Door, lines: tuple[bytes, ...]) -> None:
    await door.send(get(b"/api/x", *lines))

    assert door.reached == [forwarded(b"/x")]


async def test_ids_that_the_client_brought_are_continued(door: Door) -> None:
    trace = b"0af7651916cd43dd8448eb211c80319c"
    brought = (b"X-Request-Id: mine", b"traceparent: 00-" + trace + b"-b7ad6b7169203331-00")

    answered = await door.send(get(b"/api/x", *brought))

    [request] = door.recorder.requests
    assert b"\r\nx-request-id: mine\r\n" in request
    assert b"\r\ntraceparent: 00-" + trace + b"-" in request
    assert b"-b7ad6b7169203331-" not in request
    assert b"x-request-id: mine\r\n" in answered
    assert b"x-trace-id: " + trace in answered


async def test_the_identity_is_set_by_the_gateway_alone(door: Door) -> None:
    door.edge.identity = ((b"x-user-id", b"7"), (b"cookie", b"ours"))

    await door.send(get(b"/api/x", b"X-User-Id: 1", b"Cookie: theirs", b"Accept: */*"))

    assert door.reached == [
        b"GET /x HTTP/1.1\r\nhost: INSTANCE\r\naccept: */*\r\n"
        + TOLD
        + b"x-user-id: 7\r\ncookie: ours\r\n"
        + IDS
    ]


@pytest.mark.parametrize(
    ("method", "framing"),
    [
        (b"GET", b""),
        (b"HEAD", b""),
        (b"OPTIONS", b""),
        (b"DELETE", b"content-length: 0\r\n"),
        (b"POST", b"content-length: 0\r\n"),
        (b"PUT", b"content-length: 0\r\n"),
        (b"PATCH", b"content-length: 0\r\n"),
    ],
)
async def test_a_request_without_a_body_says_so_where_one_is_usual(
    door: Door, method: bytes, framing: bytes
) -> None:
    await door.send(b"%b /api/x HTTP/1.1\r\n" % method + HOST + END)

    assert door.reached == [b"%b /x HTTP/1.1\r\nhost: INSTANCE\r\n" % method + TOLD + framing + IDS]


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"PATCH", b"DELETE", b"GET"])
async def test_a_counted_body_crosses(door: Door, method: bytes) -> None:
    await door.send(b"%b /api/x HTTP/1.1\r\nContent-Length: 5\r\n" % method + HOST + END + b"hello")

    assert door.reached == [
        b"%b /x HTTP/1.1\r\nhost: INSTANCE\r\n" % method
        + TOLD
        + b"content-length: 5\r\n"
        + IDS
        + b"hello"
    ]


@pytest.mark.parametrize(
    "sent",
    [
        b"5\r\nhello\r\n0\r\n\r\n",
        b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
        b'0005;ext=1;x="y"\r\nhello\r\n0\r\n\r\n',
    ],
)
async def test_a_chunked_body_is_written_anew(door: Door, sent: bytes) -> None:
    await door.send(b"POST /api/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HOST + END + sent)

    assert door.reached == [
        b"POST /x HTTP/1.1\r\nhost: INSTANCE\r\n"
        + TOLD
        + b"transfer-encoding: chunked\r\n"
        + IDS
        + b"5\r\nhello\r\n0\r\n\r\n"
    ]


async def test_trailers_stay(protocol: Door) -> None:
    chunks = b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"

    await protocol.send(
        b"POST /api/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HOST + END + chunks
    )

    assert protocol.reached[0].endswith(b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert b"x-sum" not in protocol.reached[0]


async def test_an_old_version_is_answered_and_its_connection_closed(door: Door) -> None:
    answered = await door.send(
        b"GET /api/x HTTP/1.0\r\n" + HOST + b"Connection: keep-alive\r\n\r\n"
    )

    assert answered.endswith(b"\r\n\r\nok")
    assert b"\r\nconnection: close\r\n" in answered
    assert door.reached == [forwarded(b"/x")]


async def test_what_is_for_the_gateway_itself_reaches_the_application(door: Door) -> None:
    request = b"POST /admin HTTP/1.1\r\nContent-Length: 5\r\n" + HOST + END + b"hello"

    answered = await door.send(request)

    assert answered.endswith(b"\r\n\r\napplication POST /admin hello")
    assert door.reached == []
