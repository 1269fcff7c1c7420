"""Random lives of instances, through HTTP, against a model that fits on a page.

Time is in the hands of the test; the checks are real, at servers that turn well and ill.  What is
kept in memory is gone at a restart, and what is kept in Valkey is not.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from redis import Redis as Valkey
from redis.asyncio import Redis

from registry import app

from dev.valkey import running_valkey
from tests.chassis.fixtures_service import client_for
from tests.clock import Clock
from tests.conftest import HEADERS, TOKEN_DIGEST
from tests.fleet import Fleet, broken, fine
from tests.instance.calls import Document, register, renew, services, unregister
from tests.waiting import eventually

Value = TypeVar("Value")
TTL, EVICT = 15.0, 90.0
CHECK_SECONDS = 0.05
MOST_CHECKS = 100
BEATS_SECONDS = 0.25
NAMES = st.sampled_from(["orders", "users"])


@dataclass
class Expected:
    """What the model knows of an instance: its last lease, and when it was heard."""

    id: str
    secret: str
    heard: float
    missed: bool = False  # before the last restart, and not heard of since


class Lives(RuleBasedStateMachine):
    """Two services at two addresses: too few to be preserved from being forgotten."""

    leases = Bundle("leases")
    revision: int

    @initialize()
    def start(self) -> None:
        self.runner = asyncio.Runner()
        self.clock = Clock()
        self.fleet = Fleet()
        self.stack = contextlib.AsyncExitStack()
        self.ships = [self.run(self.fleet.launch()) for _ in range(2)]
        self.expected: dict[tuple[str, str], Expected] = {}
        self.revision = 0
        self.run(self._serve())

    @rule(target=leases, name=NAMES, at=st.integers(0, 1))
    def registers(self, name: str, at: int) -> Document:
        place = (name, self.ships[at].url)
        known = self.expected.get(place)

        lease = self.run(register(self.client, *place, ttl=TTL))

        assert known is None or lease["instance_id"] == known.id
        self.expected[place] = Expected(lease["instance_id"], lease["lease_secret"], self.clock())
        return lease

    @rule(lease=leases)
    def sends_a_heartbeat(self, lease: Document) -> None:
        holders = self._holders(lease)

        status = self.run(renew(self.client, lease)).status_code

        assert (status == 200) is bool(holders)
        for place in holders:
            self._hear(self.expected[place])
        self.beats_are_heard()

    @rule()
    def all_send_heartbeats(self) -> None:
        for one in self.expected.values():
            lease = {"instance_id": one.id, "lease_secret": one.secret}
            assert self.run(renew(self.client, lease)).status_code == 200
            self._hear(one)
        self.beats_are_heard()

    @rule(lease=leases)
    def is_reported(self, lease: Document) -> None:
        """Doubt lasts until the next check, which is made at once."""
        known = {one.id for one in self.expected.values()}

        told = self.run(self.client.post(f"/instances/{lease['instance_id']}/suspect"))

        assert told.status_code == (200 if lease["instance_id"] in known else 404)

    @rule(name=NAMES)
    def one_of_them_is_asked_for(self, name: str) -> None:
        states = self._modelled()
        those = [one.id for place, one in self.expected.items() if place[0] == name]
        well = [one for one in those if states[one] == "healthy"]

        picked = self.run(self.client.get(f"/services/{name}"))

        assert picked.status_code == (200 if well else 503 if those else 404)
        assert not well or picked.json()["id"] in well

    @rule(lease=leases)
    def says_goodbye(self, lease: Document) -> None:
        holders = self._holders(lease)

        status = self.run(unregister(self.client, lease)).status_code

        assert status == 200 or not holders
        for place in holders:
            del self.expected[place]

    @rule(at=st.integers(0, 1), answer=st.sampled_from([fine, broken]))
    def flaps(self, at: int, answer: object) -> None:
        self.ships[at].answer = fine if answer is fine else broken

    @rule(seconds=st.sampled_from([1.0, TTL - 5, TTL, 2 * TTL, EVICT]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(chance=st.integers(0, 3))
    def restarts(self, chance: int) -> None:
        """Now and then its memory is gone, and no old lease is good any more."""
        if chance:
            return
        self.run(self.stack.aclose())
        self.what_a_restart_leaves()
        self.run(self._serve())

    def what_a_restart_leaves(self) -> None:
        self.expected = {}
        self.revision = 0

    def beats_are_heard(self) -> None:
        """Whoever keeps watch has taken the heartbeats in."""

    @invariant()
    def everybody_is_seen_as_the_model_says(self) -> None:
        left = MOST_CHECKS  # time may pass for so many checks, and not until all are forgotten

        async def seen_as_modelled() -> bool:
            nonlocal left
            if left:
                left -= 1
                self.clock.advance(CHECK_SECONDS)
            return await self._seen() == self._modelled()

        self.run(eventually(seen_as_modelled, bool, seconds=10))

    @invariant()
    def the_revision_never_falls(self) -> None:
        revision: int = self.run(self.client.get("/services")).json()["revision"]
        assert revision >= self.revision
        self.revision = revision

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.run(self.fleet.stop())
        self.runner.close()

    def run(self, what: Awaitable[Value]) -> Value:
        async def awaited() -> Value:
            return await what

        return self.runner.run(awaited())

    async def _serve(self) -> None:
        serving = client_for(app.create_app(self.clock), HEADERS)
        self.client = await self.stack.enter_async_context(serving)

    def _hear(self, one: Expected) -> None:
        one.heard, one.missed = self.clock(), False

    def _holders(self, lease: Document) -> list[tuple[str, str]]:
        """Where this lease is good."""
        secret = lease["lease_secret"]
        return [place for place, one in self.expected.items() if one.secret == secret]

    async def _seen(self) -> dict[str, str]:
        known = await services(self.client)
        return {one["id"]: one["state"] for some in known.values() for one in some}

    def _modelled(self) -> dict[str, str]:
        """Forget whoever was silent for too long; the states of the others."""
        now = self.clock()
        self.expected = {
            place: one for place, one in self.expected.items() if now - one.heard < EVICT
        }
        well = {ship.url for ship in self.ships if ship.answer is fine}
        return {
            one.id: "healthy"
            if url in well and not one.missed and now - one.heard < TTL
            else "unhealthy"
            for (_, url), one in self.expected.items()
        }


class LastingLives(Lives):
    """With all that is known in Valkey: after a restart every lease has its full time again."""

    @initialize()
    def start(self) -> None:
        with Valkey.from_url(os.environ["REDIS_URL"]) as valkey:
            valkey.flushdb()
        super().start()

    def what_a_restart_leaves(self) -> None:
        for one in self.expected.values():
            one.missed = one.missed or self.clock() - one.heard >= TTL
            one.heard = self.clock()

    def beats_are_heard(self) -> None:
        self.clock.advance(BEATS_SECONDS)
        self.run(eventually(self._beats, lambda left: not left))

    async def _beats(self) -> int:
        async with Redis.from_url(os.environ["REDIS_URL"]) as valkey:
            left: int = await valkey.scard("registry:beats")
            return left


def play(lives: type[Lives], examples: int) -> None:
    run_state_machine_as_test(
        lives,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture(autouse=True)
def quick_checks(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("REGISTRY_TOKENS", f"*={TOKEN_DIGEST}")
    bare_environment.setenv("CHECK_INTERVAL_SECONDS", str(CHECK_SECONDS))


def test_the_registry_lives_as_its_model_does() -> None:
    play(Lives, 10)


async def test_so_it_does_in_valkey_and_no_restart_makes_anybody_disappear(
    bare_environment: pytest.MonkeyPatch,
) -> None:
    async with running_valkey() as server:
        bare_environment.setenv("REDIS_URL", server.url)

        await asyncio.to_thread(play, LastingLives, 4)
