"""Product-service: stock is held for an order, then taken or let go; each as often as it is asked.

The key of a reservation is its order: asked again, there is still one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict

from ..chassis.client import Client, UpstreamProblem
from ..order.rejection import Rejection
from ..order.values import OrderLine, Shortage

_SERVICE: Final = "product-service"
_ROOT: Final = "/v1/reservations"

log = structlog.get_logger()


class Reservation(BaseModel):
    """What is held for an order."""

    model_config = ConfigDict(frozen=True)

    id: UUID


class _Missing(BaseModel):
    lines: tuple[Shortage, ...] = ()


async def reserve(
    client: Client, order_id: UUID, lines: Sequence[OrderLine], *, seconds: int
) -> Reservation | Rejection:
    wanted = {
        "order_id": order_id,
        "ttl_seconds": seconds,
        "lines": [{"product_id": one.product_id, "quantity": one.quantity} for one in lines],
    }
    try:
        return await client.post(_SERVICE, _ROOT, json=wanted, key=str(order_id), model=Reservation)
    except UpstreamProblem as refused:
        if refused.problem.code == "reservation-expired":  # it was let go, and stays so
            return Rejection(reason="insufficient_stock")
        if refused.problem.code == "insufficient-stock":
            missing = _Missing.model_validate(refused.problem.extensions)
            return Rejection(reason="insufficient_stock", lines=missing.lines)
        if refused.problem.status == 422:
            return Rejection(reason="product_unknown")
        raise


async def commit(client: Client, id: UUID) -> bool:
    """Take what is held; False if it is held no longer."""
    try:
        await client.post(_SERVICE, f"{_ROOT}/{id}/commit", key=f"{id}:commit")
    except UpstreamProblem as refused:
        if refused.problem.code in ("reservation-expired", "not-found"):
            return False
        raise
    return True


async def release(client: Client, id: UUID, *, reason: str) -> None:
    """Let go what is held, if it still is."""
    path, said = f"{_ROOT}/{id}/release", {"reason": reason}
    try:
        await client.post(_SERVICE, path, json=said, key=f"{id}:release")
    except UpstreamProblem as refused:
        if refused.problem.status not in (404, 409):
            raise
        log.warning("stock.not_released", reservation=id, code=refused.problem.code)
