"""The HTTP face of what changes."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

from nexios.http import Request, Response

from ..chassis.http import Reply, query
from ..chassis.policy import AUTHENTICATED, PUBLIC
from ..chassis.routing import Router
from ..instance.answers import Listing
from ..instance.desk import Desk
from .frames import listing
from .query import ListQuery, WatchQuery
from .stream import EventStream
from .watchers import Watchers

router = Router(tags=["registry"], policy=AUTHENTICATED)

_PAGE: Final = Path(__file__).with_name("page.html").read_bytes()


def _hashes(tag: str) -> str:
    """The hashes of what the page has inline, as a browser wants them named."""
    inline = re.findall(rf"<{tag}>(.*?)</{tag}>".encode(), _PAGE, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(one).digest()).decode() for one in inline)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


_PAGE_HEADERS: Final = {
    "cache-control": "no-cache",
    "content-security-policy": (
        f"default-src 'none'; style-src {_hashes('style')}; script-src {_hashes('script')}; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
}


@router.get("/services", query_model=ListQuery, responses={200: Listing}, quiet=True)
async def list_services(request: Request, response: Response) -> Reply:
    """All services, with every instance and its state.

    With `index`, a revision, the answer comes when there is another one, or after `wait`.
    """
    said = query(request, ListQuery)
    if said.index is not None:
        await Watchers.of(request).wait(said.index, said.seconds)
    _, document = await listing(Desk.of(request).view)
    return Reply(document)


@router.get("/watch", exclude_from_schema=True)
async def watch(request: Request, response: Response) -> EventStream:
    """Server-Sent Events: a snapshot, then every change; resumed by `Last-Event-ID`."""
    said = query(request, WatchQuery)
    last = request.headers.get("last-event-id") or ""
    return EventStream(Watchers.of(request).watch(last, with_checks=said.checks))


@router.get("/", policy=PUBLIC, exclude_from_schema=True)
async def page(request: Request, response: Response) -> Reply:
    """The page for people, which watches."""
    return Reply(_PAGE, content_type="text/html; charset=utf-8", headers=_PAGE_HEADERS)
