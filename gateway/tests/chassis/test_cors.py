from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from httpx import AsyncClient, Response
from nexios.http import Request
from nexios.http import Response as Builder

from gateway.chassis import cors
from gateway.chassis.application import Application, Blueprint
from gateway.chassis.errors import Conflict
from gateway.chassis.features import BLUEPRINT
from gateway.chassis.policy import PUBLIC
from gateway.chassis.routing import Router
from gateway.chassis.settings import Misconfigured

from .fixtures_service import client_for

SHOP = "https://shop.example"

ServeWith = Callable[..., Awaitable[AsyncClient]]


@pytest.fixture
async def client_with(bare_environment: pytest.MonkeyPatch) -> AsyncIterator[ServeWith]:
    """Make clients of a service with these CORS settings."""
    router = Router(prefix="/things", policy=PUBLIC)

    @router.get("")
    async def read(request: Request, response: Builder) -> Any:
        return {}

    @router.put("/{id}")
    async def conflict(request: Request, response: Builder, id: str) -> Any:
        raise Conflict("it is there already")

    async with AsyncExitStack() as stack:

        async def serve(**settings: str) -> AsyncClient:
            for name, value in settings.items():
                bare_environment.setenv(f"CORS_{name.upper()}", value)
            app = Application(Blueprint(BLUEPRINT.name, "test", [cors]))
            app.include(router)
            return await stack.enter_async_context(client_for(app))

        yield serve


async def preflight(client: AsyncClient, path: str, origin: str) -> Response:
    asked = {"origin": origin, "access-control-request-method": "PUT"}
    return await client.options(path, headers=asked)


def cors_headers(response: Response) -> dict[str, str]:
    return {
        name.removeprefix("access-control-"): value
        for name, value in response.headers.items()
        if name.startswith("access-control-")
    }


async def test_nothing_is_said_unless_an_origin_is_set(client_with: ServeWith) -> None:
    client = await client_with()

    answer = await client.get("/things", headers={"origin": SHOP})

    assert cors_headers(answer) == {}
    assert "vary" not in answer.headers
    assert (await preflight(client, "/things", SHOP)).status_code == 405


async def test_a_named_origin_may_read_the_answer(client_with: ServeWith) -> None:
    client = await client_with(origins=f"https://admin.example,{SHOP}")

    answer = await client.get("/things", headers={"origin": SHOP})

    assert answer.headers["vary"] == "Origin"
    assert cors_headers(answer) == {
        "allow-origin": SHOP,
        "expose-headers": "etag, idempotent-replayed, location, ratelimit, ratelimit-policy, "
        "retry-after, x-request-id",
    }


async def test_what_the_service_s_own_answers_have_is_exposed_beside_the_usual_headers(
    client_with: ServeWith,
) -> None:
    client = await client_with(origins=SHOP, expose="x-total, x-next")

    answer = await client.get("/things", headers={"origin": SHOP})

    assert answer.headers["access-control-expose-headers"].endswith("x-request-id, x-total, x-next")


async def test_a_named_origin_may_read_a_problem_too(client_with: ServeWith) -> None:
    client = await client_with(origins=SHOP)

    problem = await client.put("/things/1", headers={"origin": SHOP})

    assert problem.status_code == 409
    assert problem.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://shop.example.evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "HTTPS://SHOP.EXAMPLE",
        "null",
        "",
    ],
)
async def test_a_foreign_origin_gets_no_header(client_with: ServeWith, origin: str) -> None:
    client = await client_with(origins=SHOP, credentials="true")

    answer = await client.get("/things", headers={"origin": origin})
    refused = await preflight(client, "/things/1", origin)

    assert answer.status_code == 200
    assert answer.headers["vary"] == "Origin"
    assert cors_headers(answer) == cors_headers(refused) == {}
    assert refused.status_code == 405


async def test_an_answer_to_nobody_in_particular_varies_with_the_origin(
    client_with: ServeWith,
) -> None:
    client = await client_with(origins=SHOP)

    assert (await client.get("/things")).headers["vary"] == "Origin"


async def test_a_preflight_is_told_the_methods_of_the_path_and_the_headers(
    client_with: ServeWith,
) -> None:
    client = await client_with(origins=SHOP, headers="x-cart-token")

    answer = await preflight(client, "/things/1", SHOP)

    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["vary"] == "Origin"
    assert cors_headers(answer) == {
        "allow-origin": SHOP,
        "allow-methods": "PUT",
        "allow-headers": "authorization, content-type, idempotency-key, if-match, if-none-match, "
        "traceparent, x-request-id, x-cart-token",
        "max-age": "600",
    }


async def test_a_preflight_of_a_path_that_is_not_there_is_not_found(
    client_with: ServeWith,
) -> None:
    client = await client_with(origins=SHOP)

    assert (await preflight(client, "/nothing", SHOP)).status_code == 404


async def test_credentials_are_allowed_only_when_that_is_set(client_with: ServeWith) -> None:
    client = await client_with(origins=SHOP, credentials="true")

    answer = await client.get("/things", headers={"origin": SHOP})

    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ("*", "must name each origin: `*` would let every page call"),
        ("https://shop.example/", "like https://shop.example: not https://shop.example/"),
        ("https://Shop.example", "like https://shop.example: not https://Shop.example"),
        ("https://shop.example:443", "like https://shop.example: not https://shop.example:443"),
        ("https://*.example", "like https://shop.example: not https://*.example"),
        ("shop.example", "like https://shop.example: not shop.example"),
        ("null", "like https://shop.example: not null"),
    ],
)
def test_an_origin_that_no_browser_sends_stops_the_start(
    bare_environment: pytest.MonkeyPatch, origin: str, reason: str
) -> None:
    bare_environment.setenv("CORS_ORIGINS", f"{SHOP}, {origin}")

    with pytest.raises(Misconfigured) as refused:
        Application(Blueprint(BLUEPRINT.name, "test", [cors]))

    assert reason in refused.value.problems["CORS_ORIGINS"]
