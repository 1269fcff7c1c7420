"""The use cases of a cart: load, decide, save, in one transaction each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ..chassis.client import Client
from ..chassis.database import Database, Transaction
from ..chassis.errors import NotFound
from ..chassis.etags import IfMatch
from ..chassis.idempotency import Once
from ..product import repository as products
from ..product.service import find as find_product
from . import repository
from .line import ItemInput, require_within
from .models import Cart
from .owner import Owner, hash_of, make_token
from .view import CartView, OpenedCart


async def open_for_user(database: Database, owner: Owner) -> tuple[OpenedCart, bool]:
    """The user's active cart, and whether it was made just now."""
    async with database.transaction() as tx:
        cart, begun = await find_or_begin(tx, owner, datetime.now(UTC))
        return OpenedCart.of(cart, await products.find_all(tx, cart.product_ids)), begun


async def open_for_guest(database: Database, *, life: timedelta) -> OpenedCart:
    """A new cart for whoever holds its token."""
    now, token = datetime.now(UTC), make_token()
    cart = Cart.begin(Owner(token_hash=hash_of(token)), now, now + life)
    async with database.transaction() as tx:
        await repository.add(tx, cart)
    return OpenedCart.of(cart, {}).model_copy(update={"guest_token": token})


async def current(database: Database, owner: Owner) -> CartView:
    async with database.connection() as tx:
        cart = await repository.find_active(tx, owner)
        if cart is None or not cart.can_change(datetime.now(UTC)):
            raise NotFound("there is no cart yet; POST /v1/carts opens one")
        return await _view(tx, cart)


async def get(database: Database, owner: Owner, id: UUID) -> CartView:
    async with database.connection() as tx:
        cart = await repository.find(tx, id)
        if cart is None or not cart.belongs_to(owner) or not cart.can_be_read(datetime.now(UTC)):
            raise none_such(id)
        return await _view(tx, cart)


async def add(
    database: Database,
    client: Client,
    once: Once[CartView],
    owner: Owner,
    id: UUID,
    said: ItemInput,
) -> CartView:
    """So many more of a product; raises ProductUnavailable, QuantityLimit."""
    require_within(said.quantity, least=1)
    product = await find_product(database, client, said.product_id)
    async with database.transaction() as tx:
        cart = await _get_to_change(tx, owner, id)
        await once.claim(tx)
        changed = cart.added(product, said.quantity, datetime.now(UTC))
        await repository.save(tx, changed)
        view = await _view(tx, changed)
        await once.keep(tx, view)
    return view


async def keep(
    database: Database,
    client: Client,
    owner: Owner,
    id: UUID,
    product_id: UUID,
    quantity: int,
    seen: IfMatch,
) -> CartView:
    """So many of a product, more than 0; raises ProductUnavailable, QuantityLimit."""
    require_within(quantity, least=1)
    product = await find_product(database, client, product_id)
    async with database.transaction() as tx:
        cart = await _get_to_change(tx, owner, id, seen)
        changed = cart.keeping(product, quantity, datetime.now(UTC))
        await repository.save(tx, changed)
        return await _view(tx, changed)


async def remove(
    database: Database, owner: Owner, id: UUID, product_id: UUID, seen: IfMatch
) -> CartView:
    """The cart without this product."""
    async with database.transaction() as tx:
        cart = await _get_to_change(tx, owner, id, seen)
        changed = cart.without(product_id, datetime.now(UTC))
        await repository.save(tx, changed)
        return await _view(tx, changed)


async def find_or_begin(tx: Transaction, owner: Owner, now: datetime) -> tuple[Cart, bool]:
    """The user's active cart, locked, and whether it was made just now."""
    assert owner.user_id is not None
    while True:  # until one is there that nobody ended in the same moment
        known = await repository.find_active_to_change(tx, owner.user_id)
        if known is not None:
            return known, False
        begun = Cart.begin(Owner(owner.user_id), now)
        if await repository.add(tx, begun):
            return begun, True


async def _get_to_change(
    tx: Transaction, owner: Owner, id: UUID, seen: IfMatch | None = None
) -> Cart:
    """Raises NotFound also for a cart of somebody else; VersionMismatch."""
    cart = await repository.find_to_change(tx, id)
    if cart is None or not cart.belongs_to(owner) or not cart.can_change(datetime.now(UTC)):
        raise none_such(id)
    if seen is not None and seen.tags is not None:
        seen.check((await _view(tx, cart)).edition)
    return cart


def none_such(id: UUID) -> NotFound:
    """What is answered for a cart that is not there, and for one of somebody else."""
    return NotFound(f"no cart {id}")


async def _view(tx: Transaction, cart: Cart) -> CartView:
    return CartView.of(cart, await products.find_all(tx, cart.product_ids))
