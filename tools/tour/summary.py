"""What an event says, in a few words for the eye."""

from __future__ import annotations

from collections.abc import Iterator

from tools.shop.answers import Json


def summary(data: Json) -> str:
    """Its money, its products and its reason; ids tell a reader nothing."""
    return ", ".join(_words(data))


def _words(data: Json) -> Iterator[str]:
    money = data.get("amount") or data.get("totals", {}).get("grand")
    if isinstance(money, dict):
        yield f"{money['amount'] / 100:.2f} {money['currency']}"
    for line in data.get("lines", ()):
        yield f"{line['quantity']} x {line.get('name', 'one product')}"
    if "available" in data:
        yield f"{data['available']} left"
    for name in ("state", "reason", "number", "subject"):
        if data.get(name):
            yield str(data[name])
