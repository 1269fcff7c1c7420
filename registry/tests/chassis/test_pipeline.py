"""Faults of nexios 3.12.3 that one request, or one line, can trigger: here they stay mended."""

import importlib.metadata
import logging
import logging.handlers
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from nexios import Depend, Query
from nexios.exceptions import HTTPException
from nexios.http import Request, Response
from nexios.objects import Headers
from nexios.types import ASGIApp, Receive, Scope, Send
from nexios.websockets import WebSocket
from pydantic import BaseModel

from registry.chassis import pipeline
from registry.chassis.application import Application, Blueprint
from registry.chassis.errors import Conflict
from registry.chassis.features import BLUEPRINT
from registry.chassis.http import answer
from registry.chassis.routing import Router

from .fixtures_service import ClientOf, client_for


class Thing(BaseModel):
    made: datetime


THING = Thing(made=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def things() -> Router:
    router = Router(prefix="/v1/things")

    @router.get("")
    async def every(request: Request, response: Response) -> Any:
        return [THING]

    @router.get("/{number:int}")
    async def one(request: Request, response: Response, number: int) -> Any:
        return {"number": number}

    @router.post("/broken")
    async def broken(request: Request, response: Response) -> Any:
        raise ZeroDivisionError("the secret of the house")

    return router


async def test_a_wrong_method_does_not_poison_the_route(client_of: ClientOf) -> None:
    client = await client_of(things())

    refused = await client.delete("/v1/things")

    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, HEAD"
    assert (await client.get("/v1/things")).status_code == 200


async def test_the_routes_of_one_path_allow_what_each_of_them_allows(client_of: ClientOf) -> None:
    router = things()

    @router.post("")
    async def make(request: Request, response: Response) -> Any:
        return {}

    client = await client_of(router)

    assert (await client.delete("/v1/things")).headers["allow"] == "GET, HEAD, POST"
    assert (await client.post("/v1/things")).status_code == 200


async def test_an_unforeseen_error_shows_no_traceback(client_of: ClientOf) -> None:
    client = await client_of(things())

    failed = await client.post("/v1/things/broken")

    assert failed.status_code == 500
    assert failed.headers["content-type"] == "application/problem+json"
    assert "secret of the house" not in failed.text


async def test_a_line_feed_after_a_path_is_another_path(client_of: ClientOf) -> None:
    client = await client_of(things())

    assert (await client.get("/v1/things%0A")).status_code == 404


async def test_a_number_with_too_many_digits_is_not_found(client_of: ClientOf) -> None:
    client = await client_of(things())

    assert (await client.get("/v1/things/" + "1" * 5000)).status_code == 404


async def test_a_path_parameter_may_have_any_name(client_of: ClientOf) -> None:
    router = Router()

    @router.get("/{keys}/{data}")
    async def both(request: Request, response: Response, keys: str, data: str) -> Any:
        return {"keys": keys, "data": data}

    client = await client_of(router)

    assert (await client.get("/a/b")).json() == {"keys": "a", "data": "b"}


async def test_a_list_of_models_is_json_with_times_of_rfc_3339(client_of: ClientOf) -> None:
    client = await client_of(things())

    assert (await client.get("/v1/things")).json() == [{"made": "2026-01-02T03:04:05Z"}]


async def test_a_get_route_answers_head(client_of: ClientOf) -> None:
    client = await client_of(things())

    assert (await client.head("/v1/things")).status_code == 200


async def test_routers_are_flat_and_none_hides_the_next(client_of: ClientOf) -> None:
    first, second = Router(), Router(prefix="/v1/a")

    @first.get("/one")
    async def one(request: Request, response: Response) -> Any:
        return {"path": request.path}

    @second.get("/two")
    async def two(request: Request, response: Response) -> Any:
        return {"path": request.path}

    client = await client_of(first, second, things())

    assert (await client.get("/one")).json() == {"path": "/one"}
    assert (await client.get("/v1/a/two")).json() == {"path": "/v1/a/two"}
    assert (await client.get("/v1/ab")).status_code == 404


async def test_a_prefix_may_have_a_parameter(client_of: ClientOf) -> None:
    router = Router(prefix="/t/{tenant}")

    @router.get("")
    async def show(request: Request, response: Response, tenant: str) -> Any:
        return {"tenant": tenant}

    client = await client_of(router)

    assert (await client.get("/t/acme")).json() == {"tenant": "acme"}


async def test_nexios_documentation_that_loads_foreign_scripts_is_gone(client_of: ClientOf) -> None:
    client = await client_of(things())

    assert (await client.get("/redoc")).status_code == 404


async def test_a_body_can_be_read_twice(client_of: ClientOf) -> None:
    router = Router()

    @router.post("/echo")
    async def echo(request: Request, response: Response) -> Any:
        return answer([len(await request.body), len(await request.body)])

    client = await client_of(router)

    assert (await client.post("/echo", content=b"12345")).json() == [5, 5]


async def test_an_answer_that_is_none_is_an_error_that_is_logged(
    client_of: ClientOf, capsys: pytest.CaptureFixture[str]
) -> None:
    router = Router()

    @router.get("/nothing")
    async def nothing(request: Request, response: Response) -> Any:
        return None

    client = await client_of(router)

    assert (await client.get("/nothing")).status_code == 500
    assert "a NoneType is no answer" in capsys.readouterr().out


async def test_an_exception_of_nexios_is_a_problem_document(client_of: ClientOf) -> None:
    router = Router()

    @router.get("/teapot")
    async def brew(request: Request, response: Response) -> Any:
        raise HTTPException(418, "short and stout")

    client = await client_of(router)

    refused = await client.get("/teapot")

    assert (refused.status_code, refused.json()["detail"]) == (418, "short and stout")
    assert refused.headers["content-type"] == "application/problem+json"


async def test_an_answer_of_nexios_keeps_its_status_and_every_cookie(client_of: ClientOf) -> None:
    router = Router()

    @router.get("/cookies")
    async def bake(request: Request, response: Response) -> Any:
        return response.json({}, status_code=202).set_cookie("a", "1").set_cookie("b", "2")

    client = await client_of(router)

    baked = await client.get("/cookies")

    assert baked.status_code == 202
    assert len(baked.headers.get_list("set-cookie")) == 2
    assert len(baked.headers.get_list("content-type")) == 1


async def test_a_failure_in_wrapping_middleware_is_a_problem_document(
    bare_environment: pytest.MonkeyPatch,
) -> None:
    def shut(app: ASGIApp) -> ASGIApp:
        async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
            raise Conflict("the house is shut")

        return refuse

    app = Application(Blueprint(BLUEPRINT.name, "test", []))
    app.wrap(shut)

    async with client_for(app) as client:
        refused = await client.get("/anything")

    assert (refused.status_code, refused.json()["detail"]) == (409, "the house is shut")


async def test_a_websocket_route_leaves_plain_requests_on_its_path_alone(
    client_of: ClientOf,
) -> None:
    router = Router()

    async def meet(socket: WebSocket) -> None:
        await socket.accept()

    router.ws_route("/ws", meet)
    client = await client_of(router)

    assert (await client.get("/ws")).status_code == 404


async def test_an_unknown_websocket_is_refused_before_the_handshake(client_of: ClientOf) -> None:
    client = await client_of(things())

    refused = await client.get(
        "/nowhere",
        headers={
            "connection": "upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
    )

    assert refused.status_code in (403, 404)


def test_a_header_that_is_missing_has_the_default() -> None:
    assert Headers(raw=[]).get("x-missing", "default") == "default"


def test_a_request_keeps_what_the_server_can_do() -> None:
    scope = {"type": "http", "headers": [], "extensions": {"http.response.pathsend": {}}}

    Request(scope)

    assert scope["extensions"] == {"http.response.pathsend": {}}


async def dependency() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize("default", [Depend(dependency), Query(1)], ids=["Depend", "Query"])
def test_a_handler_that_wants_values_injected_is_refused_at_the_start(default: object) -> None:
    async def handler(request: Request, response: Response, page: Any = default) -> Any:
        return {}

    with pytest.raises(TypeError, match=r"read `page` with body\(\) or query\(\)"):
        Router().get("/x", handler)


def test_a_handler_that_would_block_the_others_is_refused_at_the_start() -> None:
    def handler(request: Request, response: Response) -> Any:
        return {}

    with pytest.raises(TypeError, match="async def"):
        Router().get("/x", handler)


def test_a_handler_that_takes_no_path_parameter_is_refused_at_the_start() -> None:
    async def handler(request: Request, response: Response) -> Any:
        return {}

    with pytest.raises(TypeError, match="does not take id"):
        Router().get("/x/{id}", handler)


def test_a_middleware_of_nexios_is_refused_at_the_start() -> None:
    async def handler(request: Request, response: Response) -> Any:
        return {}

    with pytest.raises(TypeError, match=r"use Application\.wrap"):
        Router().get("/x", handler, middleware=[lambda *_: None])


def test_a_decorated_handler_stays_a_function() -> None:
    @Router().post("/x")
    async def handler(request: Request, response: Response) -> Any:
        return {}

    assert callable(handler)


def test_importing_the_service_starts_no_thread() -> None:
    load = "import registry.app"
    count = "import threading; print(threading.active_count())"

    imported = subprocess.run(
        [sys.executable, "-c", f"{load}; {count}"], capture_output=True, text=True, check=True
    )

    assert imported.stdout.strip() == "1"


def test_nothing_is_loaded_that_libraries_only_try_for() -> None:
    load = "import registry.chassis.features"
    tell = "import sys; print(sys.modules.keys() & {'jwt', 'opentelemetry', 'rich', 'watchfiles'})"

    imported = subprocess.run(
        [sys.executable, "-c", f"{load}; {tell}"], capture_output=True, text=True, check=True
    )

    assert imported.stdout.strip() == "set()"


def test_nexios_keeps_no_log_queue_of_its_own() -> None:
    assert not any(
        isinstance(handler, logging.handlers.QueueHandler)
        for handler in logging.getLogger("nexios").handlers
    )


def test_another_version_of_nexios_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "3.13.0")

    with pytest.raises(RuntimeError, match=r"install nexios==3\.12\.3"):
        pipeline.require_pinned_nexios()
