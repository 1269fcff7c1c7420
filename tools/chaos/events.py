"""Writers, relays and readers of events on real servers, while any of them is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from dev.databases import Database
from dev.passwords import Passwords
from dev.ports import LOOPBACK, free_port
from dev.postgres import cluster_in, postgres_unit
from dev.probes import http
from dev.supervisor import Supervisor
from dev.units import Unit
from tools.chaos.carriers import carrier
from tools.chaos.killing import kill_at_random
from tools.chaos.meanwhile import meanwhile
from tools.chaos.readers import dead_letters
from tools.chaos.stopping import Readers, stop_under_load
from tools.chaos.verdict import Count, count
from tools.rendered import Rendered, rendered
from tools.restarting import come_back

OVERLAY: Final = Path(__file__).parent / "apps"
SERVICE: Final = "counting-service"
ROLES: Final[Mapping[str, Mapping[str, str]]] = {
    "writer-1": {"COUNTING_WRITES": "true"},
    "writer-2": {"COUNTING_WRITES": "true"},
    "reader-1": {"COUNTING_READS": "true"},
    "reader-2": {"COUNTING_READS": "true"},
    "reader-3": {"COUNTING_READS": "true"},
}
POISONS: Final = 2
PATIENCE_SECONDS: Final = 90.0


@dataclass(frozen=True)
class Wanted:
    """How long to write and to kill, and how many events to write."""

    seconds: float
    events: int
    transport: str = "valkey"  # or nats


class Chaos:
    """One run: the system, its killer, and the verdict."""

    def __init__(self, folder: Path, wanted: Wanted) -> None:
        passwords = Passwords.kept_in(folder)
        database = Database("counting", passwords.of("counting"))
        cluster = cluster_in(folder, passwords)
        self._carrier = carrier(wanted.transport, folder, passwords)
        service = rendered(
            SERVICE, folder, overlay=OVERLAY, features=["database", "events"], resource=""
        )
        self._wanted = wanted
        self._database_url = database.url(cluster.admin_url)
        self._ports = {name: free_port() for name in ROLES}
        self._readers = {name: self._ports[name] for name in ROLES if name.startswith("reader")}
        told = {
            "DATABASE_URL": self._database_url,
            **self._carrier.told,
            "COUNTING_EVENTS": str(wanted.events),
            "COUNTING_SECONDS": str(wanted.seconds),
            "COUNTING_POISONS": str(POISONS),
        }
        units = [postgres_unit(cluster, [database]), self._carrier.unit]
        units += [self._unit(name, service, told) for name in ROLES]
        self._supervisor = Supervisor("chaos", units, {unit.name: come_back for unit in units})
        self._parts = [unit.name for unit in units]
        self._kills: Counter[str] = Counter()
        self._failure = ""
        self.said = "the run was ended before there was anything to say"

    async def run(self) -> int:
        """The exit code: 0 if nothing was lost, nothing had its effect twice, and all in order."""
        ended = await self._supervisor.run(on_ready=self._judge)
        return ended or bool(self._failure)

    def _unit(self, name: str, service: Rendered, told: Mapping[str, str]) -> Unit:
        port = self._ports[name]
        own = {
            "PATH": os.environ.get("PATH", os.defpath),
            "ENVIRONMENT": "development",
            "HOST": LOOPBACK,
            "PORT": str(port),
            "EVENTS_CONSUMER": name,
        }
        return Unit(
            name=name,
            argv=service.argv,
            env={**service.env, **own, **told, **ROLES[name]},
            folder=service.folder,
            after=["postgres", self._wanted.transport],
            ready=http(port, "/health/live"),
            quiet=True,
        )

    async def _judge(self) -> None:
        """Kill while it is written, let it settle, say what came of it, and ask us to stop."""
        try:
            killing = kill_at_random(self._parts, self._supervisor.pid, self._kills)
            async with meanwhile([killing]):
                await self._watch(self._wanted.seconds)
            if (await self._settle()).sound:
                await self._stop_one()
            self._conclude(await self._settle(), await self._dead_letters())
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    async def _watch(self, seconds: float) -> None:
        """Tell how far it is, until the time is over and all is written."""
        begun = time.monotonic()
        while True:
            counted = await self._count()
            passed = time.monotonic() - begun
            self._tell(
                f"{passed:4.0f} s  {counted.written:7,} written  {counted.once:7,} handled  "
                f"{self._kills.total():4} kills"
            )
            if passed >= seconds and counted.written >= self._wanted.events:
                return
            if passed >= 3 * seconds + PATIENCE_SECONDS:  # on a slow machine they take longer
                return
            await asyncio.sleep(5)

    async def _settle(self) -> Count:
        """What came of it once nothing is on its way any more, or patience is at its end."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            counted = await self._count()
            poisoned = len(await self._dead_letters()) >= POISONS
            if (counted.settled and poisoned) or time.monotonic() > deadline:
                return counted
            await asyncio.sleep(0.2)

    async def _count(self) -> Count:
        while True:
            try:
                return await count(self._database_url)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.1)  # it was just killed

    async def _stop_one(self) -> None:
        """Not killed, but asked to stop under load: nothing is to be redelivered for that."""
        readers = Readers(self._readers, self._supervisor.pid, self._carrier)
        stop = await stop_under_load(readers, self._database_url, self._count)
        self._tell(str(stop))
        if stop.redelivered:
            self._failure = str(stop)

    async def _dead_letters(self) -> list[str]:
        return await dead_letters(self._readers.values())

    def _conclude(self, counted: Count, dead: list[str]) -> None:
        poisons = [f"poison-{number}" for number in range(POISONS)]
        if sorted(dead) != poisons:
            self._failure = f"the dead letters are {sorted(dead)}, not just {poisons}"
        elif not counted.sound or counted.written < self._wanted.events:
            self._failure = f"{self._wanted.events:,} events were to have their effect, once"
        killed = ", ".join(f"{part} {times}" for part, times in sorted(self._kills.items()))
        self._tell(f"killed: {killed}")
        self._tell(f"dead letters: {', '.join(sorted(dead)) or 'none'}")
        if self._failure:
            self._supervisor.console.complain("chaos", self._failure)
        self.said = counted.sentence(self._kills.total())

    def _tell(self, line: str) -> None:
        self._supervisor.console.show(line)
