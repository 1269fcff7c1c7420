import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

import pytest
from httpx import AsyncClient
from nexios.http import Request, Response

from user_service.chassis import chaos, health
from user_service.chassis.application import Application, Blueprint
from user_service.chassis.chaos import Chaos, Faults
from user_service.chassis.features import BLUEPRINT
from user_service.chassis.policy import PUBLIC
from user_service.chassis.routing import Router

from .fixtures_service import client_for

CRASH = """
from user_service.chassis.chaos import Chaos, Faults

Chaos.faults = Faults(crash_at="after-commit")
Chaos.point("before-commit")
print("still here", flush=True)
Chaos.point("after-commit")
print("still here", flush=True)
"""


def make_app() -> Application:
    app = Application(Blueprint(BLUEPRINT.name, "test", [health, chaos]))
    router = Router(policy=PUBLIC)

    @router.get("/work")
    async def work(request: Request, response: Response) -> Any:
        return {}

    app.include(router)
    return app


@pytest.fixture
async def client(bare_environment: pytest.MonkeyPatch) -> AsyncIterator[AsyncClient]:
    async with client_for(make_app()) as client:
        yield client
    Chaos.faults = Faults()


async def test_all_faults_are_off_at_the_start(client: AsyncClient) -> None:
    shown = await client.get("/_chaos")

    assert shown.json() == {
        "latency_ms": 0,
        "error_rate": 0.0,
        "status": 503,
        "drop_events": False,
        "crash_at": None,
    }
    assert (await client.get("/work")).status_code == 200


async def test_what_is_put_replaces_the_whole(client: AsyncClient) -> None:
    await client.put("/_chaos", json={"latency_ms": 1, "drop_events": True})

    replaced = await client.put("/_chaos", json={"error_rate": 0.5})

    assert replaced.json() == (await client.get("/_chaos")).json()
    assert replaced.json()["latency_ms"] == 0
    assert not Chaos.faults.drop_events


async def test_events_are_dropped_where_the_switch_is_read(client: AsyncClient) -> None:
    await client.put("/_chaos", json={"drop_events": True})

    assert Chaos.faults.drop_events


@pytest.mark.parametrize(
    "said",
    [
        {"latency_ms": "5"},
        {"latency_ms": -1},
        {"error_rate": 1.1},
        {"status": 200},
        {"crash_at": ""},
        {"latency": 5},
    ],
)
async def test_a_wrong_switch_is_refused(client: AsyncClient, said: dict[str, object]) -> None:
    refused = await client.put("/_chaos", json=said)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == f"/{next(iter(said))}"


async def test_every_request_fails_with_the_status_that_was_asked_for(client: AsyncClient) -> None:
    await client.put("/_chaos", json={"error_rate": 1, "status": 502})

    failed = await client.get("/work")

    assert failed.status_code == 502
    assert failed.json()["code"] == "fault-injected"


async def test_some_requests_fail(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    await client.put("/_chaos", json={"error_rate": 0.5})
    drawn = iter([0.4, 0.5, 0.6])
    monkeypatch.setattr("random.random", lambda: next(drawn))

    statuses = [(await client.get("/work")).status_code for _ in range(3)]

    assert statuses == [503, 200, 200]


async def test_every_request_takes_longer(client: AsyncClient) -> None:
    await client.put("/_chaos", json={"latency_ms": 100})

    begun = perf_counter()
    await client.get("/work")

    assert perf_counter() - begun >= 0.1


@pytest.mark.parametrize(
    "path", ["/health", "/health/live", "/health/ready", "/metrics", "/_chaos"]
)
async def test_operators_routes_are_spared(client: AsyncClient, path: str) -> None:
    await client.put("/_chaos", json={"error_rate": 1})

    assert (await client.get(path)).status_code == 200


async def test_outside_development_there_are_no_faults(
    bare_environment: pytest.MonkeyPatch,
) -> None:
    bare_environment.setenv("ENVIRONMENT", "production")

    async with client_for(make_app()) as client:
        assert (await client.get("/_chaos")).status_code == 404
        assert (await client.put("/_chaos", json={"error_rate": 1})).status_code == 404
        assert (await client.get("/work")).status_code == 200


def test_the_armed_point_ends_the_process_at_once_and_no_other_does() -> None:
    crashed = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True)

    assert crashed.returncode == -signal.SIGKILL
    assert crashed.stdout == "still here\n"
