"""`python -m tools.bench PYTHON [SUITE …]`: measure these suites, or all, and print one table."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from tools.bench import events, outage, parts, registry, rendering, requests, starting
from tools.bench.bench import Bench, CannotMeasure
from tools.bench.edge import bodies, pace, waits, websocket
from tools.bench.edge import requests as edge_requests
from tools.bench.figures import Figure, table

SUITES: Final[dict[str, Callable[[Bench], Iterator[Figure]]]] = {
    "rendering": rendering.figures,
    "starting": starting.figures,
    "requests": requests.figures,
    "parts": parts.figures,
    "registry": registry.figures,
    "edge-requests": edge_requests.figures,
    "edge-pace": pace.figures,
    "edge-waits": waits.figures,
    "edge-bodies": bodies.figures,
    "edge-websocket": websocket.figures,
    "events": events.figures,
    "outage": outage.figures,
}
MISSED: Final = 1
USAGE: Final = 2


def main(arguments: Sequence[str]) -> int:
    """`arguments[0]` is the Python of the peers; the exit code says whether all goals are met."""
    python, *wanted = arguments
    if unknown := [name for name in wanted if not _named(name)]:
        _say(f"there is no suite {', '.join(unknown)}: say {' or '.join(SUITES)}")
        return USAGE
    suites = [suite for name in wanted for suite in _named(name)] or list(SUITES)
    print(f"Measuring with Python {sys.version} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        measured, complete = _measured(Bench(python, Path(folder)), suites)
    if measured:
        print(table(measured))
    if not complete:
        return USAGE
    return 0 if all(figure.met for figure in measured) else MISSED


def _named(name: str) -> list[str]:
    """The suite of this name, or those whose names begin with it: edge is edge-pace and others."""
    return [suite for suite in SUITES if suite == name or suite.startswith(f"{name}-")]


def _measured(bench: Bench, suites: Sequence[str]) -> tuple[list[Figure], bool]:
    """What could be measured, and whether that is all."""
    measured: list[Figure] = []
    complete = True
    for suite in suites:
        print(f"Measuring {suite} ...", file=sys.stderr, flush=True)
        try:
            for figure in SUITES[suite](bench):
                measured.append(figure)
        except CannotMeasure as error:
            _say(str(error))
            complete = False
    return measured, complete


def _say(reason: str) -> None:
    print(f"bench: {reason}.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
