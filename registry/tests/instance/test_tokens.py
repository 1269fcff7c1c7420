import hashlib
from collections.abc import AsyncIterator, Callable

import pytest
from httpx import AsyncClient, Response

from registry import app
from registry.chassis.application import Application
from registry.chassis.settings import Misconfigured
from registry.instance.tokens import Token, make

from tests.chassis.fixtures_service import client_for
from tests.instance.calls import NOWHERE


def entry(names: str, token: str) -> str:
    return f"{names}={hashlib.sha256(token.encode()).hexdigest()}"


@pytest.fixture
def production(bare_environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    bare_environment.setenv("ENVIRONMENT", "production")
    tokens = [entry("orders", "token-of-orders"), entry("shop-*", "token-of-the-shop")]
    bare_environment.setenv("REGISTRY_TOKENS", ",".join(tokens))
    return bare_environment


@pytest.fixture
async def guarded(
    create_app: Callable[[], Application], production: pytest.MonkeyPatch
) -> AsyncIterator[AsyncClient]:
    """A registry in production, which allows addresses of documentation."""
    production.setenv("REGISTRY_ALLOWED_CIDRS", "192.0.2.0/24")
    async with client_for(app.create_app()) as client:
        yield client


async def register(client: AsyncClient, name: str, token: str | None) -> Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    said = {"name": name, "url": "http://192.0.2.1:80"}
    return await client.post("/register", json=said, headers=headers)


@pytest.mark.parametrize(
    ("name", "token"),
    [("orders", "token-of-orders"), ("shop-carts", "token-of-the-shop")],
)
async def test_a_token_registers_the_names_it_is_bound_to(
    guarded: AsyncClient, name: str, token: str
) -> None:
    assert (await register(guarded, name, token)).status_code == 201


@pytest.mark.parametrize("name", ["users", "orders-2", "order", "shop-carts"])
async def test_a_token_registers_no_other_name(guarded: AsyncClient, name: str) -> None:
    refused = await register(guarded, name, "token-of-orders")

    assert refused.status_code == 403
    assert refused.json()["code"] == "foreign-name"


@pytest.mark.parametrize(("token", "code"), [(None, "token-missing"), ("guess", "token-invalid")])
async def test_without_a_known_token_nobody_registers(
    guarded: AsyncClient, token: str | None, code: str
) -> None:
    refused = await register(guarded, "orders", token)

    assert refused.status_code == 401
    assert refused.json()["code"] == code


@pytest.mark.parametrize("path", ["/services", "/services/orders", "/watch"])
async def test_without_a_token_nobody_reads(guarded: AsyncClient, path: str) -> None:
    assert (await guarded.get(path)).status_code == 401


async def test_whoever_registers_may_read(guarded: AsyncClient) -> None:
    headers = {"authorization": "Bearer token-of-orders"}

    assert (await guarded.get("/services", headers=headers)).status_code == 200


@pytest.mark.parametrize("path", ["/", "/health/ready", "/metrics"])
async def test_operators_need_no_token(guarded: AsyncClient, path: str) -> None:
    assert (await guarded.get(path)).status_code == 200


async def test_in_development_without_tokens_everybody_may_do_everything(
    bare_environment: pytest.MonkeyPatch,
) -> None:
    async with client_for(app.create_app()) as client:
        registered = await client.post("/register", json={"name": "orders", "url": NOWHERE})

    assert registered.status_code == 201


def test_production_does_not_start_without_tokens(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("ENVIRONMENT", "production")

    with pytest.raises(Misconfigured) as refused:
        app.create_app()

    assert "is missing" in refused.value.problems["REGISTRY_TOKENS"]


@pytest.mark.parametrize("tokens", ["orders", "orders=secret", "Orders=" + "0" * 64, "a**=1"])
def test_an_entry_that_is_no_hash_stops_the_start(
    bare_environment: pytest.MonkeyPatch, tokens: str
) -> None:
    bare_environment.setenv("REGISTRY_TOKENS", tokens)

    with pytest.raises(Misconfigured) as refused:
        app.create_app()

    assert "REGISTRY_TOKENS" in refused.value.problems


async def test_the_command_makes_a_token_and_its_entry(capsys: pytest.CaptureFixture[str]) -> None:
    await make(["shop-*"])

    token, _, made = capsys.readouterr().out.partition("\n")
    secret = token.removeprefix("REGISTRY_TOKEN=")
    known = Token.parse(made.strip().removeprefix("REGISTRY_TOKENS="))
    assert known == Token("shop-*", hashlib.sha256(secret.encode()).digest())
