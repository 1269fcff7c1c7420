"""Does the steps of a saga, one after the other, while its lease is held."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Set
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from prometheus_client import CollectorRegistry, Counter

from ..chassis.chaos import Chaos
from ..chassis.database import Database, Transaction
from ..chassis.errors import DeadlineExceeded, ServiceError
from ..order import transitions
from ..order.models import Reason
from ..settings import OrderSettings, SagaSettings
from . import repository
from .case import Case, read, read_to_change
from .models import WAITED_FOR, Saga, Step
from .outside import Outside
from .steps import STEPS

_FORWARD: Final = frozenset({Step.snapshot, Step.reserve, Step.pay, Step.settle})

log = structlog.get_logger()


class Engine:
    """What the worker and those who wait for the first steps have in common."""

    def __init__(
        self,
        database: Database,
        outside: Outside,
        settings: SagaSettings,
        terms: OrderSettings,
        registry: CollectorRegistry,
    ) -> None:
        self.settings = settings
        self.terms = terms
        self._database = database
        self._outside = outside
        self._steps = Counter(
            "saga_steps",
            "Steps of sagas, by what became of them.",
            ("step", "outcome"),
            registry=registry,
        )

    async def begin(self, id: UUID, owner: UUID) -> None:
        """Do what a customer waits for, as long as she does; the worker goes on from there."""
        await self.drive(id, owner, patience=self.terms.answer_seconds, only=WAITED_FOR)

    async def drive(
        self, id: UUID, owner: UUID, *, patience: float, only: Set[Step] = frozenset(STEPS)
    ) -> None:
        """Do these steps, until one has to wait, nobody answers, or the lease is lost.

        Whom a step asks has so many seconds to answer.
        """
        going = True
        while going:
            async with self._database.connection() as tx:
                case = await read(tx, id)
            if case.saga.step not in only:
                await self._leave(case.saga, owner)
                return
            going = await self._turn(case, owner, patience)

    async def _turn(self, case: Case, owner: UUID, patience: float) -> bool:
        """Do the step that is next; whether the one after it is to be done at once."""
        step = case.saga.step
        Chaos.point(f"saga.{step}.before")
        try:
            async with asyncio.timeout(patience):
                fact = await STEPS[step].ask(self._outside, case)
        except TimeoutError:
            return await self._wait(case, owner, DeadlineExceeded(f"no answer in {patience} s"))
        except ServiceError as error:
            return await self._wait(case, owner, error)
        Chaos.point(f"saga.{step}.asked")
        async with self._database.transaction() as tx:
            now = await read_to_change(tx, case.saga, owner)
            if now is None or now.saga.step is not step:
                self._steps.labels(step, "overtaken").inc()
                return False
            after = await STEPS[step].save(tx, now, fact)
            going = after.step not in (step, Step.done)
            await self._save(tx, after if going else after.after(self._pause(after, now)), going)
        self._steps.labels(step, "done" if after.step is not step else "waiting").inc()
        Chaos.point(f"saga.{step}.after")
        return going

    async def _wait(self, case: Case, owner: UUID, reason: ServiceError) -> bool:
        """Nobody answered: again later, unless it is too late for that; False: not at once."""
        step = case.saga.step
        log.warning("saga.waiting", order=case.order.id, step=step.value, reason=str(reason))
        self._steps.labels(step, "unanswered").inc()
        async with self._database.transaction() as tx:
            now = await read_to_change(tx, case.saga, owner)
            if now is None or now.saga.step is not step:
                return False
            if step in _FORWARD and now.paid is None and now.order.overdue(datetime.now(UTC)):
                await transitions.cancel(tx, now.order, Reason.expired)
                await repository.save(tx, now.saga.at(Step.void), None)
                return False
            again = now.saga.again()
            await repository.save(tx, again.after(self._pause(again, now)), None)
        return False

    async def _leave(self, saga: Saga, owner: UUID) -> None:
        """What is next is for the worker to do."""
        async with self._database.transaction() as tx:
            held = await repository.find_held(tx, saga.id, owner)
            if held is not None:
                await repository.save(tx, held, None)

    async def _save(self, tx: Transaction, saga: Saga, going: bool) -> None:
        await repository.save(tx, saga, self.settings.lease if going else None)

    def _pause(self, saga: Saga, case: Case) -> timedelta:
        """It grows with every attempt, and ends when the order has to be paid."""
        grown = self.settings.first_seconds * 2.0 ** min(saga.attempt - 1, 30)
        pause = timedelta(seconds=min(grown, self.settings.longest_seconds))
        left = case.order.expires_at - datetime.now(UTC)
        if case.order.unpaid and timedelta() < left < pause:
            return left
        return pause * random.uniform(0.8, 1)
