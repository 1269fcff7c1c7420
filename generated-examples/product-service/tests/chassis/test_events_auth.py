"""Who may look at events and work on dead letters, where the service verifies tokens."""

import pytest

from product_service.chassis import auth, database, events, valkey
from product_service.chassis.application import Application, Blueprint
from product_service.chassis.features import BLUEPRINT

from .fixtures_auth import bearer, token
from .fixtures_service import client_for


@pytest.fixture
def app(
    bare_environment: pytest.MonkeyPatch,
    auth_settings: dict[str, str],
    database_settings: dict[str, str],
    valkey_settings: dict[str, str],
) -> Application:
    for name, value in (auth_settings | database_settings | valkey_settings).items():
        bare_environment.setenv(name, value)
    return Application(Blueprint(BLUEPRINT.name, "test", [valkey, auth, database, events]))


async def test_only_an_admin_sees_and_works_on_events(app: Application) -> None:
    async with client_for(app) as client:
        nobody = await client.get("/_events/lag")
        customer = await client.get("/_events/lag", headers=bearer(token(roles=["customer"])))
        admin = await client.get("/_events/lag", headers=bearer(token(roles=["admin"])))

    assert [one.status_code for one in (nobody, customer, admin)] == [401, 403, 200]
