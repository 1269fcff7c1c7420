"""`python -m tools.bench PYTHON [SUITE …]`: measure these suites, or all, and print one table."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from tools.bench import edge, events, outage, parts, registry, rendering, requests, starting
from tools.bench.bench import Bench, CannotMeasure
from tools.bench.figures import Figure, table

SUITES: Final[dict[str, Callable[[Bench], Iterator[Figure]]]] = {
    "rendering": rendering.figures,
    "starting": starting.figures,
    "requests": requests.figures,
    "parts": parts.figures,
    "registry": registry.figures,
    "edge": edge.figures,
    "events": events.figures,
    "outage": outage.figures,
}
MISSED: Final = 1
USAGE: Final = 2


def main(arguments: Sequence[str]) -> int:
    """`arguments[0]` is the Python of the peers; the exit code says whether all goals are met."""
    python, *wanted = arguments
    if unknown := set(wanted) - set(SUITES):
        return _refuse(f"there is no suite {', '.join(sorted(unknown))}: say {' or '.join(SUITES)}")
    measured: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(python, Path(folder))
        try:
            for suite in wanted or SUITES:
                print(f"Measuring {suite} ...", file=sys.stderr, flush=True)
                measured += SUITES[suite](bench)
        except CannotMeasure as error:
            return _refuse(str(error))
    print(table(measured))
    return 0 if all(figure.met for figure in measured) else MISSED


def _refuse(reason: str) -> int:
    print(f"bench: {reason}.", file=sys.stderr)
    return USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
