import asyncio
from typing import ClassVar

import pytest

from registry.chassis import health
from registry.chassis.application import Application, Blueprint
from registry.chassis.features import BLUEPRINT
from registry.chassis.resource import Resource

from .fixtures_service import client_for


class Store(Resource):
    """A resource that is told whether it works."""

    name: ClassVar[str] = "store"
    broken = False

    async def ping(self) -> None:
        if self.broken:
            raise ConnectionError("the store is shut at 10.0.0.7")


class EssentialStore(Store):
    essential: ClassVar[bool] = True


class HangingStore(Store):
    essential: ClassVar[bool] = True
    ping_seconds: ClassVar[float] = 0.01

    async def ping(self) -> None:
        await asyncio.Event().wait()


@pytest.fixture
def app(bare_environment: pytest.MonkeyPatch) -> Application:
    return Application(Blueprint(BLUEPRINT.name, "test", [health]))


async def test_a_service_with_all_its_resources_is_ready(app: Application) -> None:
    app.own(EssentialStore())

    async with client_for(app) as client:
        ready = await client.get("/health/ready")

    assert ready.status_code == 200
    assert ready.json()["status"] == "ok"
    assert ready.json()["checks"]["store"]["status"] == "ok"


async def test_a_service_without_an_essential_resource_is_not_ready(app: Application) -> None:
    store = EssentialStore()
    store.broken = True
    app.own(store)

    async with client_for(app) as client:
        ready = await client.get("/health/ready")

    assert ready.status_code == 503
    assert ready.json()["checks"]["store"]["status"] == "fail"


async def test_a_service_without_another_resource_is_degraded(app: Application) -> None:
    store = Store()
    store.broken = True
    app.own(store)

    async with client_for(app) as client:
        ready = await client.get("/health/ready")
        summary = await client.get("/health")

    assert ready.status_code == 200
    assert ready.json()["status"] == "degraded"
    assert summary.json()["status"] == "degraded"


async def test_the_reason_is_logged_and_not_shown(
    app: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store()
    store.broken = True
    app.own(store)

    async with client_for(app) as client:
        ready = await client.get("/health/ready")

    assert "10.0.0.7" not in ready.text
    assert "the store is shut at 10.0.0.7" in capsys.readouterr().out


async def test_a_resource_that_hangs_fails_within_its_own_time_limit(app: Application) -> None:
    app.own(HangingStore())

    async with client_for(app) as client:
        ready = await client.get("/health/ready")

    assert ready.json()["checks"]["store"]["status"] == "fail"


async def test_a_service_lives_without_its_resources(app: Application) -> None:
    store = EssentialStore()
    store.broken = True
    app.own(store)

    async with client_for(app) as client:
        assert (await client.get("/health/live")).status_code == 200


async def test_a_service_that_drains_is_not_ready_and_still_answers(app: Application) -> None:
    async with client_for(app) as client:
        await app.drain()

        assert (await client.get("/health/ready")).status_code == 503
        assert (await client.get("/health/live")).status_code == 200


async def test_a_started_service_says_so(app: Application) -> None:
    async with client_for(app) as client:
        assert (await client.get("/health/startup")).status_code == 200


async def test_info_names_exactly_what_runs(
    app: Application, bare_environment: pytest.MonkeyPatch
) -> None:
    bare_environment.setenv("GIT_SHA", "abc123")
    app = Application(Blueprint(BLUEPRINT.name, "9.9.9", [health]))

    async with client_for(app) as client:
        info = (await client.get("/info")).json()

    assert (info["name"], info["git_sha"]) == (BLUEPRINT.name, "abc123")
    assert info["template_version"] == "9.9.9"
    assert info["dependencies"]["nexios"] == "3.12.3"
