import pytest


@pytest.fixture
def cors_settings() -> dict[str, str]:
    return {}
