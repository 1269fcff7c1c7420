"""The load itself, and what is known when it is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from tools.load import report
from tools.load.arrivals import Arrival
from tools.load.deeds import Deeds
from tools.load.driving import Driver
from tools.load.meter import Meter
from tools.load.processors import cpu_seconds
from tools.shop.invariants import broken

_FOLLOWERS: Final = 5  # have a live connection all the time


@dataclass(frozen=True)
class Told:
    """What came of the load; `amiss` has a sentence for each thing that was not right."""

    driver: Driver
    ordered: int
    before: Mapping[str, float]
    after: Mapping[str, float]
    amiss: Sequence[str]

    @property
    def sound(self) -> bool:
        return not self.amiss

    def __str__(self) -> str:
        """For people: two tables, the rates, and the verdict."""
        driver, meter = self.driver, self.driver.meter
        rates = (
            f"{driver.came:,} people in {driver.seconds:.1f} s: "
            f"{meter.requests / driver.seconds:.1f} requests/s, "
            f"{self.ordered / driver.seconds:.2f} checkouts/s"
        )
        used = report.processors(self.before, self.after, driver.seconds)
        verdict = (
            "Every answer was right, and I1 to I8 hold." if self.sound else "Not all is right."
        )
        parts = [report.routes(meter), used, rates, "\n".join([*self.amiss, verdict])]
        return "\n" + "\n\n".join(parts)


async def loaded(stack: int, deeds: Deeds, arrivals: Iterator[Arrival]) -> Told:
    """Let all of them come to the shop whose supervisor has this process id."""
    shop, meter = deeds.shop, Meter()
    driver = Driver(deeds.of_kind, meter)
    async with AsyncExitStack() as followers:
        for customer in deeds.crowd.customers[:_FOLLOWERS]:
            following = shop.following(customer.person, "me/orders")
            await (await followers.enter_async_context(following)).ready()
        before = cpu_seconds(stack, shop.running)
        await driver.drive(arrivals)
        after = cpu_seconds(stack, shop.running)
        amiss = [*driver.amiss, *await broken(shop)]
    return Told(driver, deeds.ordered, before, after, amiss)
