"""Money: a whole number of a currency's smallest unit, so that no cent is ever lost.

In JSON `{"amount": 1999, "currency": "EUR"}` is 19.99 euros; nothing else is read as an amount,
not `1999.0`, not `"1999"`, not `true`.  Stored as `bigint` and `char(3)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

# The currencies of ISO 4217 that people pay with, by the number of decimals of their smallest unit.
_BY_EXPONENT: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
        "CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
        "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL "
        "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN "
        "PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
        "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
}
EXPONENTS: Final = {
    code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()
}
_LARGEST: Final = 2**53 - 1  # what every reader of JSON keeps exactly (RFC 8259, section 6)


class CurrencyMismatch(ValueError):
    """Amounts of different currencies have no sum, no difference and no order."""


def _known(code: str) -> str:
    if code not in EXPONENTS:
        raise ValueError("must be a currency of ISO 4217, like EUR")
    return code


Currency = Annotated[
    str,
    AfterValidator(_known),
    WithJsonSchema({"type": "string", "description": "ISO 4217", "enum": sorted(EXPONENTS)}),
]


class Money(BaseModel):
    """An amount in the smallest unit of its currency: cents, yen, fils."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"amount": 1999, "currency": "EUR"}]},
    )

    amount: int = Field(ge=-_LARGEST, le=_LARGEST)
    currency: Currency

    @property
    def exponent(self) -> int:
        """How many decimals the smallest unit is: 2 for cents."""
        return EXPONENTS[self.currency]

    def __str__(self) -> str:
        """For people, in digits that every locale reads: `19.99 EUR`."""
        whole, part = divmod(abs(self.amount), 10**self.exponent)
        decimals = f".{part:0{self.exponent}}" if self.exponent else ""
        return f"{'-' if self.amount < 0 else ''}{whole}{decimals} {self.currency}"

    def __add__(self, other: Money) -> Money:
        """Raises CurrencyMismatch; so do all that take two amounts."""
        return self._with(self.amount + self._same(other))

    def __sub__(self, other: Money) -> Money:
        return self._with(self.amount - self._same(other))

    def __neg__(self) -> Money:
        return self._with(-self.amount)

    def __mul__(self, times: int) -> Money:
        """Whole numbers only: for shares there is allocate()."""
        return self._with(self.amount * times)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Shares in proportion to the weights; together they are this amount, to the cent.

        What does not divide goes, a unit each, to the largest remainders, the earlier one first.
        Raises ValueError unless a weight is positive and none is negative.
        """
        if not any(weights) or min(weights) < 0:
            raise ValueError("allocate by weights of which none is negative and one is positive")
        total, sign = sum(weights), -1 if self.amount < 0 else 1
        shares = [divmod(abs(self.amount) * weight, total) for weight in weights]
        units = [whole for whole, _ in shares]
        left = abs(self.amount) - sum(units)
        for place in sorted(range(len(shares)), key=lambda place: -shares[place][1])[:left]:
            units[place] += 1
        return [self._with(sign * amount) for amount in units]

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self} and {other} are of different currencies")
        return other.amount

    def _with(self, amount: int) -> Money:
        return Money(amount=amount, currency=self.currency)
