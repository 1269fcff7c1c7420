"""The HTTP face of the catalogue: read the request, call the use case, answer."""

from __future__ import annotations

from nexios.http import Request, Response

from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, InvalidCursor, Unavailable
from ..chassis.http import Reply, answer, query
from ..chassis.policy import PUBLIC
from ..chassis.routing import Router
from . import service
from .models import CatalogueQuery, Found

router = Router(prefix="/v1/products", tags=["catalogue"], policy=PUBLIC)


@router.get(
    "",
    query_model=CatalogueQuery,
    responses={200: Found},
    errors=[InvalidCursor, Unavailable, DeadlineExceeded],
)
async def find(request: Request, response: Response) -> Reply:
    """Find products, a page at a time.

    Where no product has the words of `q`, those with words like them are listed, and `suggestion`
    says what may have been meant.
    """
    return answer(await service.find(Database.of(request), query(request, CatalogueQuery)))
