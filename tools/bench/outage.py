"""A minute without Valkey: no request fails, and no event of that time is lost."""

from __future__ import annotations

import asyncio
import os
import time
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
import httpx

from dev.ports import LOOPBACK, free_port
from dev.postgres import running_postgres
from dev.valkey import running_valkey
from tools.bench.bench import Bench, CannotMeasure
from tools.bench.figures import Figure

SECONDS: Final = 60.0
PER_SECOND: Final = 20
PATIENCE_SECONDS: Final = 60.0
HANDLED: Final = "SELECT count(*) FROM inbox"


def figures(bench: Bench) -> Iterator[Figure]:
    folder = bench.service("bench-outage", features=["database", "events"], resource="item")
    failed, asked, caught_up = asyncio.run(_endured(bench, folder))
    yield Figure(f"of {asked} requests in {SECONDS:g} s without Valkey failed", failed, "", below=1)
    yield Figure("until all of their events are handled", caught_up, "s")


async def _endured(bench: Bench, folder: Path) -> tuple[int, int, float]:
    """How many requests failed, of how many, and how long their events took afterwards."""
    async with running_postgres() as postgres, running_valkey() as valkey:
        database_url = await postgres.create_database("bench_outage")
        told = {"DATABASE_URL": database_url, "REDIS_URL": valkey.url}
        async with _running([bench.python, "-m", "bench_outage"], folder, told) as client:
            await valkey.kill()
            answers = await _ask(client)
            await valkey.start()
            begun = time.perf_counter()
            await _until_handled(database_url, answers.count(True))
    return answers.count(False), len(answers), time.perf_counter() - begun


@asynccontextmanager
async def _running(
    argv: list[str], folder: Path, told: dict[str, str]
) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    own = {"ENVIRONMENT": "development", "PORT": str(port), **told}
    env = {**os.environ, **own}
    process = await asyncio.create_subprocess_exec(
        *argv, cwd=folder, env=env, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", timeout=10) as client:
            await _until_ready(client)
            yield client
    finally:
        process.terminate()
        await process.wait()


async def _until_ready(client: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await _answered(client, "GET", "/health/ready"):
        if time.monotonic() > deadline:
            raise CannotMeasure("the service did not become ready")
        await asyncio.sleep(0.1)


async def _ask(client: httpx.AsyncClient) -> list[bool]:
    """Whether each of the requests was answered as it should be; they come at an even rate."""
    loop = asyncio.get_running_loop()
    begun, asking = loop.time(), []
    for number in range(int(SECONDS * PER_SECOND)):
        await asyncio.sleep(max(0.0, begun + number / PER_SECOND - loop.time()))
        item = {"name": f"item {number}"}
        asking.append(asyncio.create_task(_answered(client, "POST", "/v1/items", item)))
    return await asyncio.gather(*asking)


async def _answered(
    client: httpx.AsyncClient, method: str, path: str, body: object | None = None
) -> bool:
    try:
        return (await client.request(method, path, json=body)).is_success
    except httpx.HTTPError:
        return False


async def _until_handled(database_url: str, events: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    connection = await asyncpg.connect(database_url)
    try:
        while await connection.fetchval(HANDLED) < events:
            if time.monotonic() > deadline:
                raise CannotMeasure(f"not all of {events} events were handled")
            await asyncio.sleep(0.05)
    finally:
        await connection.close()
