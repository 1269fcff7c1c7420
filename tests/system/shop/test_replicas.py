"""Two replicas do the work of one, and one of them can go at any time."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dev.ports import LOOPBACK, free_port
from tools import ROOT
from tools.shop import shopping
from tools.shop.shop import Shop
from tools.shop.waiting import eventually

SERVICE = "order-service"
PLACED = re.compile(r'http_requests_total{method="POST",route="/v1/orders",')


async def test_a_replica_that_is_stopped_under_load_fails_no_request(shop: Shop) -> None:
    boots = await shop.product(1000)

    async with another_replica(shop) as replica:
        load = [asyncio.create_task(shop_on(shop, boots)) for _ in range(6)]
        await eventually(lambda: replica.orders(shop), lambda orders: orders >= 5, 60)
        replica.process.terminate()
        code = await replica.process.wait()
        placed = len(shop.door.record.orders)
        await eventually(lambda: _placed(shop), lambda orders: orders >= placed + 6, 60)
        for one in load:
            one.cancel()
        ended = await asyncio.gather(*load, return_exceptions=True)

    statuses = {seen.status for seen in shop.door.record.seen}
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended
    assert code == 0
    assert max(statuses) < 500, shop.door.record.seen


async def shop_on(shop: Shop, product: str) -> None:
    """Customers come, order and look, one after the other."""
    while True:
        buyer = await shop.customer()
        placed = (await shopping.buy(buyer, {product: 1})).wanted(201, 202)
        await shopping.until(buyer, shopping.order_in(placed)["id"], "paid")


@dataclass(frozen=True)
class Replica:
    """One more process of the service."""

    process: asyncio.subprocess.Process
    url: str

    async def orders(self, shop: Shop) -> float:
        """How many orders it was asked to place."""
        async with shop.door.session.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        counted = [one for one in text.splitlines() if PLACED.match(one)]
        return sum(float(one.rpartition(" ")[2]) for one in counted)


@asynccontextmanager
async def another_replica(shop: Shop) -> AsyncIterator[Replica]:
    """A further process of the service, with the environment of the one that runs."""
    [first] = shop.running.processes(SERVICE)
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    own = {"PORT": str(port), "SERVICE_URL": url}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", SERVICE.replace("-", "_")),
        env={**_environment(first.pid), **own},
        cwd=ROOT / "generated-examples" / SERVICE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: _instances(shop), lambda instances: instances == 2, 60)
        yield Replica(process, url)
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()


def _environment(pid: int) -> dict[str, str]:
    said = Path(f"/proc/{pid}/environ").read_text().rstrip("\0").split("\0")
    return dict(line.split("=", 1) for line in said)


async def _placed(shop: Shop) -> int:
    return len(shop.door.record.orders)


async def _instances(shop: Shop) -> int:
    """How many of them the registry gives out."""
    async with shop.door.session.get(f"{shop.running.told['registry']}/services") as answer:
        known = (await answer.json())["services"].get(SERVICE, [])
    return sum(one["state"] == "healthy" for one in known)
