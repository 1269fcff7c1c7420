"""What a client waits for while routes change all the time, and for the first event of a stream."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Final

import httpx

from dev.valkey import running_valkey
from tools.bench.bench import APPS, Bench, CannotMeasure, opened, progress
from tools.bench.edge.gateway import OURS, Gateway, gateway
from tools.bench.edge.heads import Heads
from tools.bench.edge.issuer import token
from tools.bench.edge.pace import P50, P99, cuts_of
from tools.bench.edge.proxies import SMALL, sink
from tools.bench.edge.talk import connected
from tools.bench.figures import Figure
from tools.bench.server import Server, cores, on_core

SERVICES: Final = 100
CHANGES: Final = 50
ROUNDS: Final = 3
STREAMS: Final = 200
STREAM: Final = "/api/v1/stream"
FIRST_EVENT_MILLISECONDS: Final = 50.0
P99_RATIO: Final = 4.0  # to what it is else: no request waits for a new table to be made
_OURS: Final = "through the gateway"
_STRAIGHT: Final = "straight"
_LAST: Final = 19  # of all that want the processor
_EVENT: Final = b"data: {}\n\n"


def figures(bench: Bench) -> Iterator[Figure]:
    with (
        opened(running_valkey()) as valkey,
        sink(bench) as service,
        gateway(bench, service, valkey.url) as ours,
        on_core(cores()[-1]),
    ):
        progress("the first event of a stream")
        yield from _first_events(service, ours.servers[OURS])
        progress(f"{CHANGES} changes of {SERVICES} services a second")
        yield from _while_routes_change(service, ours)


def _first_events(service: Server, ours: Server) -> Iterator[Figure]:
    """In turns, each on a connection of its own."""
    inside, outside = _asking(STREAM.removeprefix("/api")), _asking(STREAM)
    pairs = [(first_event(service, inside), first_event(ours, outside)) for _ in range(STREAMS)]
    straight, through = (quantiles(some, n=100) for some in zip(*pairs, strict=True))
    what, own = "first event of a stream", straight[P50] * 1e6
    yield Figure(f"{what}, p50", through[P50] * 1e6, "us", own, _STRAIGHT)
    limit = FIRST_EVENT_MILLISECONDS
    yield Figure(f"{what}, p99", through[P99] * 1e3, "ms", below=limit)


def first_event(server: Server, ask: Heads) -> float:
    """The seconds until the first event is there."""
    with connected(server) as connection:
        begun, said = time.perf_counter(), b""
        connection.sendall(ask.message())
        while _EVENT not in said:
            piece = connection.recv(65536)
            if not piece:
                raise CannotMeasure(f"a stream ended after {said[:200]!r}")
            said += piece
        return time.perf_counter() - begun


def _while_routes_change(service: Server, ours: Gateway) -> Iterator[Figure]:
    """Straight at the service as well: who makes the changes is on the caller's core, too, though
    it steps back for the caller."""
    asked = {_OURS: ours.servers[OURS], _STRAIGHT: service}
    ask = _asking(SMALL)
    quiet, busy, rates = [], [], []
    for _ in range(ROUNDS):
        quiet.append(cuts_of(asked, ask))
        with _changing(ours.registry, service):
            before, begun = _revision(ours), time.perf_counter()
            busy.append(cuts_of(asked, ask))
            rates.append((_revision(ours) - before) / (time.perf_counter() - begun))
    learned, enough = "changes of routes that reach the gateway", 0.9 * CHANGES
    yield Figure(learned, median(rates), "/s", at_least=enough)
    for name in asked:
        for what, place, limit in (("p50", P50, None), ("p99", P99, P99_RATIO)):
            changing, still = (median(one[name][place] for one in some) for some in (busy, quiet))
            goal = limit if name == _OURS else None
            yield Figure(f"{what} meanwhile, {name}", changing, "us", still, "else", below=goal)


@contextmanager
def _changing(registry: Server, service: Server) -> Iterator[None]:
    """Services come anew all the time."""
    os.setpriority(os.PRIO_PROCESS, registry.pid, _LAST)
    told = [registry.url, service.url, str(SERVICES), str(CHANGES)]
    command = [sys.executable, str(APPS / "changing.py"), *told]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        os.setpriority(os.PRIO_PROCESS, process.pid, _LAST)
        try:
            assert process.stdout is not None
            if process.stdout.readline() != b"ready\n":
                raise CannotMeasure("nobody changes anything")
            yield
        finally:
            process.terminate()


def _revision(ours: Gateway) -> int:
    """The last change that the gateway has heard of."""
    told = httpx.get(f"{ours.servers[OURS].url}/admin/routes", trust_env=False)
    return int(told.raise_for_status().json()["revision"])


def _asking(path: str) -> Heads:
    return Heads("GET", path, tokens=[token("user")])
