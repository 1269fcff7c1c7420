import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from nexios.http import Request, Response

from notification_service.chassis.application import Application
from notification_service.chassis.features import BLUEPRINT
from notification_service.chassis.policy import AUTHENTICATED, PUBLIC, roles
from notification_service.chassis.publication import published
from notification_service.chassis.routing import Router

from .fixtures_registry import RecordingRegistry
from .fixtures_service import client_for


@pytest.fixture
def app(
    environment: pytest.MonkeyPatch,
    create_app: Callable[[], Application],
    recording_registry: RecordingRegistry,
) -> Application:
    environment.setenv("REGISTRY_URL", f"http://127.0.0.1:{recording_registry.port}")
    environment.setenv("REGISTRY_TTL_SECONDS", "1")
    environment.setenv("SERVICE_URL", "http://127.0.0.1:4711/")
    return create_app()


@pytest.fixture
async def client(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(app) as client:
        yield client


async def until_registered(client: httpx.AsyncClient, status: str) -> None:
    """Wait up to 10 s until the readiness route says this of the registry."""
    async with asyncio.timeout(10):
        while True:
            ready = await client.get("/health/ready")
            if ready.json()["checks"]["registry"]["status"] == status:
                return


async def test_a_service_tells_where_it_is_when_it_listens(
    client: httpx.AsyncClient, recording_registry: RecordingRegistry
) -> None:
    said = await recording_registry.heard("register")

    assert (said["name"], said["url"]) == (BLUEPRINT.name, "http://127.0.0.1:4711")
    assert said["health_check"] == "/health/ready"


async def test_a_lease_is_renewed(
    client: httpx.AsyncClient, recording_registry: RecordingRegistry
) -> None:
    assert await recording_registry.heard("renew") == {"lease_secret": "s"}


async def test_a_service_that_stops_leaves(
    app: Application, recording_registry: RecordingRegistry
) -> None:
    async with client_for(app) as client:
        await until_registered(client, "ok")

    assert await recording_registry.heard("unregister") == {
        "instance_id": "instance-1",
        "lease_secret": "s",
    }


async def test_a_registry_that_forgot_the_service_is_told_again(
    client: httpx.AsyncClient, recording_registry: RecordingRegistry
) -> None:
    await recording_registry.heard("register")
    recording_registry.leases.clear()

    assert (await recording_registry.heard("register"))["name"] == BLUEPRINT.name


async def test_a_lease_outlives_the_trouble_of_the_registry(
    client: httpx.AsyncClient, recording_registry: RecordingRegistry
) -> None:
    await until_registered(client, "ok")
    recording_registry.troubled = True
    await until_registered(client, "fail")

    recording_registry.troubled = False
    await until_registered(client, "ok")

    assert recording_registry.leases == {"instance-1"}


async def test_a_service_tells_its_zone_and_its_weight(
    environment: pytest.MonkeyPatch,
    create_app: Callable[[], Application],
    recording_registry: RecordingRegistry,
) -> None:
    environment.setenv("REGISTRY_URL", f"http://127.0.0.1:{recording_registry.port}")
    environment.setenv("REGISTRY_ZONE", "west")
    environment.setenv("REGISTRY_WEIGHT", "3")
    environment.setenv("REGISTRY_HASH_BY", "x-cart-token")
    async with client_for(create_app()):
        said = await recording_registry.heard("register")

    metadata = said["metadata"]
    assert isinstance(metadata, dict)
    assert (metadata["zone"], metadata["weight"]) == ("west", 3)
    assert metadata["hash_by"] == "x-cart-token"


async def test_a_service_serves_without_a_registry_and_registers_when_it_is_back(
    client: httpx.AsyncClient, recording_registry: RecordingRegistry
) -> None:
    await until_registered(client, "ok")

    await recording_registry.stop()
    await until_registered(client, "fail")
    assert (await client.get("/health/ready")).json()["status"] == "degraded"
    await recording_registry.start()

    await until_registered(client, "ok")


def test_what_is_published_are_the_prefixes_below_v1_with_their_methods() -> None:
    router = Router(policy=AUTHENTICATED)

    async def handler(request: Request, response: Response, **path: str) -> Any:
        return {}

    router.get("/v1/orders", handler)
    router.post("/v1/orders/{id}/payments", handler)
    router.get("/v1/order-totals/{day}", handler)
    router.get("/health", handler)

    assert published(router.flat()) == [
        {"prefix": "/v1/order-totals", "methods": ["GET", "HEAD"], "policy": "authenticated"},
        {"prefix": "/v1/orders", "methods": ["GET", "HEAD", "POST"], "policy": "authenticated"},
    ]


def test_a_method_of_a_prefix_is_published_with_the_least_that_one_of_its_routes_demands() -> None:
    router = Router(prefix="/v1/orders")

    async def handler(request: Request, response: Response, **path: str) -> Any:
        return {}

    router.get("", handler, policy=AUTHENTICATED)
    router.get("/{id}", handler, policy=PUBLIC)
    router.post("/{id}/refund", handler, policy=roles("support", "admin"))
    router.post("/{id}/ship", handler, policy=roles("warehouse"))

    assert published(router.flat()) == [
        {"prefix": "/v1/orders", "methods": ["GET", "HEAD"], "policy": "public"},
        {
            "prefix": "/v1/orders",
            "methods": ["POST"],
            "policy": "roles",
            "roles": ["admin", "support", "warehouse"],
        },
    ]


def test_a_route_that_names_its_class_of_limits_is_published_apart() -> None:
    router = Router(prefix="/v1/users", policy=PUBLIC)

    async def handler(request: Request, response: Response, **path: str) -> Any:
        return {}

    router.post("", handler)
    router.post("/verify-email", handler, limit="auth")
    router.get("/me", handler)

    assert published(router.flat()) == [
        {"prefix": "/v1/users", "methods": ["GET", "HEAD", "POST"], "policy": "public"},
        {
            "prefix": "/v1/users/verify-email",
            "methods": ["POST"],
            "policy": "public",
            "limit": "auth",
        },
    ]


def test_a_route_that_takes_encoded_slashes_is_published_apart() -> None:
    router = Router(prefix="/v1/files", policy=PUBLIC)

    async def handler(request: Request, response: Response, **path: str) -> Any:
        return {}

    router.get("", handler)
    router.get("/by-name/{name:path}", handler, encoded_slashes=True)

    assert published(router.flat()) == [
        {"prefix": "/v1/files", "methods": ["GET", "HEAD"], "policy": "public"},
        {
            "prefix": "/v1/files/by-name",
            "methods": ["GET", "HEAD"],
            "policy": "public",
            "encoded_slashes": True,
        },
    ]
