"""Everything that comes of an order, shown as soon as it is there."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tools.shop.answers import Json
from tools.shop.live import Live
from tools.shop.people import Person
from tools.shop.shop import Shop
from tools.tour.screen import Screen
from tools.tour.summary import summary

_PAUSE_SECONDS: Final = 0.05
_EVENTS: Final = (
    "order.created",
    "inventory.reserved",
    "order.awaiting_payment",
    "inventory.committed",
    "order.paid",
    "cart.converted",
)
_FRAMES: Final = ("order.created", "order.awaiting_payment", "order.paid")


@dataclass(frozen=True, slots=True)
class Sight:
    """Something that came: `what` is expected, `key` tells it from all others."""

    kind: str
    what: str
    key: str
    more: str = ""


@dataclass
class Look:
    """Looks at one order from every side; nothing is shown twice.

    `left` is what is left of the product afterwards; news of its stock may still be of before.
    """

    shop: Shop
    screen: Screen
    person: Person
    live: Live
    order: Json
    left: int
    _shown: set[tuple[str, str]] = field(default_factory=set)
    _counted: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def until_all_came(self, seconds: float) -> Sequence[str]:
        """What is missing when all has come, which is nothing, or when the time is over."""
        end = time.monotonic() + seconds
        while True:
            await self._show_what_is_new()
            missing = [f"{kind} {what}" for kind, what in self._expected - self._counted.keys()]
            if not missing or time.monotonic() > end:
                return sorted(missing)
            await asyncio.sleep(_PAUSE_SECONDS)

    def count(self, kind: str) -> int:
        """How many of a kind came."""
        return sum(times for (one, _), times in self._counted.items() if one == kind)

    def repeated(self) -> Sequence[str]:
        """The events that came more than once."""
        counted = self._counted.items()
        return [what for (kind, what), times in counted if kind == "event" and times > 1]

    @property
    def _expected(self) -> set[tuple[str, str]]:
        number = self.order["number"]
        return {
            ("state", "paid"),
            *(("event", name) for name in _EVENTS),
            *(("live", f"me/orders {name}") for name in _FRAMES),
            ("live", "inventory/… with less of it"),
            ("mail", f"We have your order {number}"),
            ("mail", f"Your order {number} is paid"),
        }

    async def _show_what_is_new(self) -> None:
        for sights in (self._states(), self._events(), self._frames(), self._mails()):
            async for sight in sights:
                if (sight.kind, sight.key) not in self._shown:
                    self._shown.add((sight.kind, sight.key))
                    self._counted[sight.kind, sight.what] += 1
                    self.screen.show(sight.kind, sight.what, sight.more)

    async def _states(self) -> AsyncIterator[Sight]:
        headers = {"authorization": f"Bearer {await self.person.token()}"}
        path = f"/v1/orders/{self.order['id']}/history"
        history = (await self.shop.door.ask("GET", path, headers=headers)).wanted(200).json
        for one in history["items"]:
            who = "customer" if one["actor"] == self.person.id else one["actor"]
            yield Sight("state", one["status"], str(one["version"]), f"by the {who}")

    async def _events(self) -> AsyncIterator[Sight]:
        for told in await self.shop.streams.told(order_id=self.order["id"]):
            _, name = told.type.removesuffix(".v1").split(".", 1)
            yield Sight("event", name, told.id, summary(told.data))

    async def _frames(self) -> AsyncIterator[Sight]:
        for number, heard in enumerate(self.live.heard):
            if heard.frame["op"] == "event":
                more = [f"seq {heard.frame['seq']}", summary(heard.frame["data"])]
                yield Sight(
                    "live", self._told(heard.frame), str(number), ", ".join(filter(None, more))
                )

    def _told(self, frame: Json) -> str:
        if frame["topic"].startswith("me/"):
            return f"{frame['topic']} {frame['type']}"
        less = frame["data"]["available"] <= self.left
        return f"inventory/… {'with less of it' if less else 'as it was'}"

    async def _mails(self) -> AsyncIterator[Sight]:
        for mail in await self.shop.mailbox.mails(self.person.email):
            if self.order["number"] in mail["subject"]:
                yield Sight("mail", mail["subject"], mail["message_id"], f"to {self.person.email}")
