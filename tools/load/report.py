"""What a person reads when the load is over."""

from __future__ import annotations

from collections.abc import Mapping

from tools.load.meter import Meter, percentile
from tools.table import aligned


def routes(meter: Meter) -> str:
    """Each route: how often it was asked, and how late its answers were."""
    rows = [["ROUTE", "REQUESTS", "P50 MS", "P99 MS", "SLOWEST", "WRONG"]]
    for route, seconds in sorted(meter.seconds.items(), key=lambda one: -len(one[1])):
        late = (percentile(seconds, 50), percentile(seconds, 99), max(seconds))
        wrong = str(meter.wrong_of[route] or "")
        rows.append([route, f"{len(seconds):,}", *(f"{one * 1000:,.1f}" for one in late), wrong])
    return "\n".join(aligned(rows, figures=True))


def processors(before: Mapping[str, float], after: Mapping[str, float], seconds: float) -> str:
    """Each service: its share of all that was used of the processors."""
    if not after:
        return "What each service used of the processors is to be seen on Linux only."
    used = {name: _since(before.get(name, 0.0), now) for name, now in after.items()}
    whole = sum(used.values()) or 1.0
    rows = [["PROCESSOR", "SECONDS", "SHARE", "CORES"]]
    for name, part in sorted(used.items(), key=lambda one: -one[1]):
        rows.append([name, f"{part:.1f}", f"{part / whole:.0%}", f"{part / seconds:.2f}"])
    return "\n".join(aligned(rows, figures=True))


def _since(before: float, now: float) -> float:
    """What was used in between; all of it by a process that was started in between."""
    return now - before if now >= before else now
