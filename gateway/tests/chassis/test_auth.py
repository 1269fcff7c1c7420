"""Who is let in at which door."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from nexios.websockets import WebSocket

from gateway.chassis.application import Application
from gateway.chassis.auth import tokens
from gateway.chassis.errors import Forbidden, Unauthorized
from gateway.chassis.policy import AUTHENTICATED, PUBLIC, roles
from gateway.chassis.routing import Router

from .fixtures_auth import SECRET, Clock, Guarded, bearer, token, welcome
from .fixtures_service import client_for, failure_at_start
from dev import tokens as developers


@pytest.fixture
def app(guarded: Guarded, auth_settings: Mapping[str, str]) -> Application:
    return guarded(auth_settings)


@pytest.fixture
async def client(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(app) as client:
        yield client


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(time.time)
    monkeypatch.setattr(tokens, "time", clock)
    return clock


async def test_a_route_without_a_policy_stops_the_start_and_is_named(app: Application) -> None:
    router = Router(prefix="/v1/orders")
    router.get("", welcome)
    app.include(router)

    assert await failure_at_start(app) == (
        "say who may call: give the router or the route a policy=: GET|HEAD /v1/orders"
    )


async def test_a_good_token_tells_who_asks(client: httpx.AsyncClient) -> None:
    welcome = await client.get("/v1/mine", headers=bearer(token(sub="alice")))

    assert welcome.json() == {"sub": "alice"}


async def test_a_developer_s_token_opens_every_door_of_the_development_machine(
    guarded: Guarded,
) -> None:
    app = guarded(developers.auth_settings(SECRET))
    sent = bearer(developers.developer_token(SECRET, "admin"))

    async with client_for(app) as client:
        assert (await client.get("/v1/staff", headers=sent)).json() == {"sub": "developer"}


async def test_the_name_of_the_scheme_may_be_written_in_any_case(client: httpx.AsyncClient) -> None:
    welcome = await client.get("/v1/mine", headers={"authorization": f"bEARER {token()}"})

    assert welcome.status_code == 200


@pytest.mark.parametrize("header", [{}, {"authorization": "Basic YWxpY2U6c2VjcmV0"}])
async def test_without_a_token_the_challenge_says_that_one_is_needed(
    client: httpx.AsyncClient, header: dict[str, str]
) -> None:
    refused = await client.get("/v1/mine", headers=header)

    assert (refused.status_code, refused.json()["code"]) == (401, "token-missing")
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.headers["content-type"] == "application/problem+json"


async def test_a_bad_token_is_refused_with_a_challenge(client: httpx.AsyncClient) -> None:
    refused = await client.get("/v1/mine", headers=bearer("x.y.z"))

    assert (refused.status_code, refused.json()["code"]) == (401, "token-invalid")
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_several_tokens_are_refused(client: httpx.AsyncClient) -> None:
    good = f"Bearer {token()}"

    refused = await client.get(
        "/v1/mine", headers=[("authorization", good), ("authorization", good)]
    )

    assert refused.json()["code"] == "token-invalid"
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_request"'


@pytest.mark.parametrize("role", ["support", "admin"])
async def test_one_of_the_roles_is_enough(client: httpx.AsyncClient, role: str) -> None:
    welcome = await client.get("/v1/staff", headers=bearer(token(roles=["customer", role])))

    assert welcome.status_code == 200


async def test_without_one_of_the_roles_it_is_forbidden(client: httpx.AsyncClient) -> None:
    refused = await client.get("/v1/staff", headers=bearer(token(roles=["customer"])))

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert refused.json()["detail"] == "this needs the role admin or support"
    assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


async def test_a_public_route_looks_at_no_token(client: httpx.AsyncClient) -> None:
    welcome = await client.get("/v1/anybody", headers=bearer("nonsense"))

    assert welcome.json() == {"sub": None}


async def test_an_optional_route_serves_whoever_says_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/perhaps")).json() == {"sub": None}


async def test_an_optional_route_knows_whoever_sends_a_token(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/perhaps", headers=bearer(token()))).json() == {"sub": "alice"}


async def test_an_optional_route_refuses_a_bad_token(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/perhaps", headers=bearer("x"))).status_code == 401


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/info", "/metrics"])
async def test_operators_need_no_token(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


async def test_a_wrong_method_and_a_wrong_path_need_no_token_to_be_told(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.delete("/v1/mine")).status_code == 405
    assert (await client.get("/v1/nowhere")).status_code == 404


async def test_a_token_is_taken_until_its_leeway_is_over_although_it_was_good_before(
    client: httpx.AsyncClient, clock: Clock
) -> None:
    sent = bearer(token(exp=int(time.time()) + 300))
    assert (await client.get("/v1/mine", headers=sent)).status_code == 200

    clock.ahead = 328
    assert (await client.get("/v1/mine", headers=sent)).status_code == 200
    clock.ahead = 331
    refused = await client.get("/v1/mine", headers=sent)

    assert (refused.status_code, refused.json()["code"]) == (401, "token-expired")


@pytest.mark.parametrize("remembered", ["0", "1"])
async def test_tokens_that_are_not_remembered_are_verified_again(
    guarded: Guarded, auth_settings: dict[str, str], remembered: str
) -> None:
    app = guarded(auth_settings | {"AUTH_REMEMBERED_TOKENS": remembered})
    alice, bob = bearer(token(sub="alice")), bearer(token(sub="bob"))

    async with client_for(app) as client:
        said = [(await client.get("/v1/mine", headers=who)).json() for who in (alice, bob, alice)]

    assert said == [{"sub": "alice"}, {"sub": "bob"}, {"sub": "alice"}]


async def test_checks_are_counted_by_their_outcome(client: httpx.AsyncClient) -> None:
    await client.get("/v1/mine", headers=bearer(token()))
    await client.get("/v1/mine")
    await client.get("/v1/staff", headers=bearer(token()))

    metrics = (await client.get("/metrics")).text
    assert 'auth_verifications_total{outcome="ok"} 1.0' in metrics
    assert 'auth_verifications_total{outcome="token-missing"} 1.0' in metrics
    assert 'auth_verifications_total{outcome="forbidden"} 1.0' in metrics


async def test_no_token_is_logged(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = token(iss="somebody")

    refused = await client.get("/v1/mine", headers=bearer(sent))

    signature = sent.rpartition(".")[2]
    assert signature not in refused.text
    assert signature not in capsys.readouterr().out


async def handshake(app: Application, path: str, *, query: str = "", header: str = "") -> Any:
    """What the application answers to a WebSocket's handshake, and all that it says after it."""
    said: list[dict[str, Any]] = []  # Any: an ASGI message
    scope = {
        "type": "websocket",
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"authorization", header.encode())] if header else [],
        "extensions": {"websocket.http.response": {}},
    }

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        said.append(message)

    await app(scope, receive, send)
    return said


