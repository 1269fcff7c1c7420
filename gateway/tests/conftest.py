"""What this service's tests share; the plugins bring a running service and its servers."""

from tests.chassis import PLUGINS

pytest_plugins = [*PLUGINS, "tests.fixtures"]
