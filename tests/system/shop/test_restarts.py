"""All that runs is restarted while people shop, and none of their requests fails.

Of every service a second process runs meanwhile; the gateway has two of its own.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dev.ports import LOOPBACK, free_port
from tools import ROOT
from tools.chaos.meanwhile import meanwhile
from tools.shop import shopping
from tools.shop.shop import Shop
from tools.shop.waiting import eventually

PATIENCE_SECONDS = 60
WORKERS = 2  # of the gateway
SHOPPERS = 2
PAUSE_SECONDS = 0.1
# What only one service each answers.
PAGES = ("/v1/users/me", "/v1/products", "/v1/carts/current", "/v1/orders", "/v1/notifications")


async def test_no_request_fails_while_services_registry_and_gateway_are_restarted(
    shop: Shop,
) -> None:
    boots = await shop.product(1000)

    async with (
        another_of_each(shop) as others,
        meanwhile([look(shop), *(shop_on(shop, boots) for _ in range(SHOPPERS))]),
    ):
        await ordered(shop, SHOPPERS)
        await asyncio.gather(*(restart(shop, "services", name) for name in others))
        await asyncio.gather(*(two(shop, name) for name in others))
        await restart(shop, "shared", "registry")
        await renew_gateway(shop)
        codes = await asyncio.gather(*map(stopped, others.values()))
        await ordered(shop, SHOPPERS)

    statuses = {seen.status for seen in shop.door.record.seen}
    assert set(codes) == {0}
    assert max(statuses) < 500, shop.door.record.seen


async def shop_on(shop: Shop, product: str) -> None:
    """Customers come, order and look, one after the other."""
    while True:
        buyer = await shop.customer()
        placed = (await shopping.buy(buyer, {product: 1})).wanted(201, 202)
        await shopping.until(buyer, shopping.order_in(placed)["id"], "paid")


async def look(shop: Shop) -> None:
    """One customer has a look at everything, again and again."""
    customer = await shop.customer()
    while True:
        for page in PAGES:
            (await customer.ask("GET", page)).wanted(200, 404)
            await asyncio.sleep(PAUSE_SECONDS)


async def ordered(shop: Shop, more: int) -> None:
    """Wait for so many further orders."""
    before = len(shop.door.record.orders)

    async def placed() -> int:
        return len(shop.door.record.orders) - before

    await eventually(placed, lambda orders: orders >= more, PATIENCE_SECONDS)


async def restart(shop: Shop, kind: str, name: str) -> None:
    """Ask this process to stop; the stack starts another one in its place."""

    async def pid() -> int | None:
        found: int | None = shop.running.told[kind][name]["pid"]
        return found

    before = await pid()
    assert before is not None
    os.kill(before, signal.SIGTERM)
    await eventually(pid, lambda now: now not in (None, before), PATIENCE_SECONDS)


async def renew_gateway(shop: Shop) -> None:
    """Have each of its processes replaced."""
    pid = shop.running.told["shared"]["gateway"]["pid"]
    before = workers_of(pid)

    async def replaced() -> bool:
        now = workers_of(pid)
        return len(now) == WORKERS and before.isdisjoint(now)

    assert len(before) == WORKERS
    os.kill(pid, signal.SIGHUP)
    await eventually(replaced, bool, PATIENCE_SECONDS)


def workers_of(pid: int) -> set[str]:
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


@asynccontextmanager
async def another_of_each(shop: Shop) -> AsyncIterator[dict[str, asyncio.subprocess.Process]]:
    """A second process of every service, by its name."""
    others = {name: await another(shop, name) for name in shop.running.told["services"]}
    try:
        await asyncio.gather(*(two(shop, name) for name in others))
        yield others
    finally:
        for other in others.values():
            if other.returncode is None:
                other.kill()
                await other.wait()


async def another(shop: Shop, name: str) -> asyncio.subprocess.Process:
    """A further process of the service, with the environment of the one that runs."""
    [first] = shop.running.processes(name)
    port = free_port()
    own = {"PORT": str(port), "SERVICE_URL": f"http://{LOOPBACK}:{port}"}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", name.replace("-", "_")),
        env={**_environment(first.pid), **own},
        cwd=ROOT / "generated-examples" / name,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


def _environment(pid: int) -> dict[str, str]:
    said = Path(f"/proc/{pid}/environ").read_text().rstrip("\0").split("\0")
    return dict(line.split("=", 1) for line in said)


async def two(shop: Shop, name: str) -> None:
    """Wait until the registry gives out two processes of this service."""

    async def healthy() -> int:
        async with shop.door.session.get(f"{shop.running.told['registry']}/services") as answer:
            known = (await answer.json())["services"].get(name, [])
        return sum(one["state"] == "healthy" for one in known)

    await eventually(healthy, lambda some: some == 2, PATIENCE_SECONDS)


async def stopped(process: asyncio.subprocess.Process) -> int:
    """How it ends when it is asked to."""
    process.terminate()
    return await process.wait()
