"""What the chassis costs each request, beside other frameworks on the same server and core.

Ours does what a service does in production: an access line, metrics, a request id and a trace
header for every request.  What a server prints is written to a file, everybody's alike.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from statistics import median
from typing import Final

from tools.bench.bench import APPS, Bench
from tools.bench.figures import Figure
from tools.bench.server import Server, cores, serving
from tools.bench.wrk import Ask, Load, drive

OURS: Final = "ours"
# The peers, by their module in apps/, and how many times as fast as they ours is meant to be.
PEERS: Final[Mapping[str, float | None]] = {
    "raw_asgi": 0.35,
    "bare_starlette": None,
    "bare_blacksheep": None,
    "bare_litestar": None,
    "bare_fastapi": 1.0,
    "fitted_fastapi_asgi": None,
    "fitted_fastapi": 2.5,
}
READ: Final = Ask("GET", "/v1/items/7")
ASKS: Final[Mapping[str, Ask]] = {
    "GET of small JSON": READ,
    "POST of a validated body": Ask(
        "POST", "/v1/items", '{"name": "lamp", "price": 1999, "tags": ["light", "indoor"]}'
    ),
}
ROUNDS: Final = 10
SECONDS: Final = 1


def figures(bench: Bench) -> Iterator[Figure]:
    with ExitStack() as stack:
        servers = {
            OURS: stack.enter_context(_ours(bench)),
            **{name: stack.enter_context(_peer(bench, name)) for name in PEERS},
        }
        for what, ask in ASKS.items():
            yield from _compared(what, _in_turns(bench, servers, ask))


def _ours(bench: Bench) -> AbstractContextManager[Server]:
    folder = bench.service("bench-service", features=[])
    package = folder / "src" / "bench_service"
    shutil.copytree(APPS / "ours", package, dirs_exist_ok=True)
    shutil.copy(APPS / "items.py", package / "item" / "models.py")
    command = [bench.python, "-m", package.name]
    return serving(command, folder=folder, log=bench.folder / "ours.log", core=cores()[0])


def _peer(bench: Bench, name: str) -> AbstractContextManager[Server]:
    command = [bench.python, "-m", "uvicorn", f"{name}:app", "--port", "{port}"]
    options = ["--loop=uvloop", "--http=httptools", "--no-access-log", "--log-level=warning"]
    return serving(
        [*command, *options],
        ready=READ.path,
        folder=APPS,
        log=bench.folder / f"{name}.log",
        core=cores()[0],
    )


def _in_turns(bench: Bench, servers: Mapping[str, Server], ask: Ask) -> dict[str, list[Load]]:
    """Every server's loads: all are driven in each round, so that a slow moment hits all."""
    loads: dict[str, list[Load]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, server in servers.items():
            load = drive(server, ask, seconds=SECONDS, folder=bench.folder, core=cores()[-1])
            loads[name].append(load)
    return loads


def _compared(what: str, loads: Mapping[str, Sequence[Load]]) -> Iterator[Figure]:
    speeds = {name: median(load.a_second for load in some) for name, some in loads.items()}
    for name, times in PEERS.items():
        peer = name.replace("_", " ")
        yield Figure(what, speeds[OURS], "/s", speeds[name], peer, at_least=times)
    costs = {name: median(load.cpu_microseconds for load in some) for name, some in loads.items()}
    for name, times in PEERS.items():
        peer, limit = name.replace("_", " "), 1 / times if times else None
        yield Figure(f"CPU of a {what}", costs[OURS], "us", costs[name], peer, below=limit)
