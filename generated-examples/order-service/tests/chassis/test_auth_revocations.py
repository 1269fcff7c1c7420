"""Sessions that were ended: every service refuses their tokens, and none waits for Valkey."""

import time
from collections.abc import AsyncIterator

import httpx
import pytest

from order_service.chassis.application import Application
from order_service.chassis.auth import Revocations
from order_service.chassis.auth.revocations import KEY
from order_service.chassis.errors import Unavailable
from order_service.chassis.valkey import Valkey

from .fixtures_auth import Guarded, bearer, token, until
from .fixtures_service import client_for
from dev.valkey import ValkeyServer, running_valkey

LIMIT = 5


@pytest.fixture
def app(guarded: Guarded, auth_settings: dict[str, str]) -> Application:
    return guarded(auth_settings)


@pytest.fixture
async def client(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(app) as client:
        yield client


@pytest.fixture
async def own_valkey() -> AsyncIterator[ValkeyServer]:
    """A Valkey that a test may stop."""
    async with running_valkey() as server:
        yield server


def soon() -> int:
    return int(time.time()) + 300


async def code(client: httpx.AsyncClient, **changes: object) -> str:
    answer = await client.get("/v1/mine", headers=bearer(token(**changes)))
    return str(answer.json().get("code", "good"))


async def test_a_session_that_is_ended_is_refused_at_once_here_and_soon_in_another_replica(
    app: Application, client: httpx.AsyncClient, guarded: Guarded, auth_settings: dict[str, str]
) -> None:
    async with client_for(guarded(auth_settings)) as other:
        assert (await code(client), await code(other)) == ("good", "good")

        await app.resource(Revocations).revoke("session-1", soon())

        async def refused() -> bool:
            return await code(other) == "token-revoked"

        assert await code(client) == "token-revoked"
        await until(refused, seconds=LIMIT)
        assert await code(other, sid="session-2") == "good"


async def test_a_revoked_token_is_challenged(app: Application, client: httpx.AsyncClient) -> None:
    await app.resource(Revocations).revoke("session-1", soon())

    refused = await client.get("/v1/mine", headers=bearer(token()))

    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_one_token_can_be_revoked_by_its_id(
    app: Application, client: httpx.AsyncClient
) -> None:
    await app.resource(Revocations).revoke_token("token-1", soon())

    assert await code(client) == "token-revoked"
    assert await code(client, jti="token-2") == "good"


async def test_a_token_without_a_session_is_not_revoked_with_a_session_of_that_name(
    app: Application, client: httpx.AsyncClient
) -> None:
    await app.resource(Revocations).revoke("None", soon())

    assert await code(client, sid=None, jti=None) == "good"


async def test_a_service_that_starts_knows_what_was_revoked_before(
    app: Application, client: httpx.AsyncClient, guarded: Guarded, auth_settings: dict[str, str]
) -> None:
    await app.resource(Revocations).revoke("session-1", soon())

    async with client_for(guarded(auth_settings)) as later:
        assert await code(later) == "token-revoked"


async def test_what_has_expired_is_forgotten(app: Application, client: httpx.AsyncClient) -> None:
    revocations = app.resource(Revocations)
    await revocations.revoke("long-ago", int(time.time()) - 3600)

    await revocations.revoke("session-1", soon())

    assert await app.resource(Valkey).client.zrange(KEY, 0, -1) == [b"sid:session-1"]


async def test_a_shorter_revocation_does_not_cut_a_longer_one_short(
    app: Application, client: httpx.AsyncClient
) -> None:
    revocations = app.resource(Revocations)
    await revocations.revoke("session-1", soon())

    await revocations.revoke("session-1", int(time.time()) - 3600)

    assert await code(client) == "token-revoked"
    assert await app.resource(Valkey).client.zcard(KEY) == 1


async def test_the_last_known_list_stays_while_valkey_is_away(
    guarded: Guarded, auth_settings: dict[str, str], own_valkey: ValkeyServer
) -> None:
    app = guarded(auth_settings | {"REDIS_URL": own_valkey.url})
    async with client_for(app) as client:
        await app.resource(Revocations).revoke("session-1", soon())

        await own_valkey.stop()

        assert await code(client) == "token-revoked"
        assert await code(client, sid="session-2") == "good"
        with pytest.raises(Unavailable):
            await app.resource(Revocations).revoke("session-2", soon())


async def test_a_list_that_valkey_has_lost_stays_where_it_is_known(
    app: Application, client: httpx.AsyncClient
) -> None:
    await app.resource(Revocations).revoke("session-1", soon())
    await app.resource(Valkey).client.flushdb()
    await app.resource(Revocations).revoke("session-2", soon())

    assert await code(client) == "token-revoked"


async def test_a_service_starts_without_valkey_and_says_that_its_list_is_missing(
    guarded: Guarded, auth_settings: dict[str, str]
) -> None:
    app = guarded(auth_settings | {"REDIS_URL": "redis://127.0.0.1:9/0"})

    async with client_for(app) as client:
        ready = (await client.get("/health/ready")).json()

        assert await code(client) == "good"
        assert ready["status"] == "degraded"
        assert ready["checks"]["revocations"]["status"] == "fail"


async def test_a_service_finds_the_list_when_valkey_is_back(
    guarded: Guarded, auth_settings: dict[str, str], own_valkey: ValkeyServer
) -> None:
    app = guarded(auth_settings | {"REDIS_URL": own_valkey.url})
    await own_valkey.stop()

    async with client_for(app) as client:
        await own_valkey.start()

        async def known() -> bool:
            ready = (await client.get("/health/ready")).json()
            return bool(ready["checks"]["revocations"]["status"] == "ok")

        await until(known)
