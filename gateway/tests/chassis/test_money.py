import json

import pytest
from pydantic import ValidationError

from gateway.chassis.money import (
    EXPONENTS,
    CurrencyMismatch,
    Money,
)


def euros(amount: int) -> Money:
    return Money(amount=amount, currency="EUR")


@pytest.mark.parametrize(
    "amount",
    ["1.0", "1e2", "true", '"5"', "null", "[]", str(2**53)],
)
def test_only_an_integer_that_json_carries_exactly_is_an_amount(amount: str) -> None:
    said = '{"amount": ' + amount + ', "currency": "EUR"}'

    with pytest.raises(ValidationError):
        Money.model_validate_json(said)


@pytest.mark.parametrize("currency", ["eur", "EURO", "XXX", "BTC", "", 978, None])
def test_only_an_active_currency_is_a_currency(currency: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate_json(json.dumps({"amount": 1, "currency": currency}))


def test_a_field_beside_amount_and_currency_is_refused() -> None:
    with pytest.raises(ValidationError):
        Money.model_validate_json('{"amount": 1, "currency": "EUR", "cents": 1}')


def test_money_is_written_as_it_is_read() -> None:
    said = '{"amount":1999,"currency":"EUR"}'

    assert Money.model_validate_json(said).model_dump_json() == said


def test_money_does_not_change() -> None:
    with pytest.raises(ValidationError):
        euros(1).amount = 2


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1999, "EUR", "19.99 EUR"),
        (5, "EUR", "0.05 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (1999, "JPY", "1999 JPY"),
        (1999, "KWD", "1.999 KWD"),
        (0, "USD", "0.00 USD"),
    ],
)
def test_money_is_shown_with_the_decimals_of_its_currency(
    amount: int, currency: str, text: str
) -> None:
    assert str(Money(amount=amount, currency=currency)) == text


def test_currencies_have_their_exponents() -> None:
    assert len(EXPONENTS) == 155
    assert (EXPONENTS["JPY"], EXPONENTS["USD"], EXPONENTS["KWD"]) == (0, 2, 3)


def test_amounts_of_one_currency_are_added_subtracted_negated_and_multiplied() -> None:
    assert euros(100) + euros(50) - euros(20) == euros(130)
    assert -euros(5) == euros(-5)
    assert 3 * euros(5) == euros(5) * 3 == euros(15)
    assert sum([euros(1), euros(2)], euros(0)) == euros(3)


def test_amounts_of_one_currency_have_an_order() -> None:
    assert euros(1) < euros(2) <= euros(2)
    assert max(euros(1), euros(3), euros(2)) == euros(3)


def test_equal_amounts_of_different_currencies_are_different() -> None:
    assert euros(1) != Money(amount=1, currency="USD")
    assert len({euros(1), euros(1), Money(amount=1, currency="USD")}) == 2


def test_different_currencies_have_no_sum_no_difference_and_no_order() -> None:
    dollar = Money(amount=1, currency="USD")

    with pytest.raises(CurrencyMismatch, match=r"0\.01 EUR and 0\.01 USD"):
        euros(1) + dollar
    with pytest.raises(CurrencyMismatch):
        euros(1) - dollar
    with pytest.raises(CurrencyMismatch):
        assert euros(1) < dollar


def test_a_fraction_of_a_cent_does_not_come_into_being() -> None:
    with pytest.raises(ValidationError):
        euros(5) * 0.5  # type: ignore[operator]  # that is what is tested


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (5, [3, 7], [2, 3]),
        (100, [0, 1], [0, 100]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [1, 1, 1], [1, 0, 0]),
        (10, [1, 2, 4], [1, 3, 6]),
        (2**52, [1, 2], [1501199875790165, 3002399751580331]),
    ],
)
def test_an_allocation_loses_no_cent(amount: int, weights: list[int], shares: list[int]) -> None:
    allocated = euros(amount).allocate(weights)

    assert [share.amount for share in allocated] == shares
    assert sum(allocated, euros(0)) == euros(amount)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_an_allocation_needs_weights(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="none is negative"):
        euros(1).allocate(weights)


def test_the_schema_says_what_is_read() -> None:
    schema = Money.model_json_schema()

    assert schema["required"] == ["amount", "currency"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["amount"]["type"] == "integer"
    assert schema["properties"]["amount"]["maximum"] == 2**53 - 1
    assert schema["properties"]["currency"]["enum"] == sorted(EXPONENTS)
