"""What this service's tests share; the plugins bring a running service and its servers."""

from collections.abc import Callable

import pytest

from product_service import app
from product_service.chassis.application import Application

from tests.chassis import PLUGINS

pytest_plugins = [*PLUGINS, "tests.fixtures"]


@pytest.fixture
def create_app() -> Callable[[], Application]:
    return app.create_app
