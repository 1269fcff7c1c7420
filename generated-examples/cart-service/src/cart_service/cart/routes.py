"""The HTTP face of carts: read the request, call the use case, answer.

A cart is its user's, who sends a bearer token, or a guest's, who sends `X-Cart-Token`; to all
others it is not there.
"""

from __future__ import annotations

from uuid import UUID

from nexios.http import Request, Response

from ..calling import owner, settings, user
from ..chassis.client import Client
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, Forbidden, NotFound, Unavailable
from ..chassis.etags import IfMatch, etag, tagged
from ..chassis.http import Reply, answer, body, nothing
from ..chassis.idempotency import Once
from ..chassis.policy import OPTIONAL, Principal
from ..chassis.routing import Router
from ..settings import CartSettings
from . import service
from .line import ItemInput, ProductUnavailable, QuantityInput, QuantityLimit
from .view import CartView, OpenedCart

router = Router(
    prefix="/v1/carts",
    tags=["carts"],
    policy=OPTIONAL,
    errors=[Unavailable, DeadlineExceeded],
)

# A guest's token is for nobody's cache.
_SECRET = {"cache-control": "no-store"}


@router.post("", responses={201: OpenedCart, 200: OpenedCart}, versioned=True, errors=[Forbidden])
async def begin(request: Request, response: Response) -> Reply:
    """Open a cart: a user's one active cart, or for a guest a new one with its token."""
    database = Database.of(request)
    if Principal.known(request) is None:
        life = settings(request, CartSettings).guest_life
        cart, begun = await service.open_for_guest(database, life=life), True
    else:
        cart, begun = await service.open_for_user(database, user(request))
    location = {"location": f"/v1/carts/{cart.id}"} if begun else {}
    headers = {**_SECRET, **location, "etag": etag(cart.edition)}
    return answer(cart, 201 if begun else 200, headers=headers)


@router.get("/current", responses={200: CartView}, versioned=True, errors=[NotFound])
async def current(request: Request, response: Response) -> Reply:
    """Read the user's active cart, or the guest's."""
    cart = await service.current(Database.of(request), owner(request))
    return tagged(request, cart, etag(cart.edition))


@router.get("/{id:uuid}", responses={200: CartView}, versioned=True, errors=[NotFound])
async def get(request: Request, response: Response, id: UUID) -> Reply:
    """Read one's own cart."""
    cart = await service.get(Database.of(request), owner(request), id)
    return tagged(request, cart, etag(cart.edition))


@router.post(
    "/{id:uuid}/items",
    request_model=ItemInput,
    responses={200: CartView},
    versioned=True,
    idempotency="optional",
    errors=[NotFound, ProductUnavailable, QuantityLimit],
)
async def add(request: Request, response: Response, id: UUID) -> Reply:
    """Put so many more of a product into the cart."""
    said = await body(request, ItemInput)
    once: Once[CartView] = await Once.of(request, _with_tag)
    return _with_tag(
        await service.add(Database.of(request), Client.of(request), once, owner(request), id, said)
    )


@router.put(
    "/{id:uuid}/items/{product_id:uuid}",
    request_model=QuantityInput,
    responses={200: CartView},
    versioned=True,
    errors=[NotFound, ProductUnavailable, QuantityLimit],
)
async def keep(request: Request, response: Response, id: UUID, product_id: UUID) -> Reply:
    """Have so many of a product in the cart; 0 removes it. With If-Match only in that version."""
    seen = IfMatch.if_sent(request)
    said = await body(request, QuantityInput)
    database, who = Database.of(request), owner(request)
    if said.quantity == 0:
        return _with_tag(await service.remove(database, who, id, product_id, seen))
    client = Client.of(request)
    return _with_tag(await service.keep(database, client, who, id, product_id, said.quantity, seen))


@router.delete(
    "/{id:uuid}/items/{product_id:uuid}",
    responses={204: None},
    versioned=True,
    errors=[NotFound],
)
async def remove(request: Request, response: Response, id: UUID, product_id: UUID) -> Reply:
    """Take a product out of the cart. With If-Match only of that version."""
    seen = IfMatch.if_sent(request)
    await service.remove(Database.of(request), owner(request), id, product_id, seen)
    return nothing()


def _with_tag(cart: CartView) -> Reply:
    return answer(cart, headers={"etag": etag(cart.edition)})
