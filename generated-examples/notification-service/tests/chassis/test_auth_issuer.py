"""An issuer that is a service: whichever of its instances is alive answers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from notification_service.chassis.application import Application
from notification_service.chassis.errors import Unavailable

from .fixtures_auth import SECRET, Guarded, Issuer, bearer
from .fixtures_service import client_for


@pytest.fixture
async def instances() -> AsyncIterator[list[Issuer]]:
    """Two that show the same key."""
    first, second = Issuer(), Issuer()
    second.signer, second.shown = first.signer, first.shown
    async with AsyncExitStack() as stack:
        for one in (first, second):
            await one.start()
            stack.push_async_callback(one.stop)
        yield [first, second]


@pytest.fixture
def app(guarded: Guarded, instances: list[Issuer]) -> Application:
    targets = [f"issuer=http://127.0.0.1:{one.port}" for one in instances]
    return guarded(
        {
            "CLIENT_TARGETS": ",".join(targets),
            "AUTH_JWKS_URL": "service://issuer/jwks.json",
            "AUTH_ISSUER": "development",
            "AUTH_AUDIENCE": "development",
            "AUTH_TOKEN_URL": "service://issuer/token",
            "AUTH_CLIENT_SECRET": SECRET,
        }
    )


@pytest.mark.parametrize("away", [0, 1])
async def test_keys_and_tokens_come_from_the_instance_that_is_alive(
    app: Application, instances: list[Issuer], away: int
) -> None:
    await instances[away].stop()

    async with client_for(app) as client:
        mine = await client.get("/v1/mine", headers=bearer(instances[away].signer.sign()))
        assert app.credentials is not None
        granted = await app.credentials.headers("another-service")

    assert mine.json() == {"sub": "alice"}
    assert granted["Authorization"].startswith("Bearer ")
    assert (instances[away].asked, len(instances[1 - away].asked)) == ([], 1)


async def test_without_any_instance_nobody_can_tell(
    app: Application, instances: list[Issuer]
) -> None:
    for one in instances:
        await one.stop()

    async with client_for(app) as client:
        mine = await client.get("/v1/mine", headers=bearer(instances[0].signer.sign()))
        assert app.credentials is not None
        with pytest.raises(Unavailable):
            await app.credentials.headers("another-service")

    assert mine.status_code == 503
