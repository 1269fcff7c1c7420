import pytest


@pytest.fixture
def jobs_settings() -> dict[str, str]:
    return {}
