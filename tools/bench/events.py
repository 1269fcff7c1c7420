"""Events beside other queues: one publisher and one consumer process on one Valkey."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from dev.ports import free_port
from dev.postgres import running_postgres
from dev.valkey import running_valkey
from tools import ROOT
from tools.bench.bench import APPS, Bench, CannotMeasure, tool
from tools.bench.figures import Figure

QUEUES: Final = APPS / "queues"
PEERS: Final[Mapping[str, tuple[str, int]]] = {  # with how many events they are asked to carry
    "seed loop": ("seed_loop.py", 20_000),
    "faststream group": ("faststream_group.py", 6_000),
    "taskiq": ("taskiq_streams.py", 6_000),
    "arq": ("arq_jobs.py", 2_000),
}
ARQ: Final = "arq==0.28.0"
OURS_EVENTS: Final = 60_000
WAITING: Final = {"HANDLER_SECONDS": "0.005"}
PACE: Final = {"RATE": "200"}
PACED_EVENTS: Final = 1_000
PATIENCE_SECONDS: Final = 90.0

Told = dict[str, Any]  # Any: what a program tells of what it measured


@dataclass(frozen=True)
class Way:
    """One system: how it publishes, and how it consumes; `publishes` is told to the publisher."""

    publish: Sequence[str]
    consume: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    publishes: Mapping[str, str] = field(default_factory=dict)


def figures(bench: Bench) -> Iterator[Figure]:
    with _servers() as (database_url, redis_url):
        peers = _peers(redis_url)
        ours = _ours(bench, database_url, redis_url)
        yield from _drained(bench, ours, peers)
        yield from _with_effects(bench, ours, peers["seed loop"])
        yield from _waiting(bench, ours["direct"], peers)
        yield from _delayed(bench, ours, peers)
        yield _requested(bench, ours)


def _drained(bench: Bench, ours: Mapping[str, Way], peers: Mapping[str, Way]) -> Iterator[Figure]:
    published, drained = _carry(bench, ours["direct"], OURS_EVENTS)
    goals = {"seed loop": 8.0, "faststream group": 12.0}
    for name, way in peers.items():
        events = PEERS[name][1]
        peer_published, peer_drained = _carry(bench, way, events)
        yield Figure("events published", published, "/s", peer_published, name)
        goal = goals.get(name)
        yield Figure("events drained", drained, "/s", peer_drained, name, at_least=goal)


def _with_effects(bench: Bench, ours: Mapping[str, Way], seed: Way) -> Iterator[Figure]:
    _, drained = _carry(bench, ours["rows"], 20_000)
    _, peer = _carry(bench, seed, PEERS["seed loop"][1])
    what = "events through outbox, stream, inbox, effect"
    yield Figure(what, drained, "/s", at_least=5_000)
    yield Figure(what, drained, "/s", peer, "seed loop", at_least=0.75)


def _waiting(bench: Bench, ours: Way, peers: Mapping[str, Way]) -> Iterator[Figure]:
    _, drained = _carry(bench, ours, 20_000, WAITING)
    for name, goal in {"seed loop": 100.0, "faststream group": None, "arq": None}.items():
        _, peer = _carry(bench, peers[name], 400, WAITING)
        yield Figure("handlers of 5 ms drained", drained, "/s", peer, name, at_least=goal)


def _delayed(bench: Bench, ours: Mapping[str, Way], peers: Mapping[str, Way]) -> Iterator[Figure]:
    direct, rows = _delays(bench, ours["direct"]), _delays(bench, ours["rows"])
    for name in ("seed loop", "faststream group", "arq"):
        theirs = _delays(bench, peers[name])
        yield Figure("p50 at 200 events/s", direct[0], "ms", theirs[0], name)
        yield Figure("p99 at 200 events/s", direct[1], "ms", theirs[1], name)
    yield Figure("p99 at 200 events/s", direct[1], "ms", below=3)
    yield Figure("p50 through outbox and inbox", rows[0], "ms")
    yield Figure("p99 through outbox and inbox", rows[1], "ms", below=20)


def _requested(bench: Bench, ours: Mapping[str, Way]) -> Figure:
    rates: dict[str, list[float]] = {"row-requests": [], "after-requests": []}
    for _ in range(3):
        for name, rate in rates.items():
            way = replace(ours["direct"], publish=[*ours["rows"].publish, name])
            told = _run(bench, way, {"EVENTS": "6000"})
            rate.append(6000 / told["seconds"])
    row, after = (statistics.median(rate) for rate in rates.values())
    what = "requests with an outbox row"
    return Figure(what, row, "/s", after, "publish after commit", at_least=1.0)


def _carry(
    bench: Bench, way: Way, events: int, environment: Mapping[str, str] | None = None
) -> tuple[float, float]:
    """Events published a second, and then, by a consumer that starts afterwards, drained."""
    told = {"EVENTS": str(events), **(environment or {})}
    published = _run(bench, way, told)
    with _consuming(bench, way, told) as log:
        drained = _told(log)
    return events / published["seconds"], events / drained["seconds"]


def _delays(bench: Bench, way: Way) -> tuple[float, float]:
    """The median and the 99th percentile of the milliseconds from publishing to handling."""
    told = {"EVENTS": str(PACED_EVENTS), **PACE}
    with _consuming(bench, way, told) as log:
        time.sleep(3)  # until it reads: nothing tells from outside that it does
        _run(bench, way, told)
        delays = _told(log)["delays"]
    return statistics.median(delays) * 1000, delays[int(len(delays) * 0.99)] * 1000


def _run(bench: Bench, way: Way, told: Mapping[str, str]) -> Told:
    """Let it publish; a service goes on until it has told, and is ended."""
    log = bench.folder / "publisher.log"
    environment = {**told, **way.publishes}
    with _started(way.publish, way, environment, log):
        return _told(log)


@contextmanager
def _consuming(bench: Bench, way: Way, told: Mapping[str, str]) -> Iterator[Path]:
    log = bench.folder / "consumer.log"
    with _started(way.consume, way, told, log):
        yield log


@contextmanager
def _started(
    command: Sequence[str], way: Way, told: Mapping[str, str], log: Path
) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=way.folder,
            env={**os.environ, **way.environment, **told, "PORT": str(free_port())},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def _told(log: Path) -> Told:
    """What a program has told; raises CannotMeasure if it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("TALLY ") and line.endswith("}"):
                told: Told = json.loads(line.removeprefix("TALLY "))
                return told
        time.sleep(0.05)
    raise CannotMeasure(f"nothing was told; its last words: {log.read_text()[-500:]!r}")


