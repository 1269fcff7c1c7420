"""Everybody comes when it is time, whether or not those before were served."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from tools.load.arrivals import Arrival, Kind
from tools.load.crowd import Nobody
from tools.load.meter import Meter, Visit, percentile
from tools.shop.answers import Unexpected

MOST_AT_ONCE: Final = 2000
_PATIENCE_SECONDS: Final = 60.0
_LINE_SECONDS: Final = 5.0
_MOST_SORTS: Final = 20

Deed = Callable[[Visit], Awaitable[object]]


@dataclass
class Driver:
    """Serves each arrival in a task of its own; `broken_off` says why it did not serve all."""

    deeds: Mapping[Kind, Deed]
    meter: Meter
    came: int = 0
    seconds: float = 0.0
    broken_off: str = ""

    @property
    def amiss(self) -> Iterator[str]:
        """A sentence if not all were served, and one for each sort of wrong answer."""
        if self.broken_off:
            yield self.broken_off
        for what, times in self.meter.wrong.most_common(_MOST_SORTS):
            yield f"wrong, {times} times: {what}"

    async def drive(self, arrivals: Iterator[Arrival]) -> None:
        """Until the last one who came was served."""
        begun = perf_counter()
        here: set[asyncio.Task[None]] = set()
        progress = asyncio.create_task(self._tell(begun, here))
        try:
            for arrival in arrivals:
                await asyncio.sleep(max(0.0, begun + arrival.at - perf_counter()))
                if len(here) >= MOST_AT_ONCE:
                    self.broken_off = f"{MOST_AT_ONCE} people wait at once: the shop is too slow"
                    break
                task = asyncio.create_task(self._serve(arrival, begun + arrival.at))
                here.add(task)
                task.add_done_callback(here.discard)
                self.came += 1
            await self._let_out(here)
        finally:
            self.seconds = perf_counter() - begun
            progress.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await progress

    async def _serve(self, arrival: Arrival, due: float) -> None:
        try:
            await self.deeds[arrival.kind](Visit(self.meter, due))
        except Unexpected:
            pass  # the meter has it
        except Nobody as error:
            self.meter.fault(arrival.kind, str(error))
        except Exception as error:  # the border: no answer, or one that cannot be read
            self.meter.fault(arrival.kind, f"failed: {type(error).__name__}: {error}")

    async def _let_out(self, here: set[asyncio.Task[None]]) -> None:
        if not here:
            return
        _, late = await asyncio.wait(here, timeout=_PATIENCE_SECONDS)
        for task in late:
            task.cancel()
        if late:
            unserved = f"{len(late)} people were not served in {_PATIENCE_SECONDS:.0f} s"
            self.broken_off = self.broken_off or unserved
            await asyncio.wait(late)

    async def _tell(self, begun: float, here: set[asyncio.Task[None]]) -> None:
        """How it goes: one line that changes on a terminal, a line now and then elsewhere."""
        terminal = sys.stderr.isatty()
        try:
            while True:
                await asyncio.sleep(1.0 if terminal else _LINE_SECONDS)
                said = self._line(perf_counter() - begun, len(here))
                print(
                    f"\r{said}\x1b[K" if terminal else said,
                    end="" if terminal else "\n",
                    file=sys.stderr,
                    flush=True,
                )
        finally:
            if terminal:
                print(file=sys.stderr)

    def _line(self, seconds: float, here: int) -> str:
        requests, meter = self.meter.requests, self.meter
        return (
            f"{seconds:4.0f} s  {requests:7,} requests  {requests / seconds:6.1f}/s  "
            f"p99 {percentile(meter.latest, 99) * 1000:6.0f} ms  {here:4} waiting  "
            f"{meter.wrong.total()} wrong"
        )
