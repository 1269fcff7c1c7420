"""What this service's tests share; the plugins bring a running service and its servers."""

from collections.abc import Callable

import pytest

from notification_service import app
from notification_service.chassis.application import Application

from tests.chassis import PLUGINS

pytest_plugins = [*PLUGINS, "tests.mail.fixtures", "tests.fixtures"]


@pytest.fixture
def create_app() -> Callable[[], Application]:
    return app.create_app
