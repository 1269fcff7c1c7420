"""The use cases of deliveries: load, decide, save, tell, in one transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from ..attempt import repository as attempts
from ..chassis import paging
from ..chassis.database import Database, Transaction, announce
from ..chassis.events import publish
from ..recipient import repository as recipients
from ..suppression import repository as suppressions
from . import repository
from .events import NotificationDelivered, NotificationFailed
from .models import Delivery, Wanted
from .outcomes import Outcome, Refused, Status
from .views import DeliveryQuery, DeliveryView

LIST: Final = "deliveries"
KEPT: Final = timedelta(days=90)
_LAST: Final = UUID(int=2**128 - 1)

log = structlog.get_logger()


async def want(tx: Transaction, wanted: Wanted, now: datetime) -> None:
    """Claim this mail; whoever wants the same again, in any replica, changes nothing."""
    delivery = Delivery.begin(wanted, now)
    if await repository.add(tx, delivery):
        announce(repository.ANNOUNCEMENT)
    else:
        log.info("delivery.known", template=wanted.template)


async def take(database: Database, owner: UUID, lease: timedelta) -> tuple[Delivery, UUID] | None:
    """The next mail that is due, this owner's until the lease ends, and its new attempt."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        delivery = await repository.take(tx, owner, now, lease)
        if delivery is None:
            return None
        return delivery, await attempts.begin(tx, delivery.id, now)


async def settle(
    database: Database,
    sent: Delivery,
    attempt: UUID,
    outcome: Outcome,
    retry_seconds: Sequence[float],
) -> Delivery:
    """Note what came of an attempt, and tell the others of the end."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        delivery = await repository.get_to_change(tx, sent.id)
        reply = outcome.reply
        await attempts.end(tx, attempt, now, type(outcome).__name__.lower(), reply)
        if delivery.status is not Status.pending or delivery.lease_owner != sent.lease_owner:
            log.warning("delivery.taken_over", id=sent.id)  # who has it now settles it
            return delivery
        addressed = delivery.model_copy(
            update={"message_id": sent.message_id, "recipient": sent.recipient}
        )
        settled = addressed.after(outcome, now, retry_seconds)
        if isinstance(outcome, Refused) and outcome.recipient and sent.remembered:
            await suppressions.add(tx, sent.remembered, reply, now)
        if settled.status is not Status.pending:
            settled = await _close(tx, settled)
        await repository.save(tx, settled)
    return settled


async def retry(database: Database, id: UUID) -> DeliveryView:
    """Begin a failed one anew, whatever was said of its address; raises NotRetriable."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        delivery = (await repository.get_to_change(tx, id)).retried(now)
        if delivery.recipient:
            await suppressions.remove(tx, delivery.recipient)
        await repository.save(tx, delivery)
        announce(repository.ANNOUNCEMENT)
        [view] = await repository.list_before(tx, UUID(int=id.int + 1), 1, None, None)
    return view


async def list_page(database: Database, query: DeliveryQuery) -> paging.Page[DeliveryView]:
    before = paging.decode(LIST, query.cursor, UUID) if query.cursor else _LAST
    async with database.connection() as tx:
        rows = await repository.list_before(
            tx, before, query.limit + 1, query.user_id, query.status
        )
    return paging.page(rows, query.limit, lambda last: paging.encode(LIST, str(last.id)))


async def forget_old(database: Database) -> None:
    """Forget what failed mails would have said, and in the end that there were any."""
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        await repository.forget_contents(tx, now)
        await repository.remove_ended(tx, now - KEPT)


async def _close(tx: Transaction, settled: Delivery) -> Delivery:
    """Tell how it ended; of somebody who is erased nothing is kept."""
    await publish(tx, _told(settled))
    recipient = await recipients.find(tx, settled.user_id) if settled.user_id else None
    if recipient is None or not recipient.erased:
        return settled
    await attempts.forget_replies(tx, settled.id)
    return settled.forgotten()


def _told(settled: Delivery) -> NotificationDelivered | NotificationFailed:
    if settled.reason is None:
        return NotificationDelivered(
            delivery_id=settled.id,
            user_id=settled.user_id,
            template=settled.template,
            channel=settled.channel,
        )
    return NotificationFailed(
        delivery_id=settled.id,
        user_id=settled.user_id,
        template=settled.template,
        channel=settled.channel,
        reason=settled.reason,
    )
