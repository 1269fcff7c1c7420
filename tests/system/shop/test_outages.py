"""A part of the shop is away for a while: the promised answers, nothing lost, and then recovery."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from tools.chaos.ways import insist_until
from tools.shop import shopping, staff
from tools.shop.shop import Shop
from tools.shop.waiting import eventually

from ..conftest import Stack


@contextlib.contextmanager
def frozen(*pids: int) -> Iterator[None]:
    """These processes do nothing until the block ends, and keep their connections."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("silent", ["cart-service", "user-service", "product-service", "fakepay"])
async def test_an_order_waits_for_whoever_is_silent_and_is_paid_after_it(
    shop: Shop, silent: str
) -> None:
    ada, boots = await shop.customer(), await shop.product(1)
    cart, home = await shopping.fill(ada, {boots: 1}), await shopping.address(ada)

    with frozen(*(one.pid for one in shop.running.processes(silent))):
        placed = await shopping.checkout(ada, cart, to=home)
        order = shopping.order_in(placed.wanted(202))

    assert order["status"] == "pending"
    assert (await shopping.until(ada, order["id"], "paid"))["status"] == "paid"


async def test_without_valkey_orders_are_taken_and_their_news_come_once_it_is_back(
    shop: Shop, stack: Stack
) -> None:
    ada, boots = await shop.customer(), await shop.product(1)
    cart, home = await shopping.fill(ada, {boots: 1}), await shopping.address(ada)
    [ready] = [one.url + "/health/ready" for one in shop.running.processes("order-service")]

    with frozen(stack.valkey_pid):
        placed = await shopping.checkout(ada, cart, to=home)
        degraded = await eventually(lambda: _ready(shop, ready), lambda said: said != "ok")
    order = await shopping.until(ada, shopping.order_in(placed.wanted(201, 202))["id"], "paid")

    assert degraded == "degraded"
    assert len(await shop.told("shop.order.paid.v1", order["id"])) == 1
    assert await eventually(lambda: _ready(shop, ready), lambda said: said == "ok")


async def test_a_postgresql_that_restarts_loses_no_order(shop: Shop, stack: Stack) -> None:
    boots = await shop.product(10)
    buyers = [await shop.customer() for _ in range(3)]
    carts = [await shopping.fill(buyer, {boots: 1}) for buyer in buyers]
    home = {buyer.id: await shopping.address(buyer) for buyer in buyers}

    os.kill(stack.postgres_pid, signal.SIGINT)
    answers = await asyncio.gather(
        *(
            shopping.checkout(buyer, cart, to=home[buyer.id], key=f"pg-{cart.id}")
            for buyer, cart in zip(buyers, carts, strict=True)
        )
    )
    away = [answer for answer in answers if answer.status not in (201, 202)]
    for buyer, cart in zip(buyers, carts, strict=True):
        again = await eventually(
            lambda buyer=buyer, cart=cart: shopping.checkout(  # type: ignore[misc]
                buyer, cart, to=home[buyer.id], key=f"pg-{cart.id}"
            ),
            lambda answer: answer.status in (201, 202),
        )
        # The gateway may spare the service for a moment yet.
        order = shopping.order_in(again)["id"]
        await insist_until(buyer, order, lambda one: one["status"] == "paid")

    assert {answer.status for answer in away} <= {503, 504}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in away if answer.status == 503)
    assert (await staff.availability(buyers[0], boots))["available"] == 7


async def _ready(shop: Shop, url: str) -> str:
    async with shop.door.session.get(url) as answer:
        return str((await answer.json())["status"])
