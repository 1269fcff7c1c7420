"""What this service's tests share; the plugins bring a running service and its servers."""

import hashlib
from collections.abc import AsyncIterator, Callable

import pytest

from registry import app
from registry.chassis.application import Application

from tests.chassis import PLUGINS
from tests.clock import Clock
from tests.fleet import Fleet

pytest_plugins = PLUGINS

TOKEN = "a-token-that-may-register-every-service"
TOKEN_DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def create_app(bare_environment: pytest.MonkeyPatch, clock: Clock) -> Callable[[], Application]:
    """The registry on a clock that stands still; its loop looks at the clock every 50 ms."""
    bare_environment.setenv("CHECK_INTERVAL_SECONDS", "0.2")
    bare_environment.setenv("WATCH_LONGEST_WAIT_SECONDS", "0.3")
    bare_environment.setenv("REGISTRY_TOKENS", f"*={TOKEN_DIGEST}")
    return lambda: app.create_app(clock)


@pytest.fixture
def client_headers() -> dict[str, str]:
    return HEADERS


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    fleet = Fleet()
    yield fleet
    await fleet.stop()
