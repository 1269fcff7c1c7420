import pytest


@pytest.fixture
def idempotency_settings() -> dict[str, str]:
    return {}
