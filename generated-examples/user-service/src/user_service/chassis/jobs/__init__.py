"""Periodic work, done by one replica at a time: `schedule(app, every(minutes=5), order.expire)`.

A job is a use case that takes the database.  When it is due is noted in PostgreSQL, and an advisory
lock, which dies with its session, keeps all replicas but one from it; so a job runs once a period,
however many replicas there are and whichever of them is killed.  A run that fails is logged and
counted, and the next one comes in its time.
"""

from __future__ import annotations

from typing import Final

from ..application import Application
from ..database import Database
from ..settings import Settings
from .jobs import Jobs, JobsSettings
from .metrics import JobMetrics
from .timetable import Every, Job, Work, every

__all__ = ["SETTINGS", "Every", "Job", "Jobs", "JobsSettings", "every", "install", "schedule"]

SETTINGS: Final[tuple[type[Settings], ...]] = (JobsSettings,)


def install(app: Application) -> None:
    metrics = JobMetrics(app.metrics.registry)
    app.own(Jobs(app.resource(Database), app.settings(JobsSettings), metrics))


def schedule(app: Application, period: Every, work: Work, *, name: str | None = None) -> None:
    """Do this periodically, under its own name (`order.expire`) or the given one."""
    app.resource(Jobs).add(Job.of(period, work, name))
