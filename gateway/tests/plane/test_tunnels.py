"""WebSockets: a handshake that is checked, and then bytes that pass both ways."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.adapter.adapter import Adapter
from gateway.adapter.upstream import Upstreams
from gateway.asgi import Message
from gateway.balance.fleet import Fleet
from gateway.settings import UpstreamSettings

from tests.plane.doors import Door, application, member
from tests.waiting import until

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # both from RFC 6455, section 1.3
SWITCHED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: " + ACCEPT + b"\r\nSec-WebSocket-Protocol: v2\r\n\r\n"
)  # fmt: skip
HANDSHAKE = (
    b"GET /ws/chat?room=1 HTTP/1.1\r\nHost: shop.example\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: " + KEY + b"\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: v2\r\n\r\n"
)  # fmt: skip

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Chat:
    """A service that switches, and leaves the conversation to the test."""

    def __init__(self) -> None:
        self.head = b""
        self.answer = SWITCHED
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.head = await reader.readuntil(b"\r\n\r\n")
        self.reader, self.writer = reader, writer
        writer.write(self.answer)
        await writer.drain()


@pytest.fixture
async def chat(protocol: Door) -> AsyncIterator[Chat]:
    chat = Chat()
    server = await asyncio.start_server(chat.talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    protocol.edge.group = Fleet().group("svc", [member(port)])
    yield chat
    server.close()
    if hasattr(chat, "writer"):
        chat.writer.close()


@asynccontextmanager
async def conversation(protocol: Door) -> AsyncIterator[Connection]:
    """A WebSocket whose handshake was answered."""
    async with protocol.connected() as (reader, writer):
        writer.write(HANDSHAKE)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        yield reader, writer


async def test_the_handshake_reaches_the_service_with_its_own_upgrade(
    protocol: Door, chat: Chat
) -> None:
    async with conversation(protocol):
        pass

    lines = chat.head.split(b"\r\n")
    assert lines[0] == b"GET /v1/ws?room=1 HTTP/1.1"
    assert b"sec-websocket-key: " + KEY in lines
    assert b"sec-websocket-version: 13" in lines
    assert b"connection: upgrade" in lines
    assert b"upgrade: websocket" in lines


async def test_the_answer_to_the_handshake_is_passed_on(protocol: Door, chat: Chat) -> None:
    async with protocol.connected() as (reader, writer):
        writer.write(HANDSHAKE)
        lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")

    assert b"sec-websocket-accept: " + ACCEPT in lines
    assert b"sec-websocket-protocol: v2" in lines
    assert b"connection: upgrade" in lines
    assert b"upgrade: websocket" in lines


async def test_bytes_pass_both_ways(protocol: Door, chat: Chat) -> None:
    async with conversation(protocol) as (reader, writer):
        writer.write(b"\x81\x85\0\0\0\0hello")
        assert await chat.reader.readexactly(11) == b"\x81\x85\0\0\0\0hello"
        chat.writer.write(b"\x81\x05world")
        assert await reader.readexactly(7) == b"\x81\x05world"


async def test_what_comes_along_with_the_handshake_is_not_lost(protocol: Door, chat: Chat) -> None:
    chat.answer = SWITCHED + b"\x81\x02hi"
    async with protocol.connected() as (reader, writer):
        writer.write(HANDSHAKE + b"\x81\x82\0\0\0\0hi")
        await reader.readuntil(b"\r\n\r\n")

        assert await reader.readexactly(4) == b"\x81\x02hi"
        assert await chat.reader.readexactly(8) == b"\x81\x82\0\0\0\0hi"


@pytest.mark.parametrize(
    "answer",
    [
        SWITCHED.replace(ACCEPT, b"c3BlY2lhbCBkZWxpdmVyeSE="),
        SWITCHED.replace(b"Sec-WebSocket-Accept", b"X-Accept"),
        SWITCHED.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        SWITCHED.replace(b"Connection: Upgrade\r\n", b""),
    ],
)
async def test_a_service_that_switches_wrongly_is_a_bad_gateway(
    protocol: Door, chat: Chat, answer: bytes
) -> None:
    chat.answer = answer

    answered = await protocol.send(HANDSHAKE.replace(b"Upgrade\r\n", b"Upgrade, close\r\n", 1))

    assert answered.startswith(b"HTTP/1.1 502 ")


async def test_a_service_that_does_not_switch_is_relayed(protocol: Door) -> None:
    protocol.begin(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")

    async with protocol.connected() as (reader, writer):
        writer.write(HANDSHAKE)
        answered = await reader.readuntil(b"no")

    assert answered.startswith(b"HTTP/1.1 401 ")


async def test_a_plain_request_is_told_to_upgrade(door: Door) -> None:
    answered = await door.send(
        b"GET /ws/chat HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"
    )

    assert answered.startswith(b"HTTP/1.1 426 ")
    assert b"\r\nupgrade: websocket\r\n" in answered
    assert door.reached == []


@pytest.mark.parametrize(
    ("sent", "instead", "status"),
    [
        (b"Version: 13", b"Version: 12", b"426"),
        (b"Sec-WebSocket-Version: 13\r\n", b"", b"426"),
        (KEY, b"short", b"400"),
        (KEY, b"!" * 24, b"400"),
        (b"Sec-WebSocket-Key: " + KEY + b"\r\n", b"", b"400"),
        (b"GET", b"POST", b"400"),
        (b"HTTP/1.1", b"HTTP/1.0", b"400"),
    ],
)
async def test_a_handshake_that_is_none_is_refused(
    protocol: Door, sent: bytes, instead: bytes, status: bytes
) -> None:
    async with protocol.connected() as (reader, writer):
        writer.write(HANDSHAKE.replace(sent, instead))
        answered = await reader.readuntil(b"\r\n\r\n")

    assert answered.startswith(b"HTTP/1.1 " + status)
    assert protocol.reached == []


async def test_a_handshake_that_the_edge_refuses_is_told_why(door: Door) -> None:
    async with door.connected() as (reader, writer):
        writer.write(HANDSHAKE.replace(b"/ws/chat", b"/api/forbidden"))
        answered = await reader.readuntil(b"}")

    assert answered.startswith(b"HTTP/1.1 403 ")
    assert b'"code":"forbidden"' in answered
    assert door.reached == []


async def test_behind_asgi_there_are_no_websockets_and_clients_are_told_so(adapter: Door) -> None:
    async with adapter.connected() as (reader, writer):
        writer.write(HANDSHAKE)
        answered = await reader.readuntil(b"}")

    assert answered.startswith(b"HTTP/1.1 501 ")
    assert b'"code":"no-websockets"' in answered
    assert [outcome.status for outcome in adapter.edge.outcomes] == [501]
    assert adapter.reached == []


async def test_a_server_that_cannot_answer_a_handshake_closes_it(adapter: Door) -> None:
    sent: list[Message] = []
    scope = {
        "type": "websocket",
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/ws/chat",
        "raw_path": b"/ws/chat",
        "query_string": b"",
        "headers": [(b"host", b"shop.example")],
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async with Upstreams(UpstreamSettings()) as upstreams:
        await Adapter(application, edge=adapter.edge, upstreams=upstreams)(scope, receive, send)

    assert sent == [{"type": "websocket.close"}]


async def test_the_end_of_the_client_ends_the_tunnel(protocol: Door, chat: Chat) -> None:
    async with conversation(protocol):
        pass

    assert await chat.reader.read() == b""
    await until(lambda: protocol.edge.outcomes)
    assert protocol.edge.outcomes[0].status == 101


async def test_the_end_of_the_service_ends_the_tunnel(protocol: Door, chat: Chat) -> None:
    async with conversation(protocol) as (reader, _):
        chat.writer.write(b"\x81\x02hi")
        chat.writer.close()

        assert await reader.read() == b"\x81\x02hi"


async def test_a_tunnel_closes_when_the_token_expires(protocol: Door, chat: Chat) -> None:
    protocol.edge.expires = time.time() + 0.2
    async with conversation(protocol) as (reader, _):
        assert await reader.readexactly(4) == b"\x88\x02" + (4401).to_bytes(2)


async def test_a_farewell_waits_for_the_end_of_a_frame(protocol: Door, chat: Chat) -> None:
    protocol.edge.expires = time.time() + 0.2
    async with conversation(protocol) as (reader, _):
        chat.writer.write(b"\x81\x05wo")
        assert await reader.readexactly(4) == b"\x81\x05wo"
        await until(lambda: time.time() > protocol.edge.expires + 0.2)
        chat.writer.write(b"rld")

        assert await reader.readexactly(7) == b"rld" + b"\x88\x02" + (4401).to_bytes(2)


async def test_a_client_that_does_not_read_holds_the_service_back(
    protocol: Door, chat: Chat
) -> None:
    async with conversation(protocol):
        poured = 0
        with pytest.raises(TimeoutError):
            while True:
                chat.writer.write(b"\x82\x7e\xff\xff" + b"x" * 65535)
                async with asyncio.timeout(0.5):
                    await chat.writer.drain()
                poured += 65539

        assert poured < 32 * 1024 * 1024
