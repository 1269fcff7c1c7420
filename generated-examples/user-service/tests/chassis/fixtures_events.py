"""Events need no settings besides those of PostgreSQL and Valkey."""

import pytest


@pytest.fixture
def events_settings() -> dict[str, str]:
    return {}
