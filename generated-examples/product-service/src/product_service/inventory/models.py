"""The stock of a product."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What a customer is told of the stock."""

    in_stock = "in_stock"
    low = "low"
    out = "out"
