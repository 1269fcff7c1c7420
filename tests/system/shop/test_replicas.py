"""Two replicas do the work of one, and one of them can go at any time."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dev.ports import LOOPBACK, free_port
from tools import ROOT
from tools.shop import shopping
from tools.shop.shop import Shop
from tools.shop.waiting import eventually

SERVICE = "order-service"


async def test_a_replica_that_is_stopped_under_load_fails_no_request(shop: Shop) -> None:
    boots = await shop.product(1000)

    async with another_replica(shop) as replica:
        load = [asyncio.create_task(shop_on(shop, boots)) for _ in range(6)]
        await asyncio.sleep(1)  # so much load, before and after
        replica.terminate()
        code = await replica.wait()
        await asyncio.sleep(1)
        for one in load:
            one.cancel()
        ended = await asyncio.gather(*load, return_exceptions=True)

    statuses = {seen.status for seen in shop.door.record.seen if "/orders" in seen.path}
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended
    assert code == 0
    assert statuses == {200, 201}


async def shop_on(shop: Shop, product: str) -> None:
    """Customers come, order and look, one after the other."""
    while True:
        buyer = await shop.customer()
        placed = (await shopping.buy(buyer, {product: 1})).wanted(201).json["order"]
        await shopping.until(buyer, placed["id"], "paid")


@asynccontextmanager
async def another_replica(shop: Shop) -> AsyncIterator[asyncio.subprocess.Process]:
    """A further process of the service, with the environment of the one that runs."""
    [first] = shop.running.processes(SERVICE)
    port = free_port()
    own = {"PORT": str(port), "SERVICE_URL": f"http://{LOOPBACK}:{port}"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", SERVICE.replace("-", "_")),
        env={**_environment(first.pid), **own},
        cwd=ROOT / "generated-examples" / SERVICE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: _instances(shop), lambda instances: instances == 2)
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()


def _environment(pid: int) -> dict[str, str]:
    said = Path(f"/proc/{pid}/environ").read_text().rstrip("\0").split("\0")
    return dict(line.split("=", 1) for line in said)


async def _instances(shop: Shop) -> int:
    """How many of them the registry gives out."""
    async with shop.door.session.get(f"{shop.running.told['registry']}/services") as answer:
        known = (await answer.json())["services"].get(SERVICE, [])
    return sum(one["state"] == "healthy" for one in known)
