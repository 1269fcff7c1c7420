"""`python -m tools.chaos [shop|events|registry …]`, or rather `nox -s chaos`: the last lines
of each say what came of it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dev.errors import CannotStart
from dev.folders import temporary_folder
from dev.processes import end_with_parent
from tools.chaos import absence
from tools.chaos.events import Chaos, Wanted
from tools.chaos.shop import Trial
from tools.shop.shop import visiting
from tools.started import Stack, running_stack

# Enough for 100 kills, of which one comes every 1.25 s on average.
LONG = Wanted(seconds=150, events=22_000)
WHICH = ("events", "registry", "shop")
SHORT_WAITS = (
    "fakepay:FAKEPAY_HANG_SECONDS=6",
    "fakepay:FAKEPAY_LATE_SECONDS=6",
    "order-service:ORDER_PAYMENT_SECONDS=60",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for, or all of it; the exit code is 0 if every promise was kept."""
    options = _options(arguments)
    end_with_parent()
    runs: dict[str, Callable[[argparse.Namespace], int]] = {
        "shop": _shop,
        "registry": _registry,
        "events": _events,
    }
    try:
        return max(runs[which](options) for which in options.which or runs)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s chaos --", description=__doc__)
    parser.add_argument(
        "which", nargs="*", type=_which, help=f"{', '.join(WHICH)}; all, if none is said"
    )
    parser.add_argument("--seconds", type=float, help="how long to kill, or to stay away")
    parser.add_argument("--events", type=int, default=LONG.events, help="how many to write")
    parser.add_argument("--transport", choices=("valkey", "nats"), default="valkey")
    parser.add_argument("--replicas", type=int, default=2, help="of every service of the shop")
    parser.add_argument("--log", type=Path, metavar="FILE", help="keep what the shop's parts say")
    return parser.parse_args(arguments)


def _which(text: str) -> str:
    if text not in WHICH:
        raise argparse.ArgumentTypeError(f"there are {', '.join(WHICH)}, and no {text}")
    return text


def _events(options: argparse.Namespace) -> int:
    """Nothing is lost, done twice or out of order."""
    seconds = options.seconds or LONG.seconds
    with temporary_folder("chaos-") as folder:
        chaos = Chaos(folder, Wanted(seconds, options.events, options.transport))
        code = asyncio.run(chaos.run())
    print(chaos.said)
    return code


def _shop(options: argparse.Namespace) -> int:
    """I1 to I7 hold; of I8, who is killed takes along what it was about to tell."""

    waits = [word for setting in SHORT_WAITS for word in ("--set", setting)]
    with temporary_folder("chaos-") as folder:
        _say(f"starting the shop, with {options.replicas} of each service")
        more = ("--come-back", *waits)
        with running_stack(folder, *more, replicas=options.replicas, log=options.log) as stack:
            return asyncio.run(_hold(stack, options.seconds or LONG.seconds))


async def _hold(stack: Stack, seconds: float) -> int:
    async with visiting(stack.description) as shop:
        verdict = await Trial(shop, stack.data, _say).hold(seconds)
    for failure in verdict.failures:
        print(failure, file=sys.stderr)
    print(verdict.sentence)
    return bool(verdict.failures)


def _registry(options: argparse.Namespace) -> int:
    """No request fails while the registry is away, whether it forgets or not."""
    seconds = options.seconds or absence.SECONDS
    verdicts = []
    for remembers in (True, False):
        with temporary_folder("chaos-") as folder:
            verdicts.append(asyncio.run(absence.held(folder, seconds, remembers=remembers)))
    for verdict in verdicts:
        for failure in verdict.failures:
            print(failure, file=sys.stderr)
        _say(verdict.sentence)
    return any(verdict.failures for verdict in verdicts)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
