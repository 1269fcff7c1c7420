"""Run units in the order of their needs until a signal comes, then stop them in reverse."""

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from dev.child import Child
from dev.console import Console
from dev.restart import Policy, UnitFailed, keep_running
from dev.units import Step, Unit, levels, no_step

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SHOWN_LINES = 10


class _Asked(Exception):
    """Somebody wants us to stop; the message says who."""


class Supervisor:
    """The units of one stack: each is started after those it needs, and stopped before them."""

    def __init__(
        self, title: str, units: Sequence[Unit], policies: Mapping[str, Policy] | None = None
    ) -> None:
        self.console = Console([title, *(unit.name for unit in units)])
        self._title = title
        self._order = levels(units)
        self._children = {unit.name: Child(unit, self.console) for unit in units}
        self._policies = policies or {}
        self._parent = os.getppid()
        self._asked: asyncio.Future[str] | None = None
        self._killed = False

    def pid(self, name: str) -> int | None:
        """The process id of a unit, while it runs."""
        return self._children[name].pid

    async def run(self, on_ready: Step = no_step) -> int:
        """Run until a signal (the answer is 0) or a failure of a unit (the answer is 1)."""
        self._asked = asyncio.get_running_loop().create_future()
        failure: UnitFailed | None = None
        with self._listening():
            try:
                await self._run(self._asked, on_ready)
            except _Asked as asked:
                self.console.say(self._title, f"stopping: {asked}")
            except UnitFailed as error:
                failure = error
                self.console.complain(self._title, f"stopping: {error}")
            finally:
                await self._stop()
        return self._conclude(failure)

    async def _run(self, asked: asyncio.Future[str], on_ready: Step) -> None:
        jobs = [self._keep(child) for child in self._children.values()]
        jobs += [self._announce(on_ready), _raise_when(asked)]
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, child: Child) -> None:
        for need in child.unit.after:
            await self._children[need].ready.wait()
        await self._policies.get(child.unit.name, keep_running)(child)

    async def _announce(self, on_ready: Step) -> None:
        for child in self._children.values():
            await child.ready.wait()
        await on_ready()

    async def _stop(self) -> None:
        for group in reversed(self._order):
            await asyncio.gather(*(self._children[name].stop() for name in group))

    def _conclude(self, failure: UnitFailed | None) -> int:
        if failure is None:
            self.console.say(self._title, "stopped" if self._killed else "stopped cleanly")
            return 0
        if failure.lines:
            self.console.say(failure.unit, "its last lines were")
            self.console.show("\n".join(f"    {line}" for line in failure.lines[-_SHOWN_LINES:]))
        self.console.complain(self._title, f"stopped, because {failure}")
        return 1

    @contextmanager
    def _listening(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._hear, number)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    def _hear(self, number: signal.Signals) -> None:
        """The first signal asks every unit to end; the next one does not ask."""
        assert self._asked is not None
        if not self._asked.done():
            self._asked.set_result(self._who(number))
            return
        self._killed = True
        self.console.complain(self._title, "asked twice: killing what still runs")
        for child in self._children.values():
            child.kill()

    def _who(self, number: signal.Signals) -> str:
        if os.getppid() != self._parent:
            return "the process that started this one is gone"
        return "^C" if number == signal.SIGINT else number.name


async def _raise_when(asked: asyncio.Future[str]) -> None:
    raise _Asked(await asked)
