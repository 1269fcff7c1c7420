"""What watches over the shop notices what it is there for."""

from typing import Any

import pytest

from tools.shop.answers import Answer, Record
from tools.shop.contract import Contract
from tools.shop.door import Door
from tools.shop.insisting import insist
from tools.shop.live import Heard, Live
from tools.shop.people import Person


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def contract(*statuses: int) -> Contract:
    operation: dict[str, Any] = {"responses": {str(one): {} for one in statuses}}
    return Contract.of({"paths": {"/api/v1/orders/{id}": {"get": operation}}})


def record(method: str, path: str, status: int) -> Record:
    kept = Record()
    kept.note(method, path, status)
    return kept


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/orders/7", 500),
        ("GET", "/api/v1/orders/7", 418),
        ("POST", "/api/v1/orders/7", 200),
        ("GET", "/api/v1/ships", 200),
    ],
)
def test_a_status_that_nobody_promised_breaks_the_contract(
    method: str, path: str, status: int
) -> None:
    [sentence] = contract(200, 404, 500).broken(record(method, path, status))

    assert sentence.startswith(f"{method} {path} answered {status}, 1 times")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/orders/7?x=1", 200),
        ("GET", "/api/v1/orders/7", 503),
        ("POST", "/api/v1/orders/7", 405),
        ("GET", "/api/v1/ships", 404),
    ],
)
def test_a_status_that_was_promised_keeps_the_contract(method: str, path: str, status: int) -> None:
    assert [*contract(200, 404, 500).broken(record(method, path, status))] == []


def live(*frames: dict[str, Any]) -> Live:  # Any: JSON
    """A connection over which these frames came in `me/orders`."""
    nobody = Person(Door.__new__(Door), "ada@example.com", "")
    heard = [Heard(0, {"topic": "me/orders", **frame}) for frame in frames]
    return Live(nobody, ["me/orders"], heard)


def event(seq: int) -> dict[str, Any]:  # Any: JSON
    return {"op": "event", "seq": seq, "id": f"1-{seq}", "type": "order.paid", "data": {}}


@pytest.mark.parametrize(
    ("frames", "sentence"),
    [
        ((event(1), event(3)), "in me/orders, 3 came after 1"),
        ((event(2), event(2)), "in me/orders, 2 came after 2"),
        (
            ({"op": "error", "code": 4403, "detail": "you may not"},),
            "me/orders was refused: 4403 you may not",
        ),
    ],
)
def test_a_gap_and_a_repetition_of_a_live_connection_are_noticed(
    frames: tuple[dict[str, Any], ...], sentence: str
) -> None:
    assert [*live(*frames).broken()] == [sentence]


def test_a_live_connection_that_is_told_to_begin_anew_may_go_on_from_elsewhere() -> None:
    frames = (event(1), event(2), {"op": "reset", "id": "2-7"}, event(8))

    assert [*live(*frames).broken()] == []


async def test_whoever_insists_asks_until_there_is_an_answer() -> None:
    statuses = iter([503, 502, 201])

    async def ask() -> Answer:
        return Answer("POST", "/v1/orders", next(statuses), {}, b"")

    assert (await insist(ask)).status == 201
