"""`python -m tools.chaos`, or rather `nox -s chaos`: the last line says what came of it."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from dev.errors import CannotStart
from dev.folders import temporary_folder
from dev.processes import end_with_parent
from tools.chaos.events import Chaos, Wanted

# Enough for 100 kills, of which one comes every 1.25 s on average.
LONG = Wanted(seconds=150, events=25_000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chaos; the exit code is 0 if nothing was lost, done twice or out of order."""
    parser = argparse.ArgumentParser(prog="nox -s chaos --", description=__doc__)
    parser.add_argument("--seconds", type=float, default=LONG.seconds, help="how long to kill")
    parser.add_argument("--events", type=int, default=LONG.events, help="how many to write")
    options = parser.parse_args(arguments)
    end_with_parent()
    try:
        with temporary_folder("chaos-") as folder:
            chaos = Chaos(folder, Wanted(options.seconds, options.events))
            code = asyncio.run(chaos.run())
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    print(chaos.said)
    return code


if __name__ == "__main__":
    sys.exit(main())
