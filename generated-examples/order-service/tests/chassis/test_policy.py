from typing import Any

import pytest
from nexios.http import Request, Response

from order_service.chassis import health
from order_service.chassis.application import Application, Blueprint
from order_service.chassis.features import BLUEPRINT
from order_service.chassis.policy import (
    AUTHENTICATED,
    OPTIONAL,
    PUBLIC,
    Policy,
    least,
    require_policies,
    roles,
)
from order_service.chassis.routing import Router

from .fixtures_service import client_for, failure_at_start


async def handler(request: Request, response: Response) -> Any:
    return {}


def orders() -> Router:
    """Routes with a policy of the router, of their own, and none."""
    router = Router(prefix="/v1/orders", policy=AUTHENTICATED)
    router.get("", handler)
    router.post("", handler, policy=roles("support"))
    return router


@pytest.fixture
def app(bare_environment: pytest.MonkeyPatch) -> Application:
    """An application without the auth feature."""
    return Application(Blueprint(BLUEPRINT.name, "test", [health]))


def test_a_route_has_its_own_policy_or_else_the_router_s() -> None:
    listed, made = orders().flat()

    assert (listed.policy, made.policy) == (AUTHENTICATED, roles("support"))


async def test_without_auth_a_policy_that_asks_who_it_is_stops_the_start(app: Application) -> None:
    app.include(orders())

    assert await failure_at_start(app) == (
        "a policy other than PUBLIC needs the auth feature: GET|HEAD /v1/orders, POST /v1/orders"
    )


async def test_without_auth_public_routes_and_those_without_a_policy_are_served(
    app: Application,
) -> None:
    router = Router()
    router.get("/public", handler, policy=PUBLIC)
    router.get("/undeclared", handler)
    app.include(router)

    async with client_for(app) as client:
        assert (await client.get("/public")).status_code == 200
        assert (await client.get("/undeclared")).status_code == 200


def test_with_auth_every_route_without_a_policy_is_named() -> None:
    router = Router()
    router.get("/good", handler, policy=PUBLIC)
    router.get("/b", handler)
    router.post("/a", handler)

    with pytest.raises(Exception, match=r"policy=: GET\|HEAD /b, POST /a$"):
        require_policies(router.flat(), authenticated=True)


def test_a_policy_of_no_roles_is_refused() -> None:
    with pytest.raises(ValueError, match="name a role"):
        roles()


@pytest.mark.parametrize(
    ("policies", "weakest"),
    [
        ([AUTHENTICATED, PUBLIC], PUBLIC),
        ([roles("admin"), OPTIONAL], OPTIONAL),
        ([roles("admin"), AUTHENTICATED], AUTHENTICATED),
        ([roles("admin"), roles("support")], roles("admin", "support")),
    ],
)
def test_the_least_of_several_policies_admits_whom_one_of_them_admits(
    policies: list[Policy], weakest: Policy
) -> None:
    assert least(policies) == weakest
