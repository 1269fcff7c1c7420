"""One measured figure, and a table of them for people."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, against what, and what it is meant to be.

    `ours` and `peer` are medians in `unit`; without a peer the goal is about `ours`, with one it is
    about the ratio ours ÷ peer.
    """

    what: str
    ours: float
    unit: str
    goal: float
    peer: float | None = None
    peer_name: str = ""

    @property
    def measure(self) -> float:
        return self.ours if self.peer is None else self.ours / self.peer

    @property
    def met(self) -> bool:
        return self.measure < self.goal

    @property
    def cells(self) -> list[str]:
        peer = "" if self.peer is None else f"{self.peer:.2f} {self.unit} {self.peer_name}"
        ratio = "" if self.peer is None else f"{self.measure:.2f}"
        goal = f"< {self.goal:g}" + ("" if self.peer is not None else f" {self.unit}")
        verdict = "met" if self.met else "missed"
        return [self.what, f"{self.ours:.2f} {self.unit}", peer, ratio, goal, verdict]


def table(figures: Iterable[Figure]) -> str:
    """The figures, aligned."""
    rows = [["WHAT", "OURS", "PEER", "RATIO", "GOAL", ""], *(one.cells for one in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def medians(measures: Sequence[Callable[[], float]], rounds: int) -> list[float]:
    """The median of each measure, taken in turns so that a slow moment hits all of them."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]
