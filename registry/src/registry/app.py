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
from .settings import CheckSettings, GuardSettings, LeaseSettings, WatchSettings
from .watch import routes as watching
from .watch.watchers import Watchers


def create_app(clock: Callable[[], float] = time.monotonic) -> Application:
    app = Application(
        BLUEPRINT, settings=[LeaseSettings, CheckSettings, WatchSettings, GuardSettings]
    )
    leases, checks = app.settings(LeaseSettings), app.settings(CheckSettings)
    watch, guard = app.settings(WatchSettings), app.settings(GuardSettings)
    repository = Memory(clock, history=watch.history, tombstone_seconds=leases.evict_seconds)
    rules = Rules(checks.rise, checks.fall, leases.evict_seconds)
    quotas = Quotas(leases.max_instances, leases.max_instances_per_service)
    app.authenticator = tokens.Tokens(guard.known, optional=guard.everybody_may)
    app.metrics.registry.register(InstanceCollector(repository.view))
    app.own(repository)
    app.own(
        Desk(
            repository,
            quotas,
            ttl=leases.lease_seconds,
            allowed=guard.allowed,
            loopback=guard.in_development,
        )
    )
    app.own(Keeper(repository, rules, checks, KeeperMetrics(app.metrics.registry), clock))
    app.own(Watchers(repository.view, watch, app.metrics.registry))
    app.include(routes.router, watching.router)
    app.command("token", tokens.make)
    return app
