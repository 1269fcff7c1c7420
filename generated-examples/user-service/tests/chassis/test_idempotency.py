"""Sent twice, done once: `Idempotency-Key`, through HTTP and on a real PostgreSQL."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from user_service.chassis.database import Database
from user_service.chassis.errors import Conflict
from user_service.chassis.idempotency import forget, prune
from user_service.chassis.openapi.document import document

from .fixtures_idempotency import Notebook, NotebookApp
from .fixtures_service import client_for


async def test_the_same_request_again_gets_the_first_answer(notebook: Notebook) -> None:
    first = await notebook.post()
    again = await notebook.post()

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == "application/json"
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await notebook.effects() == ["first"]


async def test_fifty_at_once_with_one_key_have_one_effect(notebook: Notebook) -> None:
    answers = await asyncio.gather(*(notebook.post() for _ in range(50)))

    statuses = Counter(answer.status_code for answer in answers)
    replayed = [answer for answer in answers if "idempotent-replayed" in answer.headers]
    assert await notebook.effects() == ["first"]
    assert set(statuses) <= {201, 409}
    assert statuses[201] == len(replayed) + 1


async def test_two_replicas_have_one_effect_between_them(
    notebook: Notebook, notebook_app: NotebookApp
) -> None:
    app = notebook_app()
    async with client_for(app) as http:
        other = replace(notebook, http=http, app=app)
        answers = await asyncio.gather(*(one.post() for one in [notebook, other] * 8))

    assert await notebook.effects() == ["first"]
    assert {answer.status_code for answer in answers} <= {201, 409}


async def test_another_meanwhile_is_told_at_once_that_the_first_is_in_flight(
    notebook: Notebook,
) -> None:
    async with asyncio.TaskGroup() as tasks, notebook.rows.transaction():
        await notebook.rows.execute("LOCK TABLE effects")
        first = tasks.create_task(notebook.post())
        await notebook.until_waiting()

        second = await notebook.post()

    assert (second.status_code, second.json()["code"]) == (409, "idempotency-in-flight")
    assert int(second.headers["retry-after"]) >= 1
    assert first.result().status_code == 201
    assert (await notebook.post()).headers["idempotent-replayed"] == "true"


async def test_another_key_is_another_request(notebook: Notebook) -> None:
    await notebook.post("k1")
    await notebook.post("k2")

    assert await notebook.effects() == ["first", "first"]


@pytest.mark.parametrize("other", [{"text": "second"}, {"path": "/notes?x=1"}, {"path": "/hints"}])
async def test_a_key_that_came_with_another_request_is_refused(
    notebook: Notebook, other: dict[str, str]
) -> None:
    await notebook.post()

    refused = await notebook.post(**other)

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
    assert await notebook.effects() == ["first"]


async def test_two_callers_who_choose_the_same_key_do_not_hear_of_each_other(
    notebook: Notebook,
) -> None:
    await notebook.post(text="mine", **{"x-name": "ada"})

    other = await notebook.post(text="hers", **{"x-name": "eve"})

    assert (other.status_code, other.json()) == (201, {"text": "hers"})
    assert (await notebook.post(text="mine", **{"x-name": "ada"})).json() == {"text": "mine"}
    assert await notebook.effects() == ["mine", "hers"]


async def test_of_a_caller_who_is_forgotten_no_answer_is_kept(notebook: Notebook) -> None:
    await notebook.post(**{"x-name": "ada"})
    await notebook.post(**{"x-name": "eve"})

    async with notebook.app.resource(Database).transaction() as tx:
        await forget(tx, "ada")

    assert [
        row["caller"] for row in await notebook.rows.fetch("SELECT * FROM idempotency_keys")
    ] == ["eve"]


async def test_a_request_without_the_key_that_it_needs_is_refused(notebook: Notebook) -> None:
    refused = await notebook.post(None)

    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-required")
    assert await notebook.effects() == []


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", '""', '"open'])
async def test_a_key_that_is_none_is_refused(notebook: Notebook, key: str) -> None:
    refused = await notebook.post(key, path="/hints")

    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-required")


async def test_two_keys_are_refused(notebook: Notebook) -> None:
    headers = [("idempotency-key", "k1"), ("idempotency-key", "k2")]

    refused = await notebook.http.post("/notes", json={"text": "first"}, headers=headers)

    assert refused.status_code == 400


async def test_the_longest_key_is_known_again(notebook: Notebook) -> None:
    await notebook.post("x" * 255)

    assert (await notebook.post("x" * 255)).headers["idempotent-replayed"] == "true"


async def test_a_key_in_quotes_is_the_same_key(notebook: Notebook) -> None:
    await notebook.post("k1")

    assert (await notebook.post('"k1"')).headers["idempotent-replayed"] == "true"


async def test_where_the_key_is_optional_each_request_without_one_is_new(
    notebook: Notebook,
) -> None:
    await notebook.post(None, path="/hints")
    await notebook.post(None, path="/hints")

    assert await notebook.effects() == ["first", "first"]


async def test_a_request_that_failed_is_done_when_it_comes_again(notebook: Notebook) -> None:
    notebook.provider.failures.append(Conflict("not now"))

    assert (await notebook.post()).status_code == 409
    again = await notebook.post()

    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers
    assert await notebook.effects() == ["first"]


async def test_a_key_that_has_expired_is_a_new_one(notebook: Notebook) -> None:
    await notebook.post()
    await notebook.rows.execute(
        "UPDATE idempotency_keys SET expires_at = now() - interval '1 second'"
    )

    again = await notebook.post(text="second")

    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers
    assert (await notebook.post(text="second")).content == again.content


async def test_what_has_expired_is_pruned(notebook: Notebook) -> None:
    await notebook.post("k1")
    await notebook.rows.execute(
        "UPDATE idempotency_keys SET expires_at = now() - interval '1 second'"
    )
    await notebook.post("k2")

    await prune(notebook.app.resource(Database))

    assert [
        row["key"] for row in await notebook.rows.fetch("SELECT key FROM idempotency_keys")
    ] == ["k2"]


async def test_a_use_case_that_keeps_no_answer_is_a_mistake_and_not_done_again(
    notebook: Notebook,
) -> None:
    await notebook.post(path="/forgetful")

    assert (await notebook.post(path="/forgetful")).status_code == 500


async def test_what_became_of_the_keys_shows_in_the_metrics(notebook: Notebook) -> None:
    await notebook.post()
    await notebook.post()

    metrics = (await notebook.http.get("/metrics")).text

    assert 'idempotency_claims_total{outcome="first"} 1.0' in metrics
    assert 'idempotency_claims_total{outcome="replayed"} 1.0' in metrics


def test_the_documentation_names_the_key_and_what_can_come_of_it(notebook_app: NotebookApp) -> None:
    paths = document(notebook_app())["paths"]

    operation, optional = paths["/notes"]["post"], paths["/hints"]["post"]
    [key] = operation["parameters"]
    assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", True)
    assert optional["parameters"][0]["required"] is False
    assert {"400", "409", "422"} <= set(operation["responses"])
    assert "Idempotent-Replayed" in operation["responses"]["201"]["headers"]
