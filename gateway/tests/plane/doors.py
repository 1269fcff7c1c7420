"""The two doors to one wire: the protocol inside uvicorn, and the adapter behind ASGI."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.adapter.adapter import Adapter
from gateway.adapter.upstream import Upstreams
from gateway.asgi import Receive, Scope, Send
from gateway.balance.endpoint import Member
from gateway.balance.fleet import Fleet
from gateway.balance.group import Group
from gateway.chassis.errors import Forbidden, NotFound
from gateway.plane.plane import Plane, Timeouts
from gateway.plane.protocol import protocol_of
from gateway.plane.watch import TICK_SECONDS, Watch
from gateway.settings import UpstreamSettings
from gateway.wire.contract import Answer, Forward, Head, Header, Limits, Outcome, Plan, Verdict
from gateway.wire.crossing import written
from gateway.wire.peer import Networks

from tests.plane.recorder import Recorder
from tests.waiting import until

IDEMPOTENT = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
MIB = 1024 * 1024


@dataclass
class TestEdge:
    """Lets everybody in, to one group of instances; a test changes what it wants."""

    __test__ = False

    group: Group
    limits: Limits = field(default_factory=Limits)
    identity: tuple[Header, ...] = ()
    answer: tuple[Header, ...] = ()
    expires: float = float("inf")
    asked: list[Head] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def decide(self, head: Head) -> Verdict | Awaitable[Verdict]:
        self.asked.append(head)
        if head.path.startswith("/ws/"):
            return Forward(
                self._plan(head, "/v1/ws"), b"".join([written(*one) for one in self.answer])
            )
        if head.path == "/api/forbidden":
            raise Forbidden("not for you")
        if head.path == "/api/preflight":
            return Answer(204, ((b"access-control-allow-origin", b"*"),))
        if head.path == "/api/late":
            return self._late(head)
        if head.path == "/api/undecided":
            return asyncio.get_running_loop().create_future()
        if head.path == "/api/broken":
            raise RuntimeError("nobody foresaw this")
        return Forward(
            self._plan(head, head.path.removeprefix("/api") or "/"),
            b"".join([written(*one) for one in self.answer]),
        )

    async def _late(self, head: Head) -> Verdict:
        await asyncio.sleep(0)
        if head.query:
            raise NotFound("nothing there")
        return Forward(self._plan(head, "/late"))

    def finished(self, head: Head, verdict: Verdict, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def _plan(self, head: Head, path: str) -> Plan:
        return Plan(
            service="svc",
            group=self.group,
            path=path,
            route="/api",
            identity=self.identity,
            limits=self.limits,
            expires=self.expires,
            idempotent=head.method in IDEMPOTENT,
            tunnel=head.path.startswith("/ws/"),
        )


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """What is not for the services: answers with the body that it was sent."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    text = f"application {scope['method']} {scope['path']} ".encode() + body
    headers = [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


class Door:
    """A listening gateway, and the service behind it."""

    def __init__(
        self, edge: TestEdge, recorder: Recorder, port: int, state: ServerState | None = None
    ) -> None:
        self.stopping = False
        self._state = state
        self.edge = edge
        self.recorder = recorder
        self.port = port

    def stop(self) -> None:
        """What the server does to every connection when it stops."""
        assert self._state is not None
        for connection in tuple(self._state.connections):
            connection.shutdown()

    def begin(self, *answers: bytes) -> None:
        """A new test."""
        self.stopping = False
        self.recorder.begin(*answers)
        self.edge.group = Fleet().group("svc", [member(self.recorder.port)])
        self.edge.limits = Limits()
        self.edge.identity = self.edge.answer = ()
        self.edge.expires = float("inf")
        self.edge.asked.clear()
        self.edge.outcomes.clear()

    @property
    def reached(self) -> list[bytes]:
        """What came to the service, with the changing ids and ports replaced."""
        return [masked(request) for request in self.recorder.requests]

    async def send(self, *parts: bytes, half_close: bool = False) -> bytes:
        """All that is answered until the gateway closes."""
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                for part in parts:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0)
                return await reader.read()
            except ConnectionError:
                return b""
            finally:
                writer.close()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            async with asyncio.timeout(20):
                yield reader, writer
        finally:
            writer.close()


def member(port: int) -> Member:
    return Member(f"svc-{port}", f"http://127.0.0.1:{port}")


def masked(request: bytes) -> bytes:
    request = re.sub(rb"host: 127\.0\.0\.1:\d+\r\n", b"host: INSTANCE\r\n", request, count=1)
    request = re.sub(rb"x-request-id: [0-9a-f]{32}\r\n", b"x-request-id: ID\r\n", request)
    return re.sub(rb"traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-", b"traceparent: 00-T-S-", request)


@asynccontextmanager
async def protocol_door(
    timeouts: Timeouts | None = None, trusted: Networks = (), tick: float = TICK_SECONDS
) -> AsyncIterator[Door]:
    """The data plane inside uvicorn."""
    recorder = Recorder()
    async with recorder.listening():
        edge = TestEdge(Fleet().group("svc", [member(recorder.port)]))
        state = ServerState()
        door = Door(edge, recorder, 0, state)
        patience, watch = timeouts or Timeouts(last=0.3), Watch(tick)
        plane = Plane(edge, lambda: door.stopping, trusted, patience, watch=watch)
        async with plane, listening(protocol_of(plane), application, state) as port:
            door.port = port
            yield door


@asynccontextmanager
async def adapter_door() -> AsyncIterator[Door]:
    """The adapter, behind a stock uvicorn."""
    recorder = Recorder()
    async with recorder.listening(), Upstreams(UpstreamSettings()) as upstreams:
        edge = TestEdge(Fleet().group("svc", [member(recorder.port)]))
        adapter = Adapter(application, edge=edge, upstreams=upstreams)
        async with listening(HttpToolsProtocol, adapter) as port:
            yield Door(edge, recorder, port)


@asynccontextmanager
async def listening(
    protocol: type[HttpToolsProtocol], app: object, state: ServerState | None = None
) -> AsyncIterator[int]:
    """uvicorn's protocol on a free port, without uvicorn's server around it."""
    config = Config(app, proxy_headers=False, lifespan="off", log_config=None, access_log=False)  # type: ignore[arg-type]
    config.load()
    state = state or ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(config, state, {}), "127.0.0.1", 0
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for connection in tuple(state.connections):
            connection.transport.abort()
        await until(lambda: not (state.connections or state.tasks))


@pytest.fixture(scope="package")
async def doors() -> AsyncIterator[dict[str, Door]]:
    async with AsyncExitStack() as stack:
        yield {
            "protocol": await stack.enter_async_context(protocol_door()),
            "adapter": await stack.enter_async_context(adapter_door()),
        }


@pytest.fixture(params=["protocol", "adapter"])
def door(request: pytest.FixtureRequest, doors: dict[str, Door]) -> Door:
    """Each of both doors."""
    door: Door = doors[request.param]
    door.begin()
    return door


@pytest.fixture
def protocol(doors: dict[str, Door]) -> Door:
    """The data plane inside uvicorn."""
    doors["protocol"].begin()
    return doors["protocol"]


@pytest.fixture
def adapter(doors: dict[str, Door]) -> Door:
    """The adapter behind ASGI."""
    doors["adapter"].begin()
    return doors["adapter"]
