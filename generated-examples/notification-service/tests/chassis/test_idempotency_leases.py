"""Sent twice, done once, where it takes several transactions: begun, leased and ended."""

import asyncio

from notification_service.chassis.errors import Unavailable

from .fixtures_idempotency import Notebook


async def test_what_was_begun_in_one_transaction_and_ended_in_another_is_replayed(
    notebook: Notebook,
) -> None:
    first = await notebook.post(path="/payments")
    again = await notebook.post(path="/payments")

    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    assert len(await notebook.effects()) == 2


async def test_what_was_begun_is_not_begun_again_while_its_lease_lasts(notebook: Notebook) -> None:
    notebook.provider.failures.append(ZeroDivisionError())
    await notebook.post(path="/payments")

    told = await notebook.post(path="/payments")

    assert (told.status_code, told.json()["code"]) == (409, "idempotency-in-flight")
    assert 25 <= int(told.headers["retry-after"]) <= 30


async def test_what_was_begun_before_a_crash_is_resumed_once_its_lease_is_over(
    notebook: Notebook,
) -> None:
    notebook.provider.failures.append(ZeroDivisionError())
    await notebook.post(path="/payments")
    await notebook.rows.execute("UPDATE idempotency_keys SET leased_until = now()")

    resumed = await notebook.post(path="/payments")

    assert resumed.status_code == 201
    draft = resumed.json()["text"]
    assert await notebook.effects() == [f"draft {draft}", f"paid {draft}"]


async def test_what_failed_in_good_order_is_resumed_at_once(notebook: Notebook) -> None:
    notebook.provider.failures.append(Unavailable("the provider is away"))

    assert (await notebook.post(path="/payments")).status_code == 503
    resumed = await notebook.post(path="/payments")

    draft = resumed.json()["text"]
    assert await notebook.effects() == [f"draft {draft}", f"paid {draft}"]


async def test_who_lost_its_lease_to_another_has_no_effect_any_more(notebook: Notebook) -> None:
    notebook.provider.open.clear()
    async with asyncio.TaskGroup() as tasks:
        slow = tasks.create_task(notebook.post(path="/payments"))
        await notebook.until("SELECT EXISTS (SELECT FROM effects)")
        await notebook.rows.execute("UPDATE idempotency_keys SET leased_until = now()")
        swift = tasks.create_task(notebook.post(path="/payments"))
        await notebook.until("SELECT leased_until > now() FROM idempotency_keys")
        notebook.provider.open.set()

    assert sorted([slow.result().status_code, swift.result().status_code]) == [201, 409]
    assert swift.result().status_code == 201
    assert len(await notebook.effects()) == 2
