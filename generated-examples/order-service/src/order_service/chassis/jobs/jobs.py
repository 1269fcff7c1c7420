"""Looks at each job when it may be due, and does it if no other replica does."""

from __future__ import annotations

import asyncio
import random
from time import monotonic
from typing import ClassVar, Final

import structlog
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from .. import context
from ..database import Database
from ..errors import ServiceError
from ..resource import Resource
from ..settings import Settings
from . import rows
from .metrics import JobMetrics
from .timetable import Job

# Replicas look a little apart; after a failed look, while PostgreSQL is away, so many seconds.
_SPREAD: Final = 0.05
_AWAY_SECONDS: Final = 5.0
# Of what is done more often, the line of a run is for LOG_LEVEL=debug.
_SELDOM_SECONDS: Final = 60.0

log = structlog.get_logger()


class JobsSettings(Settings):
    """When jobs begin after a start, and how long a stop waits for them."""

    model_config = SettingsConfigDict(env_prefix="JOBS_")

    start_seconds: float = Field(default=10.0, ge=0, le=3600)
    stop_seconds: float = Field(default=10.0, ge=0, le=600)


class Jobs(Resource):
    """One task for each job; they begin with the service and end with it."""

    name: ClassVar[str] = "jobs"

    def __init__(self, database: Database, settings: JobsSettings, metrics: JobMetrics) -> None:
        self._database = database
        self._settings = settings
        self._metrics = metrics
        self._jobs: dict[str, Job] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    def add(self, job: Job) -> None:
        """Raises TypeError where a job has this name already."""
        if job.name in self._jobs:
            raise TypeError(f"there is a job {job.name} already; give this one another name=")
        self._jobs[job.name] = job

    async def listening(self) -> None:
        self._tasks = [asyncio.create_task(self._keep_doing(job)) for job in self._jobs.values()]

    async def draining(self) -> None:
        """No run begins any more."""
        self._stopping.set()

    async def __aexit__(self, *error: object) -> None:
        """Let a run that has begun end well, for a while; then cancel it."""
        self._stopping.set()
        if not self._tasks:
            return
        _, running = await asyncio.wait(self._tasks, timeout=self._settings.stop_seconds)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _keep_doing(self, job: Job) -> None:
        pause = min(self._settings.start_seconds, job.every.seconds) * random.uniform(0.5, 1)
        while not await self._stopped_within(pause):
            try:
                left = await self._look(job)
            except ServiceError as away:
                log.warning("job.waiting", job=job.name, reason=str(away))
                left = min(job.every.seconds, _AWAY_SECONDS)
            pause = left + random.uniform(0, _SPREAD) * job.every.seconds

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._stopping.wait()
        except TimeoutError:
            return False

    async def _look(self, job: Job) -> float:
        """Do it if it is due and no replica has it; the seconds until it may be due again."""
        # The lock belongs to the session: giving the connection back, or losing it, gives it up.
        async with self._database.connection() as connection:
            if not await rows.lock(connection, job):
                self._metrics.runs.labels(job.name, "elsewhere").inc()
                return job.every.seconds
            if await rows.begin(connection, job):
                await self._run(job)
            else:
                self._metrics.runs.labels(job.name, "elsewhere").inc()
            return await rows.seconds_left(connection, job)

    async def _run(self, job: Job) -> None:
        begun = monotonic()
        self._metrics.begun_at.labels(job.name).set_to_current_time()
        token = context.current.set(context.begin(()).unsampled())
        outcome = "failed"
        try:
            await job.work(self._database)
            outcome = "done"
            self._metrics.done_at.labels(job.name).set_to_current_time()
            say = log.info if job.every.seconds >= _SELDOM_SECONDS else log.debug
            say("job.done", job=job.name, ms=round((monotonic() - begun) * 1000, 2))
        except Exception:  # the border: the next run comes in its time
            log.exception("job.failed", job=job.name)
        finally:
            context.current.reset(token)
            self._metrics.runs.labels(job.name, outcome).inc()
            self._metrics.seconds.labels(job.name).observe(monotonic() - begun)
