"""What breaks the contract of an event, and what does not."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, create_model

from dev.promises import broken, unmet

Json = dict[str, Any]


class Money(BaseModel):
    amount: int
    currency: str


class Cents(BaseModel):
    amount: str
    currency: str


class Line(BaseModel):
    quantity: int = Field(le=99)


class Tree(BaseModel):
    branches: list["Tree"] = []


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


def schema(base: type[BaseModel] = BaseModel, /, **fields: Any) -> Json:
    return create_model("Paid", __base__=base, **fields).model_json_schema()


OLD = schema(
    order=(str, ...),
    total=(Money, ...),
    lines=(list[Line], ...),
    note=(str | None, None),
    state=(Literal["paid", "late"], ...),
    labels=(dict[str, int], {}),
)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"order": None}, "order was removed"),
        ({"note": None}, "note was removed"),
        ({"order": (int, ...)}, "order was string, now it is integer"),
        ({"total": (Cents, ...)}, "total.amount was integer, now it is string"),
        ({"lines": (list[str], ...)}, "lines[] was object, now it is string"),
        ({"labels": (dict[str, str], {})}, "labels.* was integer, now it is string"),
        ({"note": (str, ...)}, "note is newly required: give it a default"),
        ({"note": (str | None, ...)}, "note is newly required: give it a default"),
        ({"coupon": (str, ...)}, "coupon is newly required: give it a default"),
        ({"order": (str | None, ...)}, "order was string, now it is null"),
        ({"order": (str, "")}, "order may be missing now"),
        ({"order": (str, Field(max_length=9))}, "order had no maxLength, now it takes only"),
        ({"order": (str, Field(min_length=9))}, "order had no minLength, now it takes only"),
        ({"order": (str, Field(pattern="x"))}, "order had no pattern, now it takes only pattern x"),
        ({"state": (Literal["paid"], ...)}, "state had late, now it takes only paid"),
    ],
    ids=str,
)
def test_a_change_that_breaks_a_promise_is_named_with_its_field(
    change: Json, sentence: str
) -> None:
    faults = broken(OLD, changed(**change))

    assert [one for one in faults if one.startswith(sentence)] == faults[:1]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"coupon": (str | None, None)},
        {"coupon": (Money, Money(amount=0, currency="EUR"))},
        {"state": (Literal["paid", "late", "new"], ...)},
        {"order": (str, Field(description="Which one.", examples=["7f3a"]))},
    ],
    ids=str,
)
def test_a_change_that_only_adds_breaks_nothing(change: Json) -> None:
    assert broken(OLD, changed(**change)) == []


def changed(**change: Any) -> Json:
    fields: Json = {
        "order": (str, ...),
        "total": (Money, ...),
        "lines": (list[Line], ...),
        "note": (str | None, None),
        "state": (Literal["paid", "late"], ...),
        "labels": (dict[str, int], {}),
        **change,
    }
    return schema(**{name: field for name, field in fields.items() if field is not None})


def test_a_wider_bound_breaks_nothing_and_a_narrower_one_does() -> None:
    narrow, wide = schema(n=(int, Field(le=9))), schema(n=(int, Field(le=99)))

    assert broken(narrow, wide) == []
    assert broken(wide, narrow) == ["n had maximum 99, now it takes only maximum 9"]


def test_another_ordering_key_breaks_the_order() -> None:
    faults = broken({**OLD, "x-subject": "order"}, {**OLD, "x-subject": "state"})

    assert faults == ["it was kept in order by order, now it is by state"]


def test_a_model_that_contains_itself_is_compared_to_its_end() -> None:
    assert broken(Tree.model_json_schema(), Tree.model_json_schema()) == []


def test_a_reader_may_read_less() -> None:
    assert unmet(OLD, schema(order=(str, ...), total=(Money, ...))) == []


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ({"coupon": (str, ...)}, "reads coupon, which is not there"),
        ({"coupon": (str, "")}, "reads coupon, which is not there"),
        ({"note": (str | None, ...)}, "needs note, which may be missing"),
        ({"order": (int, ...)}, "reads order as integer, but it is string"),
        ({"note": (str, "")}, "reads note as string, but it is null"),
        ({"state": (Literal["paid"], ...)}, "takes of state only paid, but it has late"),
    ],
    ids=str,
)
def test_a_reader_that_wants_more_than_is_promised_is_told_what(field: Json, sentence: str) -> None:
    assert unmet(OLD, schema(**field)) == [sentence]


def test_a_reader_that_refuses_what_it_does_not_know_is_told_so() -> None:
    assert unmet(schema(a=(str, ...), b=(str, "")), schema(Strict, a=(str, ...))) == [
        "refuses b: a reader leaves out what it does not know"
    ]
