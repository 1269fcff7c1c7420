import asyncio
from typing import TypeAlias

import asyncpg
from httpx import AsyncClient, Response

ROOT = "/v1/carts"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def create(client: AsyncClient, name: str) -> dict[str, object]:
    made = await client.post(ROOT, json={"name": name})
    document: dict[str, object] = made.json()
    return document


async def change(client: AsyncClient, id: object, seen: str, **said: str) -> Response:
    return await client.patch(f"{ROOT}/{id}", json=said, headers={"if-match": seen})


async def until_waiting(connection: Connection, sessions: int) -> None:
    """Wait until so many sessions wait for what this connection has locked."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(10):
        while await connection.fetchval(waiting) < sessions:
            await connection.execute("SELECT pg_sleep(0.01)")


async def test_a_created_one_can_be_read_at_its_location(client: AsyncClient) -> None:
    made = await client.post(ROOT, json={"name": "first"})

    assert made.status_code == 201
    assert (await client.get(made.headers["location"])).json() == made.json()


async def test_a_name_is_stored_without_the_blanks_around_it(client: AsyncClient) -> None:
    made = await client.post(ROOT, json={"name": "  first  "})

    assert made.json()["name"] == "first"


async def test_one_without_a_name_is_refused(client: AsyncClient) -> None:
    refused = await client.post(ROOT, json={})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/name"


async def test_a_field_that_nobody_knows_is_refused(client: AsyncClient) -> None:
    refused = await client.post(ROOT, json={"name": "first", "colour": "red"})

    assert refused.json()["errors"][0]["pointer"] == "/colour"


async def test_a_missing_one_is_not_found(client: AsyncClient) -> None:
    missing = await client.get(f"{ROOT}/01a20479-f9b2-7720-be2b-e5f01853867d")

    assert missing.status_code == 404
    assert "01a20479-f9b2-7720-be2b-e5f01853867d" in missing.json()["detail"]


async def test_a_change_is_the_next_version(client: AsyncClient) -> None:
    made = await create(client, "first")

    changed = await change(client, made["id"], '"v1"', name="second")

    assert changed.json()["name"] == "second"
    assert changed.json()["version"] == 2
    assert changed.headers["etag"] == '"v2"'


async def test_what_a_change_leaves_out_stays(client: AsyncClient) -> None:
    made = await create(client, "first")

    changed = await change(client, made["id"], '"v1"')

    assert changed.json()["name"] == "first"


async def test_of_two_changes_of_one_version_the_second_is_refused(client: AsyncClient) -> None:
    made = await create(client, "first")

    first = await change(client, made["id"], '"v1"', name="mine")
    second = await change(client, made["id"], '"v1"', name="yours")

    assert (first.status_code, second.status_code) == (200, 412)
    assert (await client.get(f"{ROOT}/{made['id']}")).json()["name"] == "mine"


async def test_of_many_changes_at_once_one_is_made(client: AsyncClient, database_url: str) -> None:
    made = await create(client, "first")
    holder = await asyncpg.connect(database_url)

    async with asyncio.TaskGroup() as group, holder.transaction():
        await holder.execute("SELECT FROM carts FOR UPDATE")
        all_at_once = [change(client, made["id"], '"v1"', name=f"number {n}") for n in range(8)]
        changes = [group.create_task(one) for one in all_at_once]
        await until_waiting(holder, 8)
    await holder.close()

    answers = [task.result() for task in changes]
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    assert (await client.get(f"{ROOT}/{made['id']}")).json()["version"] == 2


async def test_a_change_says_which_version_it_changes(client: AsyncClient) -> None:
    made = await create(client, "first")

    refused = await client.patch(f"{ROOT}/{made['id']}", json={"name": "second"})

    assert refused.status_code == 428
    assert refused.json()["code"] == "if-match-required"


async def test_who_has_read_this_version_need_not_read_it_again(client: AsyncClient) -> None:
    made = await client.post(ROOT, json={"name": "first"})
    seen = {"if-none-match": made.headers["etag"]}

    assert (await client.get(made.headers["location"], headers=seen)).status_code == 304


async def test_a_removed_one_is_gone(client: AsyncClient) -> None:
    made = await create(client, "first")

    removed = await client.delete(f"{ROOT}/{made['id']}")

    assert removed.status_code == 204
    assert (await client.get(f"{ROOT}/{made['id']}")).status_code == 404


async def test_one_that_changed_meanwhile_is_not_removed(client: AsyncClient) -> None:
    made = await create(client, "first")

    refused = await client.delete(f"{ROOT}/{made['id']}", headers={"if-match": '"v2"'})

    assert refused.status_code == 412
    assert (await client.get(f"{ROOT}/{made['id']}")).status_code == 200


async def test_a_list_is_read_page_by_page_in_the_order_of_making(client: AsyncClient) -> None:
    made = [await create(client, f"number {number}") for number in range(3)]

    first = (await client.get(ROOT, params={"limit": 2})).json()
    second = (await client.get(ROOT, params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert first["items"] + second["items"] == made
    assert second["next_cursor"] is None


async def test_a_cursor_that_was_tampered_with_is_refused(client: AsyncClient) -> None:
    refused = await client.get(ROOT, params={"cursor": "AAAAAAAAAAAA"})

    assert refused.status_code == 400
    assert refused.json()["code"] == "invalid-cursor"


async def test_a_page_of_no_size_is_refused(client: AsyncClient) -> None:
    refused = await client.get(ROOT, params={"limit": 0})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/limit"
