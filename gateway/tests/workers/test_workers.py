"""Several processes behind one port: started, replaced, renewed and stopped."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from gateway.plane.tunnel import GOING_AWAY
from gateway.wire.frames import close_frame

from dev.ports import free_port
from tests.handshakes import SWITCHED, handshake
from tests.registry import FakeRegistry
from tests.upstreams import Upstream, Upstreams, head
from tests.waiting import until
from tests.wire import exchange


class Gateway:
    """The gateway as processes of its own, which write their log into one file."""

    def __init__(self, registry: FakeRegistry, log: Path, *, workers: int = 2) -> None:
        self.port = free_port()
        settings = {
            "WEB_CONCURRENCY": str(workers),
            "REGISTRY_URL": registry.url,
            "PORT": str(self.port),
            "DRAIN_SECONDS": "0.2",
            "LOG_FORMAT": "json",
            "LIMIT_READ": "1000000/s/ip",
            "LIMIT_WRITE": "1000000/s/ip",
        }
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log
        with log.open("wb") as written:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway"],
                env={**os.environ, **settings},
                stdout=written,
                stderr=subprocess.STDOUT,
            )

    def count(self, event: str) -> int:
        return self._log.read_text().count(event)

    async def logs(self, event: str, times: int) -> None:
        """Wait until the log has this event so many times."""
        await until(lambda: self.count(event) == times, seconds=60)

    async def ends(self) -> int:
        """Wait until the one that started the others has ended."""
        await until(lambda: self.process.poll() is not None, seconds=60)
        return self.process.wait()


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Meet a WebSocket, and say nothing in it."""
    await head(reader)
    writer.write(SWITCHED)
    await reader.read()


@pytest.fixture
async def gateway(
    environment: pytest.MonkeyPatch, registry: FakeRegistry, orders: Upstream, tmp_path: Path
) -> AsyncIterator[Gateway]:
    gateway = Gateway(registry, tmp_path / "log")
    await gateway.logs("service.listening", 2)
    yield gateway
    gateway.process.terminate()
    await gateway.ends()


async def test_all_stop_with_the_one_that_started_them(gateway: Gateway) -> None:
    gateway.process.terminate()

    assert await gateway.ends() == 0
    assert gateway.count("service.stopped") == 2


async def test_an_open_websocket_is_told_goodbye_and_keeps_no_gateway_from_stopping(
    environment: pytest.MonkeyPatch, registry: FakeRegistry, upstreams: Upstreams, tmp_path: Path
) -> None:
    registry.publish("live", await upstreams.start_raw(talk), websocket=True)
    gateway = Gateway(registry, tmp_path / "log", workers=1)
    await gateway.logs("service.listening", 1)

    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(handshake("/ws/live"))
        await reader.readuntil(b"\r\n\r\n")
        gateway.process.terminate()
        said = await reader.read()
        writer.close()

    assert said == close_frame(GOING_AWAY, masked=False)
    assert await gateway.ends() == 0


async def test_a_client_that_asks_no_more_keeps_no_gateway_from_stopping(
    environment: pytest.MonkeyPatch, registry: FakeRegistry, orders: Upstream, tmp_path: Path
) -> None:
    environment.setenv("GRACE_SECONDS", "600")
    gateway = Gateway(registry, tmp_path / "log", workers=1)
    await gateway.logs("service.listening", 1)

    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"GET /api/v1/orders HTTP/1.1\r\nHost: shop.example\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        gateway.process.terminate()
        await reader.read()
        writer.close()

    assert await gateway.ends() == 0


async def test_when_the_one_that_started_them_is_killed_nobody_is_left(gateway: Gateway) -> None:
    gateway.process.kill()

    await gateway.logs("service.stopped", 2)


async def test_one_that_dies_is_replaced(gateway: Gateway) -> None:
    [worker, _] = _children(gateway.process.pid)
    os.kill(worker, signal.SIGKILL)

    await gateway.logs("service.listening", 3)

    assert worker not in _children(gateway.process.pid)


async def test_no_request_fails_while_all_are_renewed(gateway: Gateway) -> None:
    before = set(_children(gateway.process.pid))
    asking = [asyncio.create_task(_ask(gateway)) for _ in range(2)]

    gateway.process.send_signal(signal.SIGHUP)
    await gateway.logs("workers.renewed", 1)

    for task in asking:
        task.cancel()
    ends = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(end) for end in ends] == [asyncio.CancelledError] * 2
    assert before.isdisjoint(_children(gateway.process.pid))


async def _ask(gateway: Gateway) -> None:
    """One request after the other, on a connection that is kept and on new ones."""
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        while True:
            answered = await client.post("/api/v1/orders", content=b"x")
            assert answered.status_code == 200
            request = b"GET /api/v1/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            assert (await exchange(client, request)).startswith(b"HTTP/1.1 200 ")


def _children(parent: int) -> list[int]:
    with open(f"/proc/{parent}/task/{parent}/children") as children:
        return [int(number) for number in re.findall(r"\d+", children.read())]
