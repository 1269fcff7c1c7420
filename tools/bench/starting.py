"""How long a service, and the whole stack, take from their start until they answer."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from dev.ports import free_port
from dev.postgres import running_postgres
from tools import ROOT
from tools.bench.bench import APPS, Bench, CannotMeasure
from tools.bench.figures import Figure, medians
from tools.bench.server import PATIENCE_SECONDS, serving

SERVICE = ROOT / "generated-examples" / "order-service"


def figures(bench: Bench) -> Iterator[Figure]:
    yield asyncio.run(_service(bench))
    [stack] = medians([lambda: _seconds_of_stack(bench.folder)], 3)
    yield Figure("start of the whole stack to all ready", stack, "s", below=12)


async def _service(bench: Bench) -> Figure:
    fastapi = [bench.python, "-m", "uvicorn", "starting:app", "--port", "{port}"]
    async with running_postgres() as server:
        await server.create_database("bench")
        environment = {
            "ENVIRONMENT": "development",
            "DATABASE_URL": server.url(database="bench"),
            "REGISTRY_URL": "http://127.0.0.1:9",
        }

        def ours() -> float:
            begun = time.perf_counter()
            command = [bench.python, "-m", "order_service"]
            with serving(command, environment=environment, folder=SERVICE):
                return time.perf_counter() - begun

        def theirs() -> float:
            begun = time.perf_counter()
            with serving(fastapi, folder=APPS):
                return time.perf_counter() - begun

        seconds, peer = medians([ours, theirs], 7)
    return Figure("start of a service to ready", seconds, "s", peer, "bare FastAPI", below=1.5)


def _seconds_of_stack(folder: Path) -> float:
    """Start the whole stack, wait until it describes itself, end it; the seconds it took."""
    description = folder / "stack.json"
    description.unlink(missing_ok=True)
    begun = time.perf_counter()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tools.stack", "--port", str(free_port())),
            *("--describe", str(description)),
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not description.exists():
            if process.poll() is not None or time.perf_counter() - begun > PATIENCE_SECONDS:
                raise CannotMeasure("the stack did not start; see what `nox -s stack` says")
            time.sleep(0.01)
        return time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(30)
