"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

import time
from collections.abc import Callable

from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .instance import routes
from .instance.checker import Checker
from .instance.metrics import CheckMetrics, InstanceCollector
from .instance.models import Rules
from .instance.repository import Instances, Quotas
from .settings import CheckSettings, LeaseSettings


def create_app(clock: Callable[[], float] = time.monotonic) -> Application:
    app = Application(BLUEPRINT, settings=[LeaseSettings, CheckSettings])
    leases, checks = app.settings(LeaseSettings), app.settings(CheckSettings)
    instances = Instances(
        clock,
        Rules(checks.rise, checks.fall, leases.lease_seconds, leases.evict_seconds),
        Quotas(leases.max_instances, leases.max_instances_per_service),
    )
    app.metrics.registry.register(InstanceCollector(instances))
    app.own(instances)
    app.own(Checker(instances, checks, CheckMetrics(app.metrics.registry)))
    app.include(routes.router)
    return app
