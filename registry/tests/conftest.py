"""What this service's tests share; the plugins bring a running service and its servers."""

from collections.abc import AsyncIterator, Callable

import pytest

from registry import app
from registry.chassis.application import Application

from tests.chassis import PLUGINS
from tests.clock import Clock
from tests.fleet import Fleet

pytest_plugins = PLUGINS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def create_app(bare_environment: pytest.MonkeyPatch, clock: Clock) -> Callable[[], Application]:
    """The registry on a clock that stands still; its loop looks at the clock every 50 ms."""
    bare_environment.setenv("CHECK_INTERVAL_SECONDS", "0.2")
    return lambda: app.create_app(clock)


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    fleet = Fleet()
    yield fleet
    await fleet.stop()
