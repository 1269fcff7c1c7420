import asyncio
from typing import Any, ClassVar

import httpx
import pytest
from nexios.http import Request, Response

from cart_service.chassis import health
from cart_service.chassis.application import Application, Blueprint
from cart_service.chassis.features import BLUEPRINT
from cart_service.chassis.resource import Resource
from cart_service.chassis.routing import Router

from .fixtures_service import client_for


class Noted(Resource):
    """A resource that notes in a list when it is opened and closed."""

    name: ClassVar[str] = "noted"

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes

    async def __aenter__(self) -> "Noted":
        self._notes.append(f"{self.name} opened")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._notes.append(f"{self.name} closed")

    async def listening(self) -> None:
        self._notes.append(f"{self.name} listening")

    async def draining(self) -> None:
        self._notes.append(f"{self.name} draining")


class NotedLater(Noted):
    name: ClassVar[str] = "later"


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def app(bare_environment: pytest.MonkeyPatch, notes: list[str]) -> Application:
    app = Application(Blueprint(BLUEPRINT.name, "test", [health]))
    app.own(Noted(notes))
    return app


async def test_resources_are_closed_in_the_reverse_of_their_opening(
    app: Application, notes: list[str]
) -> None:
    app.own(NotedLater(notes))

    async with client_for(app):
        pass

    assert notes[:2] == ["noted opened", "later opened"]
    assert notes[-2:] == ["later closed", "noted closed"]


async def test_a_resource_is_told_before_the_port_closes_and_closed_after(
    app: Application, notes: list[str]
) -> None:
    async with client_for(app):
        pass

    assert notes == ["noted opened", "noted listening", "noted draining", "noted closed"]


async def test_a_request_in_flight_is_answered_before_the_resources_close(
    app: Application, notes: list[str]
) -> None:
    entered, release = asyncio.Event(), asyncio.Event()
    router = Router()

    @router.get("/slow")
    async def slow(request: Request, response: Response) -> Any:
        entered.set()
        await release.wait()
        notes.append("answered")
        return {}

    app.include(router)

    async with httpx.AsyncClient() as caller:
        async with client_for(app) as client:
            in_flight = asyncio.create_task(caller.get(client.base_url.join("/slow")))
            await entered.wait()
            asyncio.get_running_loop().call_later(0.05, release.set)
        answer = await in_flight

    assert answer.status_code == 200
    assert notes[-2:] == ["answered", "noted closed"]


async def test_a_resource_that_fails_to_drain_keeps_no_other_from_it(
    app: Application, notes: list[str]
) -> None:
    class Stubborn(Resource):
        name: ClassVar[str] = "stubborn"

        async def draining(self) -> None:
            raise ConnectionError

    app.resources = {Stubborn: Stubborn(), **app.resources}

    async with client_for(app):
        pass

    assert "noted draining" in notes
