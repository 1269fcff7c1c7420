"""The shop under load while its parts are killed, at every step of the saga and at random."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dev.probes import http_status
from tools.chaos.crowd import Crowd
from tools.chaos.killing import kill_at_random
from tools.chaos.meanwhile import meanwhile
from tools.chaos.saga import WHENS, Crash, crash_everywhere
from tools.chaos.ways import WAYS
from tools.servers import server_pids
from tools.shop.insisting import Insisting
from tools.shop.invariants import broken
from tools.shop.people import Person
from tools.shop.shop import Shop
from tools.shop.waiting import eventually

PROMISED_SECONDS: Final = 35.0
_PRODUCTS: Final = 8
_TELL_SECONDS: Final = 5.0
# What a customer may read of each of them, through the gateway.
_EVERY_SERVICE: Final = (
    "/v1/users/me",
    "/v1/products",
    "/v1/carts/current",
    "/v1/orders",
    "/v1/notifications",
)
_UNDER_WAY: Final = """
SELECT count(*) AS orders FROM orders
WHERE status IN ('pending', 'awaiting_payment', 'refund_pending')
"""
_ENDED: Final = "SELECT status, count(*) AS orders FROM orders GROUP BY status ORDER BY status"


@dataclass(frozen=True)
class Verdict:
    """What came of it: `failures` are sentences, and there is to be none."""

    crashes: Sequence[Crash]
    ended: Counter[str]
    kills: Counter[str]
    failures: Sequence[str]

    @property
    def sentence(self) -> str:
        orders = ", ".join(f"{count:,} {status}" for status, count in sorted(self.ended.items()))
        slowest = max((crash.seconds for crash in self.crashes), default=0.0)
        held = f"{len(self.failures)} promises broken" if self.failures else "I1 to I7 hold"
        return (
            f"{self.ended.total():,} orders ({orders}), {len(self.crashes)} crashes at steps of "
            f"the saga, the slowest recovery {slowest:.0f} s, {self.kills.total()} kills: {held}"
        )


class Trial:
    """One run against a running shop, whose servers keep their data in this folder."""

    def __init__(self, shop: Shop, data: Path, tell: Callable[[str], None]) -> None:
        self._shop = shop
        self._data = data
        self._tell = tell
        self._kills: Counter[str] = Counter()

    async def hold(
        self,
        seconds: float,
        whens: Sequence[str] = WHENS,
        patience: float = 120,
    ) -> Verdict:
        """Crash at every step, kill for so many seconds, and look what is left when all is over."""
        self._shop.killed = True
        people = [await self._shop.customer() for _ in WAYS]
        door = self._shop.door
        for person in people:
            person.door = Insisting(door.gateway, door.session, door.record)
        products = [await self._shop.product(100_000) for _ in range(_PRODUCTS)]
        crashes = await crash_everywhere(self._shop, people, products[0], whens, self._tell)
        crowd = Crowd(self._shop, products)
        self._tell(f"killing at random for {seconds:g} s, while {len(people)} people order")
        await self._shop_and_kill(crowd, people, seconds)
        self._tell("no more kills: waiting until all orders have ended")
        await eventually(self._ill, lambda ill: not ill, patience)
        for path in _EVERY_SERVICE:
            await people[0].ask("GET", path)  # who insists: until the gateway trusts it again
        await eventually(self._under_way, lambda left: not left, patience)
        found = await broken(self._shop, seconds=60)
        ended = await self._shop.rows("order-service", _ENDED)
        return Verdict(
            crashes,
            Counter({row["status"]: row["orders"] for row in ended}),
            self._kills,
            [*_late(crashes), *crowd.complaints, *found],
        )

    async def _shop_and_kill(self, crowd: Crowd, people: Sequence[Person], seconds: float) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for person in people:
                await stack.enter_async_context(self._shop.following(person, "me/orders"))
            await stack.enter_async_context(meanwhile(map(crowd.shop_on, people)))
            await stack.enter_async_context(meanwhile([self._kill()]))
            begun = time.monotonic()
            while (passed := time.monotonic() - begun) < seconds:
                await asyncio.sleep(min(_TELL_SECONDS, seconds - passed))
                self._tell(
                    f"{time.monotonic() - begun:4.0f} s  {len(crowd.orders):6,} orders  "
                    f"{crowd.ended.total():6,} ended  {self._kills.total():4} kills"
                )

    async def _kill(self) -> None:
        parts = list(self._pids())
        await kill_at_random(parts, lambda part: self._pids().get(part), self._kills)

    def _pids(self) -> dict[str, int]:
        """Every process that is ours to kill; what stands outside keeps its own books."""
        running = self._shop.running
        found = {name: int(one["pid"] or 0) for name, one in running.told["shared"].items()}
        for service in running.told["services"]:
            for number, process in enumerate(running.processes(service), start=1):
                found[f"{service}.{number}"] = process.pid
        found |= server_pids(self._data)
        return {name: pid for name, pid in found.items() if pid}

    async def _ill(self) -> list[str]:
        """Where a part is that was killed and is not ready again."""
        running = self._shop.running
        parts = [one.url for name in running.told["services"] for one in running.processes(name)]
        return [url for url in [*parts, running.gateway] if not await _ready(url)]

    async def _under_way(self) -> int:
        [row] = await self._shop.rows("order-service", _UNDER_WAY)
        return int(row["orders"])


async def _ready(url: str) -> bool:
    return await http_status(urlsplit(url).port or 80, "/health/ready") == 200


def _late(crashes: Sequence[Crash]) -> Sequence[str]:
    amiss = [crash for crash in crashes if not crash.sound or crash.seconds > PROMISED_SECONDS]
    return [
        f"after a crash at {one.point}, order {one.order} was {one.status} "
        f"after {one.seconds:.0f} s, not {one.wanted} within {PROMISED_SECONDS:.0f} s"
        for one in amiss
    ]
