"""The queues under measurement: how each publishes and consumes, and the servers they share."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dev.ports import free_port
from dev.postgres import running_postgres
from dev.valkey import running_valkey
from tools import ROOT
from tools.bench.bench import APPS, Bench, CannotMeasure, tool
from tools.rendered import lay_over

QUEUES: Final = APPS / "queues"
PEERS: Final[Mapping[str, tuple[str, int]]] = {  # with how many events they are asked to carry
    "seed loop": ("seed_loop.py", 20_000),
    "faststream group": ("faststream_group.py", 6_000),
    "taskiq": ("taskiq_streams.py", 6_000),
    "arq": ("arq_jobs.py", 2_000),
}
ARQ: Final = "arq==0.28.0"
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


def run(bench: Bench, way: Way, told: Mapping[str, str]) -> Told:
    """Let it publish; a service goes on until it has told, and is ended."""
    log = bench.folder / "publisher.log"
    environment = {**told, **way.publishes}
    with _started(way.publish, way, environment, log):
        return result(log)


@contextmanager
def consuming(bench: Bench, way: Way, told: Mapping[str, str]) -> Iterator[Path]:
    log = bench.folder / "consumer.log"
    with _started(way.consume, way, told, log):
        yield log


@contextmanager
def killed(bench: Bench, way: Way, told: Mapping[str, str]) -> Iterator[None]:
    """A consumer while it works; it is killed afterwards."""
    with _started(way.consume, way, told, bench.folder / "killed.log") as process:
        yield
        process.kill()


@contextmanager
def _started(
    command: Sequence[str], way: Way, told: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=way.folder,
            env={**os.environ, **way.environment, **told, "PORT": str(free_port())},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def result(log: Path) -> Told:
    """What a program has told; raises CannotMeasure if it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("TALLY ") and line.endswith("}"):
                told: Told = json.loads(line.removeprefix("TALLY "))
                return told
        time.sleep(0.05)
    raise CannotMeasure(f"nothing was told; its last words: {log.read_text()[-500:]!r}")


def peers(redis_url: str) -> dict[str, Way]:
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


def ours(bench: Bench, database_url: str, redis_url: str) -> dict[str, Way]:
    folder = bench.service("bench-events", features=["database", "events"], resource="")
    package = folder / "src" / "bench_events"
    lay_over(folder, package.name, APPS / "queues_ours")
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


@asynccontextmanager
async def servers() -> AsyncIterator[tuple[str, str]]:
    """A PostgreSQL and a Valkey that keep what they acknowledge, as in production."""
    async with running_postgres() as postgres, running_valkey() as valkey:
        yield await postgres.create_database("bench_events"), valkey.url