def sockets() -> Router:
    router = Router(prefix="/v1/live", policy=AUTHENTICATED)

    @router.ws_route("/mine")
    @router.ws_route("/staff", policy=roles("support"))
    @router.ws_route("/anybody", policy=PUBLIC)
    async def greet(socket: WebSocket) -> None:
        principal = socket.scope["principal"]
        await socket.accept()
        await socket.send_text(principal.sub if principal else "nobody")
        await socket.close()

    return router


async def test_a_websocket_knows_who_came_by_a_header_or_by_the_query(app: Application) -> None:
    app.include(sockets())

    by_header = await handshake(app, "/v1/live/mine", header=f"Bearer {token()}")
    by_query = await handshake(app, "/v1/live/mine", query=f"access_token={token(sub='bob')}")
    by_nothing = await handshake(app, "/v1/live/anybody")

    assert [said[1]["text"] for said in (by_header, by_query, by_nothing)] == [
        "alice",
        "bob",
        "nobody",
    ]


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/v1/live/mine", "", 401, "token-missing"),
        ("/v1/live/mine", "access_token=x", 401, "token-invalid"),
        ("/v1/live/staff", f"access_token={token()}", 403, "forbidden"),
        ("/v1/live/nowhere", "", 404, "not-found"),
    ],
)
async def test_a_handshake_is_refused_with_a_problem(
    app: Application, path: str, query: str, status: int, code: str
) -> None:
    app.include(sockets())

    start, body = await handshake(app, path, query=query)

    assert (start["type"], start["status"]) == ("websocket.http.response.start", status)
    assert json.loads(body["body"])["code"] == code


async def test_a_websocket_without_a_policy_stops_the_start_and_is_named(app: Application) -> None:
    router = Router(prefix="/v1")

    @router.ws_route("/live")
    async def meet(socket: WebSocket) -> None:
        await socket.accept()

    app.include(router)

    assert (await failure_at_start(app)).endswith("policy=: WEBSOCKET /v1/live")


async def test_a_handshake_is_admitted_by_a_header_or_by_a_token_from_elsewhere(
    app: Application, client: httpx.AsyncClient
) -> None:
    assert app.authenticator is not None
    header = [(b"authorization", f"Bearer {token()}".encode())]

    by_header = await app.authenticator.admit(header, AUTHENTICATED)
    by_query = await app.authenticator.admit([], AUTHENTICATED, token=token(sub="bob"))

    assert by_header is not None
    assert by_query is not None
    assert (by_header.sub, by_query.sub) == ("alice", "bob")
    assert await app.authenticator.admit([], PUBLIC) is None


async def test_a_handshake_without_a_good_token_or_role_is_refused(
    app: Application, client: httpx.AsyncClient
) -> None:
    assert app.authenticator is not None

    with pytest.raises(Unauthorized, match="bearer token"):
        await app.authenticator.admit([], AUTHENTICATED)
    with pytest.raises(Forbidden, match="the role admin"):
        await app.authenticator.admit([], roles("admin"), token=token())


async def test_a_principal_is_frozen_with_all_its_claims(
    app: Application, client: httpx.AsyncClient
) -> None:
    assert app.authenticator is not None

    principal = await app.authenticator.admit([], AUTHENTICATED, token=token(ver=3))

    assert principal is not None
    assert (principal.sid, principal.roles) == ("session-1", frozenset({"customer"}))
    assert principal.claims["ver"] == 3
    with pytest.raises(TypeError):
        principal.claims["ver"] = 4  # type: ignore[index]  # what must not be possible
