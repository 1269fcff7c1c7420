"""Many senders, and senders that are killed: every mail goes out, and once as far as it can be."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from notification_service.chassis.application import Application

from dev.ports import free_port
from tests.chassis.fixtures_service import client_for
from tests.mail.fixtures import Catcher
from tests.people import PATIENCE, User, until
from tests.shop import Service, Surroundings

MAILS = 40


class Replica:
    """The service as a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, http: httpx.AsyncClient) -> None:
        self.process = process
        self.http = http

    async def listening(self) -> None:
        async def alive() -> bool:
            try:
                return (await self.http.get("/health/live")).status_code == 200
            except httpx.TransportError:
                return False

        await until(alive)

    async def crash_at(self, point: str) -> None:
        armed = await self.http.put("/_chaos", json={"crash_at": point})
        assert armed.status_code == 200

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


@asynccontextmanager
async def replica() -> AsyncIterator[Replica]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "notification_service"),
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            started = Replica(process, http)
            await started.listening()
            yield started
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def short_leases(mail_environment: pytest.MonkeyPatch) -> None:
    mail_environment.setenv("MAIL_TIMEOUT_SECONDS", "1")
    mail_environment.setenv("MAIL_LEASE_SECONDS", "1.2")
    mail_environment.setenv("EVENTS_LEASE_SECONDS", "1")


async def test_two_replicas_send_each_mail_once(
    service: Service, create_app: Callable[[], Application], mail_catcher: Catcher
) -> None:
    users = [User(f"user{number}@example.com") for number in range(MAILS)]

    async with client_for(create_app()):
        await asyncio.gather(*(service.request_mail(user) for user in users))
        await asyncio.gather(*(service.deliveries(user, "delivered") for user in users))

    mails = (await mail_catcher.client.get("/messages")).json()
    assert len(mails) == MAILS
    assert {mail["to"][0] for mail in mails} == {user.email for user in users}


async def test_a_sender_that_is_killed_before_its_mark_leaves_a_double_that_can_be_told(
    short_leases: None, surroundings: Surroundings
) -> None:
    user = User()
    async with replica() as killed:
        await killed.crash_at("mail.accepted")
        await surroundings.request_mail(user)
        assert await killed.ended() == -signal.SIGKILL

    async with replica():
        first, second = await surroundings.mails(user, 2)

        assert first["message_id"] == second["message_id"]
        assert first["headers"] == second["headers"]
        assert await surroundings.published("notification.delivered")


async def test_a_sender_that_is_killed_before_it_sends_loses_nothing(
    short_leases: None, surroundings: Surroundings
) -> None:
    user = User()
    async with replica() as killed:
        await killed.crash_at("mail.taken")
        await surroundings.request_mail(user)
        assert await killed.ended() == -signal.SIGKILL

    async with replica():
        await surroundings.mails(user)
        await surroundings.published("notification.delivered")

    assert len(await surroundings.catcher.mails_to(user.email)) == 1


async def test_a_mail_that_is_on_its_way_at_the_stop_arrives_once(
    short_leases: None, surroundings: Surroundings
) -> None:
    user = User("slow-ada@example.com")
    async with replica() as stopped:
        await surroundings.request_mail(user)
        await until(lambda: surroundings.database.fetchval("SELECT 1 FROM delivery_attempts"))

        stopped.process.send_signal(signal.SIGTERM)

        assert await stopped.ended() == 0
    assert len(await surroundings.catcher.mails_to(user.email)) == 1
    assert await surroundings.database.fetchval("SELECT status FROM deliveries") == "delivered"
