"""`python -m tools.tour`, or rather `nox -s tour`: the exit code says whether all of it came."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from dev.errors import CannotStart
from dev.processes import end_with_parent
from tools.shop.live import following
from tools.shop.shop import Shop, visiting
from tools.tour import journey
from tools.tour.looking import Look
from tools.tour.screen import Screen
from tools.tour.stack import started


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    at: Path | None
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the tour; 0 if the order was paid, and everything that comes of it came."""
    parser = argparse.ArgumentParser(
        prog="nox -s tour --", description="A customer buys something."
    )
    parser.add_argument(
        "--at", type=Path, metavar="FILE", help="a running stack, as its --describe FILE tells"
    )
    parser.add_argument(
        "--seconds", type=float, default=20, help="how long to wait for all that comes of it"
    )
    options = Options(**vars(parser.parse_args(arguments)))
    end_with_parent()
    screen = Screen()
    try:
        return asyncio.run(_tour(options, screen))
    except (CannotStart, AssertionError, aiohttp.ClientError, OSError) as error:
        screen.show("amiss", str(error) or type(error).__name__)
        return 1
    except KeyboardInterrupt:
        return 130


async def _tour(options: Options, screen: Screen) -> int:
    async with _stack(options.at, screen) as description, visiting(description) as shop:
        return await _walk(shop, screen, options.seconds)


async def _walk(shop: Shop, screen: Screen, seconds: float) -> int:
    person = await journey.sign_in(shop, screen)
    product = await journey.find(person)
    left = await journey.available(person, product) - journey.QUANTITY
    topics = ("me/orders", "me/notifications", f"inventory/{product['id']}")
    async with following(person, *topics) as live:
        cart = await journey.put_in_cart(person, product)
        order = await journey.order(person, cart)
        look = Look(shop, screen, person, live, order, left)
        missing = await look.until_all_came(seconds)
    for one in missing:
        screen.show("amiss", f"no {one}", f"not within {seconds:g} s")
    for one in look.repeated():
        screen.show("amiss", f"event {one}", "came more than once")
    if missing or look.repeated():
        return 1
    came = f"{look.count('event')} events, {look.count('live')} live messages"
    screen.show("done", f"order {order['number']}", f"{came}, {look.count('mail')} mails")
    return 0


@asynccontextmanager
async def _stack(at: Path | None, screen: Screen) -> AsyncIterator[Path]:
    if at is not None:
        yield at
        return
    async with started(screen) as description:
        yield description


if __name__ == "__main__":
    sys.exit(main())
