"""What is so on NATS JetStream alone: a connection that breaks in the worst moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest

from product_service.chassis.events.jetstream import JetStream
from product_service.chassis.events.transport import Transport

from .fixtures_events import LEASE_SECONDS, NatsBroker, Processes, Record, envelopes, until
from dev.nats import NatsServer
from dev.ports import LOOPBACK, free_port

BEGUN = b'"hand":{"'  # how an entry is written down as begun


class Wire:
    """All that goes to NATS goes through here, and is cut as soon as these bytes come by."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.fatal = b""
        self.arrives = False  # whether the server gets to see those bytes
        self.cut = asyncio.Event()

    async def __call__(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        server, requests = await asyncio.open_connection(LOOPBACK, self._port)
        sides = {
            asyncio.create_task(self._carry(client, requests, watched=True)),
            asyncio.create_task(self._carry(server, answers, watched=False)),
        }
        _, going = await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        for side in going:
            side.cancel()
        for end in (requests, answers):
            end.close()

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, watched: bool
    ) -> None:
        with suppress(ConnectionError):
            while chunk := await source.read(65536):
                fatal = watched and bool(self.fatal) and self.fatal in chunk
                if not fatal or self.arrives:
                    sink.write(chunk)
                    await sink.drain()
                if fatal:
                    self.fatal = b""
                    self.cut.set()
                    return


class WiredBroker(NatsBroker):
    """Its readers and senders reach the server over such a wire."""

    def __init__(self, server: NatsServer, url: str) -> None:
        super().__init__(server)
        self._url = url

    @asynccontextmanager
    async def transport(self, consumer: str) -> AsyncIterator[Transport]:
        seconds = 3 * LEASE_SECONDS
        yield JetStream(self._url, consumer=consumer, lease_seconds=seconds, longest=1_000_000)


@pytest.fixture
def wire(nats_server: NatsServer) -> Wire:
    return Wire(urlsplit(nats_server.url).port or 0)


@pytest.fixture
async def broker(nats_server: NatsServer, wire: Wire) -> AsyncIterator[WiredBroker]:
    port = free_port()
    async with await asyncio.start_server(wire, LOOPBACK, port):
        yield WiredBroker(nats_server, f"nats://{LOOPBACK}:{port}")


@pytest.mark.parametrize("arrives", [False, True])
async def test_what_was_just_begun_when_the_connection_broke_goes_before_what_came_later(
    processes: Processes, wire: Wire, *, arrives: bool
) -> None:
    record = Record()
    reader = await processes.reader(record)
    await until(lambda: reader.consumer.held == 5)
    wire.fatal, wire.arrives = BEGUN, arrives

    await processes.send(envelopes(subjects=1, numbers=1))
    await wire.cut.wait()
    await processes.send(envelopes(subjects=1, numbers=4, first=1))

    await until(lambda: record.count >= 5)
    assert record.has(subjects=1, numbers=5)
