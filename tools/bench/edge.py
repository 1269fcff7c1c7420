"""Our gateway with tokens and limits beside proxies that check nothing, all on one core each."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from statistics import median, quantiles
from typing import Final

from dev.valkey import running_valkey
from tools.bench.bench import Bench
from tools.bench.figures import Figure
from tools.bench.gateway import gateway, token
from tools.bench.heads import Heads
from tools.bench.pace import paced
from tools.bench.proxies import (
    LARGE,
    LARGE_BYTES,
    PEERS,
    SMALL,
    SMALL_BYTES,
    application,
    proxy,
    upstream,
)
from tools.bench.server import Server, cores
from tools.bench.wrk import Load, drive

OURS: Final = "gateway"
APPLICATIONS: Final[Mapping[str, str]] = {"edge_asgi": "ASGI + aiohttp", "edge_seed": "seed"}
# How many times as many requests as the peer ours is meant to answer.
ALIKE: Final = {"nginx": 0.75, "caddy": 4.0, "ASGI + aiohttp": 5.0, "seed": 50.0}
CONNECTIONS: Final = 64
USERS: Final = 1000
ROUNDS: Final = 7
SECONDS: Final = 1
PACE: Final = 1000
PACED: Final = 1000


@dataclass(frozen=True)
class Scene:
    """What is asked, and how many times the peers' throughput ours is meant to be."""

    what: str
    ask: Heads
    goals: Mapping[str, float]


def figures(bench: Bench) -> Iterator[Figure]:
    yield from asyncio.run(_measured(bench))


async def _measured(bench: Bench) -> list[Figure]:
    async with running_valkey() as valkey:
        with ExitStack() as stack:
            service = stack.enter_context(upstream(bench))
            ours, renew = stack.enter_context(gateway(bench, service, valkey.url))
            servers = {OURS: ours}
            for name in PEERS:
                servers[name] = stack.enter_context(proxy(bench, name, service))
            for module, name in APPLICATIONS.items():
                servers[name] = stack.enter_context(application(bench, module, service))
            return list(_figures(bench, servers, service, renew))


def _figures(
    bench: Bench, servers: Mapping[str, Server], service: Server, renew: Callable[[], None]
) -> Iterator[Figure]:
    scenes = _scenes()
    for scene in scenes:
        renew()
        yield from _compared(scene, _in_turns(bench, servers, scene.ask))
    renew()
    yield from _latencies(servers, service, scenes[0].ask)
    for name, server in servers.items():
        limit = 70 if name == OURS else None
        yield Figure(f"memory of a worker, {name}", server.resident_mebibytes, "MiB", below=limit)


def _scenes() -> list[Scene]:
    tokens = [token(f"user-{number}") for number in range(USERS)]
    alike = Heads("GET", SMALL, answer_bytes=SMALL_BYTES, tokens=tokens[:1])
    differ = replace(alike, differ=True)
    users = replace(differ, tokens=tokens)
    large = replace(alike, path=LARGE, answer_bytes=LARGE_BYTES)
    return [
        Scene("GET, heads alike", alike, ALIKE),
        Scene("GET, heads differ", differ, {"nginx": 0.6}),
        Scene("GET, heads differ, 1,000 tokens", users, {"nginx": 0.45}),
        Scene("GET of 1 MiB", large, {"haproxy": 1.0}),
    ]


def _in_turns(bench: Bench, servers: Mapping[str, Server], ask: Heads) -> dict[str, list[Load]]:
    """Every server's loads: all are driven in each round, so that a slow moment hits all."""
    loads: dict[str, list[Load]] = {name: [] for name in servers}
    options = {"seconds": SECONDS, "connections": CONNECTIONS, "core": cores()[-1]}
    for _ in range(ROUNDS):
        for name, server in servers.items():
            loads[name].append(drive(server, ask, folder=bench.folder, **options))
    return loads


def _compared(scene: Scene, loads: Mapping[str, Sequence[Load]]) -> Iterator[Figure]:
    speeds = {name: median(load.a_second for load in some) for name, some in loads.items()}
    costs = {name: median(load.cpu_microseconds for load in some) for name, some in loads.items()}
    peers = [name for name in loads if name != OURS]
    for name in peers:
        goal = scene.goals.get(name)
        yield Figure(scene.what, speeds[OURS], "/s", speeds[name], name, at_least=goal)
    for name in peers:
        yield Figure(f"CPU of a {scene.what}", costs[OURS], "us", costs[name], name)


def _latencies(servers: Mapping[str, Server], service: Server, ask: Heads) -> Iterator[Figure]:
    """What each adds to the upstream's own time, in turns, with the caller on the other core."""
    asked = {"": service, **{name: servers[name] for name in (OURS, *PEERS)}}
    taken: dict[str, list[float]] = {name: [] for name in asked}
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cores()[-1]})
    try:
        for _ in range(ROUNDS):
            for name, server in asked.items():
                taken[name] += paced(server, ask, a_second=PACE, count=PACED)
    finally:
        os.sched_setaffinity(0, allowed)
    cuts = {name: quantiles(some, n=100) for name, some in taken.items()}
    for what, place, limit in (("p50", 49, 1.5), ("p99", 98, None)):
        added = {name: (cut[place] - cuts[""][place]) * 1e6 for name, cut in cuts.items()}
        for name in PEERS:
            goal = limit if name == "nginx" else None
            said = f"{what} added at {PACE:,} requests/s"
            yield Figure(said, added[OURS], "us", added[name], name, below=goal)