def _peers(redis_url: str) -> dict[str, Way]:
    """The peers, in an environment of their own."""
    environment = ROOT / ".venv-queues"
    uv = tool("uv", "`python3 noxfile.py -s bench` brings it")
    python = str(environment / "bin" / "python")
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, environment])
    # arq allows no redis-py that the others allow, and runs with it all the same.
    for wanted in (["-r", str(QUEUES / "requirements.txt")], ["--no-deps", ARQ]):
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *wanted], check=True)
    told = {"REDIS_URL": redis_url}
    return {
        name: Way([python, script, "publish"], [python, script, "consume"], QUEUES, told)
        for name, (script, _) in PEERS.items()
    }


def _ours(bench: Bench, database_url: str, redis_url: str) -> dict[str, Way]:
    folder = bench.service("bench-events", features=["database", "events"], resource="")
    package = folder / "src" / "bench_events"
    overlay = APPS / "queues_ours"
    kept = shutil.ignore_patterns("migrations", "__pycache__")
    shutil.copytree(overlay, package, dirs_exist_ok=True, ignore=kept)
    shutil.copytree(overlay / "migrations", folder / "migrations", dirs_exist_ok=True)
    shutil.copy(QUEUES / "tally.py", package)
    told = {
        "ENVIRONMENT": "development",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "EVENTS_CONSUMER": "bench",
    }
    command = [bench.python, "-m", package.name]
    return {
        "direct": Way([*command, "direct"], command, folder, told),
        "rows": Way(command, command, folder, told, {"PUBLISH": "rows", "EVENTS_CONSUMER": "p"}),
    }


@contextmanager
def _servers() -> Iterator[tuple[str, str]]:
    """A PostgreSQL and a Valkey that keep what they acknowledge, as in production."""
    with asyncio.Runner() as runner:
        postgres, valkey = running_postgres(), running_valkey()
        server = runner.run(postgres.__aenter__())
        try:
            url = runner.run(server.create_database("bench_events"))
            redis_url = runner.run(valkey.__aenter__()).url
            try:
                yield url, redis_url
            finally:
                runner.run(valkey.__aexit__(None, None, None))
        finally:
            runner.run(postgres.__aexit__(None, None, None))
