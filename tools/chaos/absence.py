"""A registry that is killed and stays away, while its service is asked through the gateway."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import aiohttp

from dev.child import Child
from dev.cluster import THROWAWAY
from dev.needs import needs_database
from dev.ports import free_port
from dev.probes import http
from dev.processes import kill_group
from dev.supervisor import Supervisor
from dev.units import no_step
from tools import ROOT
from tools.chaos.meanwhile import meanwhile
from tools.instances import all_instances, connections_of
from tools.overrides import Override, overridden
from tools.plan import GATEWAY, REGISTERED, REGISTRY, Plan, choose_ports
from tools.servers import choose_servers
from tools.shop.waiting import eventually
from tools.stackfile import Stackfile, read_stackfile

SECONDS: Final = 60.0
SERVICE: Final = "product-service"
ASKED: Final = "/api/v1/products"
_WATCHED: Final = (GATEWAY, SERVICE)
_ASKING: Final = 2
_PAUSE_SECONDS: Final = 0.02
_PATIENCE_SECONDS: Final = 60.0
# The clocks of registry, services and gateway, in seconds: a shorter absence shortens them too.
_CLOCKS: Final[Mapping[str, int]] = {
    "REGISTRY_TTL_SECONDS": 15,
    "registry:EVICT_SECONDS": 90,
    "registry:CHECK_INTERVAL_SECONDS": 5,
    "gateway:REGISTRY_POLL_SECONDS": 30,
    "gateway:REGISTRY_REJOIN_SECONDS": 20,
}

# The registry is guarded, as it is in production.
_TOKEN: Final = f"registry-{SERVICE}"
_GUARD: Final[Mapping[str, str]] = {
    "registry:REGISTRY_TOKENS": "{hashes:registry}",
    "REGISTRY_TOKEN": f"{{secret:{_TOKEN}}}",
}


@dataclass(frozen=True)
class Verdict:
    """What came of it: `failures` are sentences, and there is to be none."""

    where: str
    asked: int
    seconds: float
    failures: Sequence[str]

    @property
    def sentence(self) -> str:
        return (
            f"{self.asked:,} requests, {len(self.failures)} failures, the service known again "
            f"{self.seconds:.1f} s after the registry, which keeps what it knows in {self.where}"
        )


async def held(folder: Path, seconds: float, *, remembers: bool) -> Verdict:
    """A small stack whose registry is away for so long; `remembers`: it keeps all in Valkey."""
    stackfile = _stackfile(seconds / SECONDS, remembers=remembers)
    servers = await choose_servers(
        [entry for entry in stackfile.entries if needs_database(entry.features)],
        data=folder,
        connections=connections_of(all_instances(stackfile, 1)),
        settings=THROWAWAY,
        environment={},
    )
    ports = choose_ports(stackfile, free_port())
    trial = Trial(Plan(stackfile, 1, ports, servers, os.environ), seconds, remembers=remembers)
    await trial.run()
    return trial.verdict


class Trial:
    """One run: the stack, the absence, and the verdict."""

    def __init__(self, plan: Plan, seconds: float, *, remembers: bool) -> None:
        self._plan = plan
        self._seconds = seconds
        self._remembers = remembers
        self._wanted = asyncio.Event()
        self._answers: Counter[str] = Counter()
        units = [replace(unit, quiet=True) for unit in plan.units(no_step)]
        self._supervisor = Supervisor("chaos", units, {REGISTRY: self._come_back})
        self.verdict = Verdict("nothing", 0, 0, ["it ended before there was anything to say"])

    async def run(self) -> None:
        await self._supervisor.run(on_ready=self._judge)

    async def _come_back(self, child: Child) -> None:
        """Not before it is wanted."""
        while True:
            await child.live()
            await self._wanted.wait()

    async def _judge(self) -> None:
        try:
            async with (
                aiohttp.ClientSession() as session,
                meanwhile(self._ask(session) for _ in range(_ASKING)),
            ):
                self.verdict = await self._hold(session)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    async def _hold(self, session: aiohttp.ClientSession) -> Verdict:
        before = await self._known(session)
        pid = self._supervisor.pid(REGISTRY)
        assert pid is not None
        kill_group(pid)
        await asyncio.sleep(self._seconds)
        failures = [f"{one} did not notice" for one in await self._who_is_known()]
        self._wanted.set()
        begun = time.monotonic()
        await eventually(self._who_is_known, lambda ok: len(ok) == len(_WATCHED), _PATIENCE_SECONDS)
        took = time.monotonic() - begun
        # For as long as the gateway gives those who have not come back, and longer.
        await asyncio.sleep(self._seconds / 2)
        after = await self._known(session)
        if (before == after) is not self._remembers:
            failures.append(f"it knew {before} before and {after} afterwards")
        failures += [f"{n} times {said}" for said, n in self._answers.items() if said != "200"]
        where = "Valkey" if self._remembers else "memory"
        return Verdict(where, self._answers.total(), took, failures)

    async def _ask(self, session: aiohttp.ClientSession) -> None:
        """One request after the other, on a connection that is kept and on new ones."""
        url = self._plan.url(GATEWAY) + ASKED
        closing: Sequence[Mapping[str, str]] = ({}, {"Connection": "close"})
        while True:
            for headers in closing:
                self._answers[await _status(session, url, headers)] += 1
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _who_is_known(self) -> list[str]:
        """Who has found the registry, or has its place there."""
        ports = self._plan.ports
        return [one for one in _WATCHED if await http(ports[one], "/health/ready", REGISTERED)(0)]

    async def _known(self, session: aiohttp.ClientSession) -> Mapping[str, Sequence[str]]:
        """The instances that may be asked, as the registry calls them."""
        url = f"{self._plan.url(REGISTRY)}/services"
        token = {"Authorization": f"Bearer {self._plan.servers.secret_of(_TOKEN)}"}
        async with session.get(url, headers=token) as answer:
            services: Mapping[str, Any] = (await answer.json())["services"]  # Any: JSON
        return {
            name: [one["id"] for one in instances if one["state"] == "healthy"]
            for name, instances in services.items()
        }


async def _status(session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> str:
    try:
        async with session.get(url, headers=headers) as answer:
            await answer.read()
            return str(answer.status)
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"{type(error).__name__}: {error}"


def _stackfile(scale: float, *, remembers: bool) -> Stackfile:
    """The stack with one service alone, and with its clocks so much shorter."""
    whole = read_stackfile(ROOT)
    clocks = {name: str(max(1, round(seconds * scale))) for name, seconds in _CLOCKS.items()}
    settings = [Override.parse(f"{name}={said}") for name, said in {**_GUARD, **clocks}.items()]
    fewer = replace(
        whole,
        services=tuple(one for one in whole.services if one.name == SERVICE),
        outside=(),
    )
    if remembers:
        return overridden(fewer, settings)
    forgetful = [
        replace(one, environment={}) if one.name == REGISTRY else one for one in fewer.shared
    ]
    return overridden(replace(fewer, shared=tuple(forgetful)), settings)
