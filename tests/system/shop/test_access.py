"""Who may do what: every route for everybody, and nothing of somebody else's for anybody."""

import re
from collections.abc import Iterator
from uuid import uuid4

from tools.shop import shopping, staff
from tools.shop.answers import Answer, Json
from tools.shop.live import refusal
from tools.shop.people import Person
from tools.shop.shop import Shop

ROLES = ("customer", "support", "warehouse", "admin")
_BODIES = ("post", "put", "patch")


async def test_every_route_answers_every_role_as_it_declares(shop: Shop) -> None:
    admin = await shop.staff("admin")
    document = await shop.document()
    somebody = await shop.customer()
    people = {role: await staff.give_roles(admin, await shop.customer(), role) for role in ROLES}
    wrong: list[str] = []

    for method, path, operation in _operations(document):
        wrong += _judged("nobody", operation, await _knock(shop, None, method, path))
        for role, person in people.items():
            answer = await _knock(shop, person, method, path)
            wrong += _judged(role, operation, answer)
            if answer.status < 300 and "/auth/" in path:
                await person.sign_in()  # that was the end of the session

    assert wrong == []
    assert somebody.id not in {person.id for person in people.values()}


async def test_what_is_somebody_elses_is_not_there(shop: Shop) -> None:
    ada, eve = await shop.customer(), await shop.customer()
    boots = await shop.product(2)
    placed = (await shopping.buy(ada, {boots: 1})).wanted(201).json["order"]
    await shopping.until(ada, placed["id"], "paid")
    cart, home = (await shopping.fill(ada, {boots: 1})).id, await shopping.address(ada)
    notes = await ada.ask("GET", "/v1/notifications")
    session = (await ada.ask("GET", "/v1/auth/sessions")).json["items"][0]["id"]

    answers = [
        await eve.ask("GET", f"/v1/orders/{placed['id']}"),
        await eve.ask("GET", f"/v1/orders/{placed['id']}/history"),
        await eve.ask("POST", f"/v1/orders/{placed['id']}/cancel"),
        await shopping.pay(eve, placed["id"], "ok"),
        await eve.ask("GET", f"/v1/carts/{cart}"),
        await eve.ask("GET", f"/v1/carts/{cart}/quote"),
        await eve.ask("DELETE", f"/v1/carts/{cart}/items/{boots}"),
        await eve.ask("GET", f"/v1/users/me/addresses/{home}"),
        await eve.ask("DELETE", f"/v1/users/me/addresses/{home}"),
        await eve.ask("POST", f"/v1/notifications/{notes.json['items'][0]['id']}/read"),
        await eve.ask("DELETE", f"/v1/auth/sessions/{session}"),
    ]

    assert [(one.path, one.status) for one in answers if one.status != 404] == []


async def test_a_live_topic_of_somebody_else_is_refused(shop: Shop) -> None:
    ada, eve = await shop.customer(), await shop.customer()
    boots = await shop.product(1)
    placed = (await shopping.buy(ada, {boots: 1})).wanted(201).json["order"]
    await shop.told("shop.order.paid.v1", placed["id"])

    assert await refusal(eve, f"orders/{placed['id']}") == 4403


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """What ends a session comes last."""
    found = [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]
    yield from sorted(found, key=lambda one: "/auth/" in one[1])


async def _knock(shop: Shop, person: Person | None, method: str, path: str) -> Answer:
    """Ask with nothing in it that could have an effect: no such id, and an empty body."""
    place = re.sub(r"\{[^}]+\}", lambda _: str(uuid4()), path.removeprefix("/api"))
    said: Json | None = {} if method in _BODIES else None
    if person is None:
        return await shop.door.ask(method.upper(), place, json=said)
    return await person.ask(method.upper(), place, json=said)


def _judged(who: str, operation: Json, answer: Answer) -> Iterator[str]:
    """A sentence, if this is not what the document says of such a caller."""
    security: list[Json] = operation.get("security", [])
    named = {role for one in security for role in one.get("bearer", ())}
    if not security or {} in security or (who != "nobody" and not named) or who in named:
        allowed = answer.status not in (401, 403) or answer.code in _OTHER_REASONS
    else:
        allowed = answer.status == (401 if who == "nobody" else 403)
    if not allowed:
        yield f"{answer.method} {answer.path} answers {answer.status} to {who}"


# Of routes that anybody may ask, and that check something else than a token.
_OTHER_REASONS = {"invalid-client", "invalid-credentials", "refresh-invalid", "wrong-password"}
