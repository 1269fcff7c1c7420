"""Small requests as fast as they are answered: with heads alike, or different each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from tools.bench.bench import Bench
from tools.bench.edge import scenes
from tools.bench.edge.field import field
from tools.bench.edge.gateway import OURS
from tools.bench.edge.heads import Heads
from tools.bench.edge.issuer import token
from tools.bench.edge.proxies import SMALL, SMALL_BYTES, upstream
from tools.bench.edge.scenes import CONNECTIONS, SECONDS, Scene
from tools.bench.figures import Figure
from tools.bench.server import Server, cores
from tools.bench.wrk import drive

# How many times as many requests as the peer ours is meant to answer.
ALIKE: Final = {"nginx": 0.75, "caddy": 4.0, "ASGI + aiohttp": 5.0, "seed": 50.0}
DIFFER: Final = {"nginx": 0.6}
USERS_DIFFER: Final = {"nginx": 0.45}
USERS: Final = 1000
WORKER_MEBIBYTES: Final = 70


def figures(bench: Bench) -> Iterator[Figure]:
    with field(bench, upstream(bench), interpreted=True) as everybody:
        yield from scenes.figures(_scenes(bench), everybody)
        for name, server in everybody.servers.items():
            yield from _memory(name, server)


def _memory(name: str, server: Server) -> Iterator[Figure]:
    """What a worker takes, and what it has to do with: libraries are there once for all workers."""
    limit = WORKER_MEBIBYTES if name == OURS else None
    own, resident = server.own_mebibytes, server.resident_mebibytes
    yield Figure(f"memory of a worker's own after that, {name}", own, "MiB", below=limit)
    yield Figure(f"the same with shared pages (RSS), {name}", resident, "MiB")


def _scenes(bench: Bench) -> list[Scene]:
    tokens = [token(f"user-{number}") for number in range(USERS)]
    alike = Heads("GET", SMALL, answer_bytes=SMALL_BYTES, tokens=tokens[:1])
    differ = replace(alike, differ=True)
    asks = {
        "GET, heads alike": (alike, ALIKE),
        "GET, heads differ": (differ, DIFFER),
        "GET, heads differ, 1,000 tokens": (replace(differ, tokens=tokens), USERS_DIFFER),
    }
    wrk = partial(
        drive,
        folder=bench.folder,
        seconds=SECONDS,
        connections=CONNECTIONS,
        core=cores()[-1],
    )
    return [Scene(what, partial(wrk, ask=ask), goals) for what, (ask, goals) in asks.items()]
