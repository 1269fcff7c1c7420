"""The HTTP face of templates: read the request, call the use case, answer."""

from __future__ import annotations

from nexios.http import Request, Response

from ..chassis.database import Database
from ..chassis.errors import DeadlineExceeded, InvalidCursor, NotFound, Unavailable
from ..chassis.http import Reply, answer, body, query
from ..chassis.paging import Page, PageQuery
from ..chassis.policy import Principal, roles
from ..chassis.routing import Router
from . import service
from .models import Letter, PreviewInput, Template, TemplateError, TemplateInput

router = Router(
    prefix="/v1/templates",
    tags=["templates"],
    policy=roles("admin"),
    errors=[Unavailable, DeadlineExceeded],
)


@router.get("", query_model=PageQuery, responses={200: Page[Template]}, errors=[InvalidCursor])
async def list_page(request: Request, response: Response) -> Reply:
    """List the versions in use, a page at a time, by key and language."""
    return answer(await service.list_page(Database.of(request), query(request, PageQuery)))


@router.put(
    "/{key}",
    request_model=TemplateInput,
    responses={201: Template},
    errors=[TemplateError, NotFound],
)
async def change(request: Request, response: Response, key: str) -> Reply:
    """Make the next version; it is used from now on, and the former ones are kept."""
    said = await body(request, TemplateInput)
    by = Principal.of(request).sub
    return answer(await service.change(Database.of(request), key, said, by=by), 201)


@router.post(
    "/{key}/preview",
    request_model=PreviewInput,
    responses={200: Letter},
    errors=[TemplateError, NotFound],
)
async def preview(request: Request, response: Response, key: str) -> Reply:
    """Show what a mail would be, with an example's data; nothing is kept."""
    said = await body(request, PreviewInput)
    return answer(await service.preview(Database.of(request), key, said))
