"""The service's own settings, each from an environment variable of its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from .chassis.money import EXPONENTS
from .chassis.settings import Settings
from .quote.shipping import Rate

_DAY: Final = 86400
_RATE: Final = re.compile(r"([A-Z]{3})=(\d{1,9})(?:/(\d{1,9}))?")


class CartSettings(Settings):
    """How long a guest's cart waits for its guest, and when a user's counts as abandoned."""

    model_config = SettingsConfigDict(env_prefix="CART_")

    guest_seconds: int = Field(default=30 * _DAY, ge=1, le=366 * _DAY)
    idle_seconds: float = Field(default=_DAY, gt=0, le=366 * _DAY)
    # How often it is looked for carts that were left.
    look_seconds: float = Field(default=300, gt=0, le=_DAY)

    @property
    def guest_life(self) -> timedelta:
        return timedelta(seconds=self.guest_seconds)

    @property
    def idle(self) -> timedelta:
        return timedelta(seconds=self.idle_seconds)


class ShippingSettings(Settings):
    """What shipping costs in each currency, in its smallest unit, and from which total on nothing.

    A currency that is not named here ships free.
    """

    model_config = SettingsConfigDict(env_prefix="SHIPPING_")

    rates: list[str] = Field(default=["EUR=490/5000"])

    @field_validator("rates")
    @classmethod
    def _are_rates(cls, rates: list[str]) -> list[str]:
        found = [_RATE.fullmatch(rate) for rate in rates]
        if not all(rate and rate[1] in EXPONENTS for rate in found):
            raise ValueError("must look like EUR=490/5000,USD=590: the price, and free from where")
        return rates

    @property
    def by_currency(self) -> Mapping[str, Rate]:
        found = filter(None, map(_RATE.fullmatch, self.rates))
        return {
            rate[1]: Rate(int(rate[2]), None if rate[3] is None else int(rate[3])) for rate in found
        }
