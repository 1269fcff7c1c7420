"""The cache needs no settings besides Valkey's."""

import pytest


@pytest.fixture
def cache_settings() -> dict[str, str]:
    return {}
