"""Measure, and print one table: the template, the start of a service, the start of the stack."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from dev.postgres import running_postgres
from tools import ROOT
from tools.bench.figures import Figure, medians, table
from tools.bench.starting import PEER, seconds_of_stack, seconds_to_ready
from tools.render import Source

SERVICE = ROOT / "generated-examples" / "order-service"


def main(arguments: Sequence[str]) -> int:
    """`arguments[0]` is the Python of the peers; the exit code says whether all goals are met."""
    [peers] = arguments
    with tempfile.TemporaryDirectory() as folder:
        figures = []
        for figure in _figures(peers, Path(folder)):
            print(f"measured: {figure.what}", file=sys.stderr, flush=True)
            figures.append(figure)
    print(table(figures))
    return 0 if all(figure.met for figure in figures) else 1


def _figures(peers: str, folder: Path) -> Iterator[Figure]:
    yield _render(folder)
    yield _check()
    yield asyncio.run(_start(peers, folder))
    [stack] = medians([lambda: seconds_of_stack(ROOT, folder)], 3)
    yield Figure("start of the whole stack to all ready", stack, "s", goal=12)


def _render(folder: Path) -> Figure:
    source = folder / "template"
    Source.copied(ROOT, source)
    answers = ["--defaults", "--quiet", "-d", "service_name=ship-service"]

    def render() -> float:
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory(dir=folder) as target:
            command = [sys.executable, "-m", "copier", "copy", *answers, str(source), target]
            subprocess.run(command, check=True)
        return time.perf_counter() - begun

    [seconds] = medians([render], 5)
    return Figure("copier copy of one service", seconds, "s", goal=2)


def _check() -> Figure:
    def check() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "tools.regenerate", "--check"]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    [seconds] = medians([check], 3)
    return Figure("CPU of the drift check of all services", seconds, "s", goal=6)


async def _start(peers: str, folder: Path) -> Figure:
    (folder / "peer.py").write_text(PEER)
    fastapi = [peers, "-m", "uvicorn", "peer:app", "--port", "{port}"]
    async with running_postgres() as server:
        await server.create_database("bench")
        environment = {
            **os.environ,
            "ENVIRONMENT": "development",
            "DATABASE_URL": server.url(database="bench"),
            "REGISTRY_URL": "http://127.0.0.1:9",
        }
        ours, theirs = medians(
            [
                lambda: seconds_to_ready([peers, "-m", "order_service"], environment, SERVICE),
                lambda: seconds_to_ready(fastapi, os.environ, folder),
            ],
            7,
        )
    return Figure("start of a service to ready", ours, "s", 1.5, theirs, "bare FastAPI")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
