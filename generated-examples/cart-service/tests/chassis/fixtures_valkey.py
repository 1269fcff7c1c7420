"""One Valkey for all tests, emptied before each: embedded, unless REDIS_URL names one."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from redis import Redis

from dev.valkey import ValkeyServer, running_valkey

OUTSIDE = os.environ.get("REDIS_URL")


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer | None]:
    """The embedded server, or None where REDIS_URL names another."""
    if OUTSIDE:
        yield None
        return
    with asyncio.Runner() as runner:
        server = running_valkey()
        yield runner.run(server.__aenter__())
        runner.run(server.__aexit__(None, None, None))


@pytest.fixture
def valkey_url(valkey_server: ValkeyServer | None) -> str:
    """An empty Valkey."""
    url = OUTSIDE or (valkey_server.url if valkey_server else "")
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def valkey_settings(valkey_url: str) -> dict[str, str]:
    return {"REDIS_URL": valkey_url}
