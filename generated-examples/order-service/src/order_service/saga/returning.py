"""The money that goes back to a customer."""

from __future__ import annotations

from ..chassis.database import Transaction
from ..payment.asking import Nothing
from ..provider import ProviderRefund, ProviderRefused
from ..refund.models import RefundStatus
from ..refund.settling import refuse, settle
from .case import Case
from .models import Saga, Step
from .outside import Outside


async def send_refund(outside: Outside, case: Case) -> ProviderRefund | ProviderRefused | Nothing:
    """Money for an order that is over is the customer's, whatever is answered: it is sent again."""
    refund, paid = case.refund, case.paid
    if refund.status is not RefundStatus.pending:
        return Nothing()
    assert paid is not None
    assert paid.provider_id is not None
    try:
        return await outside.provider.refund(paid.provider_id, refund.amount, key=refund.key)
    except ProviderRefused as refused:
        if case.order.over:
            raise
        return refused


async def save_refund(
    tx: Transaction, case: Case, answer: ProviderRefund | ProviderRefused | Nothing
) -> Saga:
    if case.refund.status is RefundStatus.pending and not isinstance(answer, Nothing):
        if isinstance(answer, ProviderRefund):
            await settle(tx, case.order, case.refund, case.refunds, answer)
        else:
            await refuse(tx, case.order, case.refund, answer)
    return case.saga.at(Step.done)
