"""One measured figure, and a table of them for people."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tools.table import aligned


@dataclass(frozen=True)
class Figure:
    """What was measured, against what, and what it is meant to be.

    `ours` and `peer` are in `unit`.  The goal, if there is one, is about `ours`; with a peer it is
    about the ratio ours ÷ peer.
    """

    what: str
    ours: float
    unit: str
    peer: float | None = None
    peer_name: str = ""
    below: float | None = None
    at_least: float | None = None

    @property
    def measure(self) -> float:
        return self.ours if self.peer is None else self.ours / self.peer

    @property
    def met(self) -> bool:
        small_enough = self.below is None or self.measure < self.below
        return small_enough and (self.at_least is None or self.measure >= self.at_least)

    @property
    def cells(self) -> list[str]:
        peer = "" if self.peer is None else f"{_number(self.peer)} {self.unit} {self.peer_name}"
        ratio = "" if self.peer is None else f"{self.measure:.2f}"
        ours = f"{_number(self.ours)} {self.unit}"
        return [self.what, ours, peer, ratio, self._goal, self._verdict]

    @property
    def _goal(self) -> str:
        bounds = [("<", self.below), (">=", self.at_least)]
        goal = " ".join(f"{sign} {bound:.3g}" for sign, bound in bounds if bound is not None)
        return f"{goal} {self.unit}" if goal and self.peer is None else goal

    @property
    def _verdict(self) -> str:
        if not self._goal:
            return ""
        return "met" if self.met else "missed"


def table(figures: Iterable[Figure]) -> str:
    """The figures, aligned."""
    rows = [["WHAT", "OURS", "PEER", "RATIO", "GOAL", ""], *(one.cells for one in figures)]
    return "\n".join(aligned(rows))


def medians(measures: Sequence[Callable[[], float]], rounds: int) -> list[float]:
    """The median of each measure, taken in turns so that a slow moment hits all of them."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
