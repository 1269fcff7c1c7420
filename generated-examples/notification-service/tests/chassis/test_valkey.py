import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from notification_service.chassis import health, valkey
from notification_service.chassis.application import Application, Blueprint
from notification_service.chassis.features import BLUEPRINT
from notification_service.chassis.settings import Configuration
from notification_service.chassis.valkey import (
    Valkey,
    ValkeyAway,
    ValkeySettings,
    cancellable,
)

from .fixtures_service import client_for
from dev.valkey import ValkeyServer, running_valkey


@pytest.fixture
async def server() -> AsyncIterator[ValkeyServer]:
    """A Valkey of this test's own, to stop and start."""
    async with running_valkey() as server:
        yield server


@pytest.fixture
async def shared(
    bare_environment: pytest.MonkeyPatch, server: ValkeyServer
) -> AsyncIterator[Valkey]:
    """The open connection of a running service."""
    bare_environment.setenv("REDIS_URL", server.url)
    app = Application(Blueprint(BLUEPRINT.name, "test", [health, valkey]))
    async with client_for(app):
        yield app.resource(Valkey)


async def attempt(shared: Valkey) -> object:
    with shared.attempt() as client:
        return await client.incr("attempts")


async def test_a_valkey_that_is_away_is_asked_once_a_second(
    shared: Valkey, server: ValkeyServer
) -> None:
    await attempt(shared)
    await server.stop()
    with pytest.raises(ValkeyAway, match="does not answer"):
        await attempt(shared)

    with pytest.raises(ValkeyAway, match="a moment ago"):
        await attempt(shared)


async def test_a_valkey_that_is_back_is_found_within_a_second(
    shared: Valkey, server: ValkeyServer
) -> None:
    await server.stop()
    with pytest.raises(ValkeyAway):
        await attempt(shared)
    await server.start()
    begun = time.monotonic()

    answers: list[object] = []
    async with asyncio.timeout(10):
        while not answers:
            try:
                answers.append(await attempt(shared))
            except ValkeyAway:
                continue

    assert time.monotonic() - begun < 1.5


async def test_what_valkey_refuses_is_no_error_of_its_own(shared: Valkey) -> None:
    with shared.attempt() as client:
        await client.set("attempts", "no number")

    with pytest.raises(ValkeyAway):
        await attempt(shared)


async def test_a_mistake_beside_valkey_is_not_taken_for_an_outage(shared: Valkey) -> None:
    with pytest.raises(ZeroDivisionError), shared.attempt():
        raise ZeroDivisionError

    assert await attempt(shared) == 1


async def answers_when_cancelled() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return


async def fails_when_cancelled() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise RedisConnectionError from None


@pytest.mark.parametrize("command", [answers_when_cancelled, fails_when_cancelled])
async def test_a_cancellation_is_not_lost_in_a_command(command: object) -> None:
    async def work() -> None:
        with cancellable():
            assert callable(command)
            await command()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)

    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()


def test_an_address_that_is_no_valkey_is_named(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("REDIS_URL", "http://somewhere")

    with pytest.raises(Exception, match="REDIS_URL"):
        Configuration([ValkeySettings])
