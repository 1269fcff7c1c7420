"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

import time
from collections.abc import Callable

from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .instance import routes, tokens
from .instance.desk import Desk
from .instance.memory import Memory
from .instance.metrics import InstanceCollector
from .instance.service import Quotas
from .keeping.keeper import Keeper
from .keeping.metrics import KeeperMetrics
from .keeping.vigil import Rules
from .settings import CheckSettings, GuardSettings, LeaseSettings, MemorySettings, WatchSettings
from .shared.repository import Shared
from .watch import routes as watching
from .watch.watchers import Watchers

SETTINGS = (LeaseSettings, MemorySettings, CheckSettings, WatchSettings, GuardSettings)


def create_app(clock: Callable[[], float] = time.monotonic) -> Application:
    app = Application(BLUEPRINT, settings=SETTINGS)
    leases, checks = app.settings(LeaseSettings), app.settings(CheckSettings)
    watch, guard = app.settings(WatchSettings), app.settings(GuardSettings)
    repository = _repository(app, clock)
    quotas = Quotas(leases.max_instances, leases.max_instances_per_service)
    rules = Rules(checks.rise, checks.fall, leases.evict_seconds)
    numbers = app.metrics.registry
    numbers.register(InstanceCollector(repository.view))
    app.authenticator = tokens.Tokens(guard.known, optional=guard.everybody_may)
    app.own(repository)
    app.own(Desk(repository, quotas, guard, ttl=leases.lease_seconds))
    app.own(Watchers(repository.view, watch, numbers))
    app.own(Keeper(repository, rules, checks, KeeperMetrics(numbers), clock))
    app.include(routes.router, watching.router)
    app.command("token", tokens.make)
    return app


def _repository(app: Application, clock: Callable[[], float]) -> Memory | Shared:
    url = app.settings(MemorySettings).redis_url
    history = app.settings(WatchSettings).history
    seconds = app.settings(LeaseSettings).evict_seconds
    if url is None:
        return Memory(clock, history=history, tombstone_seconds=seconds)
    return Shared(url.get_secret_value(), clock, history=history, tombstone_seconds=seconds)
