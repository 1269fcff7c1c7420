import asyncio

import pytest
from httpx import AsyncClient

from tests.instance.calls import register


async def test_a_query_for_an_old_revision_is_answered_at_once(client: AsyncClient) -> None:
    await register(client)

    answered = await client.get("/services", params={"index": 0, "wait": "1m"})

    assert answered.json()["revision"] == 1


async def test_a_query_for_the_current_revision_waits_for_the_next(client: AsyncClient) -> None:
    lease = await register(client)
    query = {"index": lease["revision"], "wait": "30s"}
    waiting = asyncio.create_task(client.get("/services", params=query))

    await register(client, "users")

    assert set((await waiting).json()["services"]) >= {"orders"}
    assert (await waiting).json()["revision"] >= lease["revision"]


async def test_a_query_waits_no_longer_than_it_says(client: AsyncClient) -> None:
    lease = await register(client)

    answered = await client.get("/services", params={"index": lease["revision"], "wait": "10ms"})

    assert answered.json()["revision"] == lease["revision"]


async def test_a_revision_that_is_yet_to_come_is_of_another_memory(client: AsyncClient) -> None:
    answered = await client.get("/services", params={"index": 99, "wait": "1m"})

    assert answered.json()["revision"] == 0


@pytest.mark.parametrize("wait", ["", "soon", "-1s", "1h", "1.5s", "1s ", "1234567"])
async def test_a_wait_that_is_none_is_refused(client: AsyncClient, wait: str) -> None:
    refused = await client.get("/services", params={"index": 1, "wait": wait})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/wait"
