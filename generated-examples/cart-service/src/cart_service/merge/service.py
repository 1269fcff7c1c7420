"""The use case of a merge: load, decide, save, tell, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime

from ..cart import repository as carts
from ..cart.events import CartMerged
from ..cart.models import Cart, Status
from ..cart.owner import Owner, hash_of
from ..cart.service import find_or_begin
from ..chassis.database import Database, Transaction
from ..chassis.errors import NotFound
from ..chassis.events import publish
from ..product import repository as products
from .models import CartExpired, MergedCart, combined


async def merge(database: Database, owner: Owner, guest_token: str) -> MergedCart:
    """Take what lies in the guest's cart into the user's; once, however often it is asked for.

    Raises NotFound, CartExpired.
    """
    now = datetime.now(UTC)
    async with database.transaction() as tx:
        guest = await carts.find_by_token_to_change(tx, hash_of(guest_token))
        if guest is None:
            raise NotFound("no cart has this guest token")
        if guest.is_over(now):
            raise CartExpired("nobody came back to this cart in time; put it together anew")
        cart, _ = await find_or_begin(tx, owner, now)
        if guest.status is Status.merged:
            await _require_taken_by(tx, owner, guest)
            return MergedCart.of(cart, await products.find_all(tx, cart.product_ids))
        merged, notes = combined(cart, guest, now)
        await carts.save(tx, merged)
        await carts.save(tx, guest.merged(into=cart.id, now=now))
        assert cart.user_id is not None
        told = CartMerged(cart_id=cart.id, user_id=cart.user_id, guest_cart_id=guest.id)
        await publish(tx, told, sequence=merged.version)
        copies = await products.find_all(tx, merged.product_ids)
    return MergedCart.saying(merged, copies, notes)


async def _require_taken_by(tx: Transaction, owner: Owner, guest: Cart) -> None:
    """Raise NotFound where the guest's cart went to somebody else: the token is spent."""
    taken = await carts.find(tx, guest.merged_into) if guest.merged_into else None
    if taken is None or not taken.belongs_to(owner):
        raise NotFound("no cart has this guest token")
