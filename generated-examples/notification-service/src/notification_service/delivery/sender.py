"""Sends what is due: in every replica, each mail in the hands of one of them.

A mail is leased before the mail server hears of it.  Whoever is killed leaves the lease, and when
it has ended another sends the mail; where the server had it already, it comes twice under one
Message-ID.
"""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from email.message import EmailMessage
from typing import ClassVar
from uuid import UUID, uuid4

import structlog
from prometheus_client import CollectorRegistry, Counter

from ..chassis.chaos import Chaos
from ..chassis.database import Database
from ..chassis.errors import ServiceError
from ..chassis.resource import Resource
from ..settings import MailSettings
from . import repository, service
from .composing import Composer, Ready
from .models import Delivery
from .outcomes import Accepted, Deferred, Outcome, Pointless, Reason
from .postman import Postman, reach

log = structlog.get_logger()


class Sender(Resource):
    """So many postmen, from when the service listens until it stops."""

    name: ClassVar[str] = "mail"

    def __init__(
        self,
        database: Database,
        composer: Composer,
        settings: MailSettings,
        registry: CollectorRegistry,
    ) -> None:
        self._database = database
        self._composer = composer
        self._settings = settings
        self._attempts = Counter(
            "mail_attempts",
            "Attempts to hand a mail over, by template and outcome.",
            ("template", "outcome"),
            registry=registry,
        )
        self._owner = uuid4()  # of the leases: another one after every start
        self._wakes = [asyncio.Event() for _ in range(settings.connections)]
        self._stopping = False
        self._away = False
        self._tasks: list[asyncio.Task[None]] = []
        database.announcements.listen(repository.ANNOUNCEMENT, self._wake)

    async def listening(self) -> None:
        self._tasks = [
            asyncio.create_task(self._deliver(wake), name="mail-sender") for wake in self._wakes
        ]

    async def draining(self) -> None:
        """Take no more."""
        self._stopping = True
        self._wake()

    async def __aexit__(self, *error: object) -> None:
        """Let what is on its way arrive, for a while; what is cut off is sent by another."""
        await self.draining()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._settings.stop_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def ping(self) -> None:
        """Raise while the mail server, which was away for the last mail, is still away."""
        if self._away:
            await reach(self._settings.server)
            self._away = False

    def _wake(self) -> None:
        for wake in self._wakes:
            wake.set()

    async def _deliver(self, wake: asyncio.Event) -> None:
        postman = Postman(self._settings)
        try:
            while not self._stopping:
                wake.clear()
                if not await self._deliver_one(postman):
                    await postman.close()
                    await self._woken(wake)
        finally:
            await postman.close()

    async def _deliver_one(self, postman: Postman) -> bool:
        """Whether there may be more."""
        try:
            lease = timedelta(seconds=self._settings.lease_seconds)
            taken = await service.take(self._database, self._owner, lease)
            if taken is None:
                return False
            delivery, attempt = taken
            Chaos.point("mail.taken")
            sent, outcome = await self._attempt(postman, delivery)
            if isinstance(outcome, Accepted):
                Chaos.point("mail.accepted")
            await self._settle(sent, attempt, outcome)
        except ServiceError as error:  # PostgreSQL is away; when the lease ends it is sent again
            log.warning("mail.waiting", reason=str(error))
            return False
        return True

    async def _attempt(self, postman: Postman, delivery: Delivery) -> tuple[Delivery, Outcome]:
        if delivery.attempts > 1 + len(self._settings.retry_seconds):
            return delivery, Pointless(Reason.exhausted, "every attempt was cut off")
        try:
            composed = await self._composer.compose(delivery)
        except ServiceError:
            raise
        except Exception:  # the border: a mistake of ours must not end the postman
            log.exception("mail.not_composed", delivery=delivery.id, template=delivery.template)
            return delivery, Deferred("something went wrong here; it has been logged")
        if not isinstance(composed, Ready):
            return delivery, composed
        return composed.delivery, await self._hand_over(postman, composed.message)

    async def _hand_over(self, postman: Postman, message: EmailMessage) -> Outcome:
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                outcome = await postman.send(message)
        except TimeoutError:
            postman.drop()
            outcome = Deferred("the mail server takes too long", away=True)
        self._away = isinstance(outcome, Deferred) and outcome.away
        return outcome

    async def _settle(self, sent: Delivery, attempt: UUID, outcome: Outcome) -> None:
        retry_seconds = self._settings.retry_seconds
        settled = await service.settle(self._database, sent, attempt, outcome, retry_seconds)
        name = type(outcome).__name__.lower()
        self._attempts.labels(sent.template, name).inc()
        log.info(
            "mail.attempted",
            delivery=sent.id,
            template=sent.template,
            outcome=name,
            status=settled.status,
        )

    async def _woken(self, wake: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._settings.poll_seconds * random.uniform(0.5, 1.5)):
                await wake.wait()
        except TimeoutError:
            return
