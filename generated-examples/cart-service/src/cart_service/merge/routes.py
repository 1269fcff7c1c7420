"""The HTTP face of merges: read the request, call the use case, answer."""

from __future__ import annotations

from nexios.http import Request, Response

from ..calling import USER, user
from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, Forbidden, NotFound, Unavailable
from ..chassis.etags import etag
from ..chassis.http import Reply, answer, body
from ..chassis.routing import Router
from . import service
from .models import CartExpired, MergedCart, MergeInput

router = Router(
    prefix="/v1/carts",
    tags=["carts"],
    policy=USER,
    errors=[Unavailable, DeadlineExceeded, NotFound, Forbidden],
)


@router.post(
    "/merge",
    request_model=MergeInput,
    responses={200: MergedCart},
    versioned=True,
    errors=[CartExpired],
)
async def merge(request: Request, response: Response) -> Reply:
    """Take what a guest put together into the cart of the user who signed in."""
    owner = user(request)
    said = await body(request, MergeInput)
    cart = await service.merge(Database.of(request), owner, said.guest_token)
    return answer(cart, headers={"etag": etag(cart.edition)})
