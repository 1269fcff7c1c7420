"""`python -m tools.load`, or rather `nox -s load`: people come at a steady rate, for a while."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dev.errors import CannotStart
from dev.folders import temporary_folder
from dev.processes import end_with_parent
from tools.load.arrivals import MIX, Kind, arrivals
from tools.load.crowd import gathered
from tools.load.deeds import Deeds
from tools.load.goods import stocked
from tools.load.loading import loaded
from tools.load.sparing import SparingDoor
from tools.shop.answers import Unexpected
from tools.shop.shop import Shop, visiting
from tools.shop.spans import Spans, collecting
from tools.started import Stack, running_stack

_FEWEST_CUSTOMERS: Final = 20
# How long an order takes until its customer comes again, generously: so many are needed.
_ORDER_SECONDS: Final = 12


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    seconds: float
    rate: float
    replicas: int
    seed: int

    @property
    def customers(self) -> int:
        checkouts = self.rate * MIX[Kind.checkout] / 100
        return max(_FEWEST_CUSTOMERS, round(checkouts * _ORDER_SECONDS))


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code is 0 if every answer was right, and the shop is in order afterwards."""
    options = _options(arguments)
    end_with_parent()
    try:
        with temporary_folder("load-") as folder:
            return _run(options, folder)
    except (CannotStart, Unexpected) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(options: Options, folder: Path) -> int:
    _say(f"Starting the stack, with {options.replicas} of each service ...")
    with (
        collecting() as spans,
        running_stack(folder, *_telling(spans), replicas=options.replicas) as stack,
    ):
        return asyncio.run(_visited(options, stack, spans))


async def _visited(options: Options, stack: Stack, spans: Spans) -> int:
    async with visiting(stack.description, spans, kind=SparingDoor) as shop:
        return await _open(options, stack, shop)


async def _open(options: Options, stack: Stack, shop: Shop) -> int:
    _say(f"Filling the shelves, and signing up {options.customers} customers ...")
    dice = random.Random(options.seed)
    goods = await stocked(await shop.staff("admin"), await shop.staff("warehouse"))
    deeds = Deeds(shop, await gathered(shop, options.customers), goods, dice)
    _say(f"{options.rate:g} people a second come for {options.seconds:g} s ...")
    told = await loaded(stack.process.pid, deeds, arrivals(options.rate, options.seconds, dice))
    print(told)
    return 0 if told.sound else 1


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="nox -s load --", description=__doc__)
    parser.add_argument(
        "--seconds", type=_within(1, 3600), default=30.0, help="how long people come"
    )
    parser.add_argument(
        "--rate", type=_within(1, 1000), default=50.0, help="how many come a second, on average"
    )
    parser.add_argument(
        "--replicas",
        type=int,
        choices=range(1, 21),
        metavar="N",
        default=1,
        help="processes of each service",
    )
    parser.add_argument("--seed", type=int, default=1, help="another one makes another crowd")
    return Options(**vars(parser.parse_args(arguments)))


def _within(least: float, most: float) -> Callable[[str], float]:
    """Reads a number of the command line between two others."""

    def number(said: str) -> float:
        value = float(said)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"say {least:g} to {most:g}, not {said}")
        return value

    return number


def _telling(spans: Spans) -> Iterator[str]:
    """How the stack is told to tell of its traces, and soon."""
    for setting in (f"OTEL_EXPORTER_OTLP_ENDPOINT={spans.url}", "OTEL_BSP_SCHEDULE_DELAY=500"):
        yield from ("--set", setting)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
