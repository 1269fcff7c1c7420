"""The registry with 10,000 instances of 1,000 services, each of them checked every 5 seconds."""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import sys
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Final

from tools import ROOT
from tools.bench.bench import APPS, Bench
from tools.bench.figures import Figure
from tools.bench.server import Server, cores, serving

SERVICES: Final = 1000
ADDRESSES: Final = 10
WATCHERS: Final = 50
ASKS: Final = 4000
ASK_EVERY_SECONDS: Final = 0.0025
CHANGES: Final = 40
PATIENCE_SECONDS: Final = 60.0
_CHECKS: Final = re.compile(rb'registry_checks_total\{outcome="passed"\} ([0-9.e+]+)')


def figures(bench: Bench) -> Iterator[Figure]:
    core, other = cores()[0], cores()[-1]
    fleet = serving([sys.executable, "healthy.py"], ready="/", folder=APPS, core=other)
    registry = serving(
        [sys.executable, "-m", "registry"],
        environment={"ENVIRONMENT": "development"},
        folder=ROOT / "registry",
        log=bench.folder / "registry.log",
        core=core,
    )
    with fleet as healthy, registry as server:
        yield from asyncio.run(_measured(server, healthy))


async def _measured(server: Server, healthy: Server) -> list[Figure]:
    port = int(healthy.url.rpartition(":")[2])
    async with await Caller.of(server) as caller, await Caller.of(healthy) as bare:
        for number in range(SERVICES * ADDRESSES):
            name, address = f"service-{number % SERVICES}", number // SERVICES + 1
            await caller.register(name, f"http://127.0.0.{address}:{port}")
        checks, begun, cpu = await caller.checks(), time.perf_counter(), server.cpu_seconds
        seconds, noise = [], []
        for number in range(ASKS):
            seconds.append(await caller.pick(number % SERVICES))
            noise.append(await bare.pick(number % SERVICES))
        passed = time.perf_counter() - begun
        rate = (await caller.checks() - checks) / passed
        busy = (server.cpu_seconds - cpu) / passed
        delays = await _delays(server, port)
    cuts, bare_cuts = statistics.quantiles(seconds, n=100), statistics.quantiles(noise, n=100)
    what = "GET /services/{name} of 10,000 instances"
    return [
        Figure("health checks meanwhile", rate, "/s", at_least=0.9 * SERVICES * ADDRESSES / 5),
        Figure("share of a core meanwhile", busy, "cores"),
        Figure(f"{what}, p50", cuts[49] * 1000, "ms"),
        Figure(f"{what}, p99", cuts[98] * 1000, "ms", below=2),
        Figure("an empty answer on the other core meanwhile, p99", bare_cuts[98] * 1000, "ms"),
        Figure("a change reaches 50 watchers, median", statistics.median(delays) * 1000, "ms"),
        Figure("a change reaches 50 watchers, worst of 40", max(delays) * 1000, "ms", below=100),
    ]


async def _delays(server: Server, port: int) -> list[float]:
    """How long each of some changes takes until the last of all watchers has it."""
    async with AsyncExitStack() as stack:
        watchers = [
            await stack.enter_async_context(await Caller.of(server)) for _ in range(WATCHERS)
        ]
        for watcher in watchers:
            await watcher.watch()
        caller = await stack.enter_async_context(await Caller.of(server))
        delays = []
        for number in range(CHANGES):
            begun = time.perf_counter()
            heard = [asyncio.create_task(one.heard(f"late-{number}")) for one in watchers]
            await caller.register(f"late-{number}", f"http://127.0.0.1:{port}")
            async with asyncio.timeout(PATIENCE_SECONDS):
                delays.append(max(await asyncio.gather(*heard)) - begun)
    return delays


class Caller:
    """One connection to the registry, as lean as can be: what is measured is the other side."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def of(cls, server: Server) -> Caller:
        host, _, port = server.url.removeprefix("http://").partition(":")
        return cls(*await asyncio.open_connection(host, int(port), limit=2**26))

    async def __aenter__(self) -> Caller:
        return self

    async def __aexit__(self, *error: object) -> None:
        self._writer.close()

    async def register(self, name: str, url: str) -> None:
        routes = [{"prefix": f"/v1/{name}", "methods": ["GET", "POST"], "policy": "authenticated"}]
        said = {"name": name, "url": url, "ttl": 300, "metadata": {"routes": routes}}
        await self._call("POST", "/register", json.dumps(said).encode())

    async def pick(self, number: int) -> float:
        """The seconds that one pick takes; then a pause, as callers come one by one."""
        begun = time.perf_counter()
        await self._call("GET", f"/services/service-{number}")
        seconds = time.perf_counter() - begun
        await asyncio.sleep(ASK_EVERY_SECONDS)
        return seconds

    async def checks(self) -> float:
        """How many checks were passed so far."""
        found = _CHECKS.search(await self._call("GET", "/metrics"))
        assert found is not None
        return float(found[1])

    async def watch(self) -> None:
        """Begin to watch, and take the snapshot."""
        self._writer.write(b"GET /watch HTTP/1.1\r\nHost: registry\r\n\r\n")
        await self._reader.readuntil(b"event: snapshot")
        await self._reader.readuntil(b"\n\n")

    async def heard(self, name: str) -> float:
        """When the service of this name was heard of."""
        await self._reader.readuntil(f'"service":"{name}"'.encode())
        return time.perf_counter()

    async def _call(self, method: str, path: str, body: bytes = b"") -> bytes:
        kind = "Content-Type: application/json\r\n" if body else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: registry\r\n{kind}Content-Length: {len(body)}"
        self._writer.write(f"{head}\r\n\r\n".encode() + body)
        answered = await self._reader.readuntil(b"\r\n\r\n")
        assert answered.startswith(b"HTTP/1.1 20"), answered
        length = re.search(rb"(?i)content-length: ([0-9]+)", answered)
        assert length is not None
        return await self._reader.readexactly(int(length[1]))
