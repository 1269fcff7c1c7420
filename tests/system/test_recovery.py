"""What happens when a part of the running stack dies: the promised answer, then recovery."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import httpx
import pytest

from .conftest import Stack

ORDERS = "/api/v1/orders"
PATIENCE = 60.0


@pytest.fixture
async def caller(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stack.gateway, timeout=10) as caller:
        yield caller


async def until(caller: httpx.AsyncClient, url: str, *statuses: int) -> httpx.Response:
    """The first answer with one of these statuses."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await caller.get(url)
            if answer.status_code in statuses:
                return answer
            await asyncio.sleep(0.02)


async def test_orders_answer_503_while_postgresql_is_away_and_then_recover(
    stack: Stack, caller: httpx.AsyncClient
) -> None:
    await until(caller, ORDERS, 200)

    os.kill(stack.postgres_pid, signal.SIGINT)
    away = await until(caller, ORDERS, 503)

    assert away.headers["content-type"] == "application/problem+json"
    assert int(away.headers["retry-after"]) > 0
    assert (await until(caller, ORDERS, 200)).status_code == 200


async def test_a_killed_registry_stops_nobody_and_learns_all_services_again(
    stack: Stack, caller: httpx.AsyncClient
) -> None:
    await until(caller, ORDERS, 200)

    os.kill(stack.told["shared"]["registry"]["pid"], signal.SIGKILL)

    assert [(await caller.get(ORDERS)).status_code for _ in range(50)] == [200] * 50
    answer = await until(caller, f"{stack.registry}/services/order-service", 200)
    assert answer.json()["url"] == stack.told["services"]["order-service"]["url"]


async def test_a_killed_service_is_answered_for_by_the_gateway_and_comes_back(
    stack: Stack, caller: httpx.AsyncClient
) -> None:
    await until(caller, ORDERS, 200)

    os.kill(stack.told["services"]["order-service"]["pid"], signal.SIGKILL)

    away = await until(caller, ORDERS, 502, 503)
    assert away.headers["content-type"] == "application/problem+json"
    assert (await until(caller, ORDERS, 200)).status_code == 200
