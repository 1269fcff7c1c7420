"""Tokens on a live connection: the same that open every other door."""

import time
from collections.abc import AsyncIterator

import pytest

from notification_service.chassis import auth, health, valkey, websocket
from notification_service.chassis.application import Application, Blueprint
from notification_service.chassis.auth import Revocations
from notification_service.chassis.features import BLUEPRINT
from notification_service.chassis.websocket import Hub, authenticated

from .fixtures_auth import token
from .fixtures_service import client_for
from .fixtures_websocket import Replica


@pytest.fixture
async def replica(
    live_environment: pytest.MonkeyPatch, auth_settings: dict[str, str]
) -> AsyncIterator[Replica]:
    """A service that knows its callers by their tokens."""
    live_environment.setenv("WEBSOCKET_CHECK_SECONDS", "0.05")
    live_environment.setenv("AUTH_LEEWAY_SECONDS", "0")
    for name, value in auth_settings.items():
        live_environment.setenv(name, value)
    app = Application(Blueprint(BLUEPRINT.name, "test", [health, valkey, auth, websocket]))
    app.resource(Hub).topics.declare("me/orders", policy=authenticated)
    async with client_for(app) as http:
        yield Replica(app, http)


async def test_the_token_of_the_handshake_says_whose_own_topic_is_followed(
    replica: Replica,
) -> None:
    async with replica.talk(token(sub="ann")) as talk:
        await talk.ask(op="sub", topic="me/orders")
        await replica.publish("me/orders", "for ann", to="ann")

        assert (await talk.hear())["data"] == "for ann"


async def test_the_token_of_the_first_frame_does_too(replica: Replica) -> None:
    async with replica.talk() as talk:
        await talk.ask(op="auth", token=token(sub="ann"))
        await talk.ask(op="sub", topic="me/orders")
        await replica.publish("me/orders", "for ann", to="ann")

        assert (await talk.hear())["data"] == "for ann"


async def test_a_forged_token_closes_with_4401(replica: Replica) -> None:
    async with replica.talk(token()[:-4] + "AAAA") as talk:
        assert (await talk.closed())[0] == 4401


async def test_an_expired_token_closes_a_connection_with_4409(replica: Replica) -> None:
    async with replica.talk(token(exp=int(time.time()) + 2)) as talk:
        await talk.ask(op="sub", topic="me/orders")

        assert (await talk.closed())[0] == 4409


async def test_a_session_that_is_ended_closes_its_connections_with_4409(replica: Replica) -> None:
    async with replica.talk(token(sid="session-1")) as talk:
        await talk.ask(op="sub", topic="me/orders")

        await replica.app.resource(Revocations).revoke("session-1", int(time.time()) + 300)

        assert (await talk.closed())[0] == 4409
