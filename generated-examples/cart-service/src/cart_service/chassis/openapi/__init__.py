"""What the service can be asked: `/openapi.json` (OpenAPI 3.1), and `/docs` for people.

Both are made from the routes and their models, so they change with the code.  The page loads
nothing from other hosts.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Final

from nexios.http import Request, Response

from ..application import Application
from ..etags import has
from ..http import Reply
from ..policy import PUBLIC
from ..routing import Router
from ..settings import Settings
from ..signatures import Handler
from .document import Document

SETTINGS: Final[tuple[type[Settings], ...]] = ()

_FOLDER: Final = Path(__file__).parent
_FILES: Final = {
    "/docs": "page.html",
    "/docs/page.css": "page.css",
    "/docs/page.js": "page.js",
    "/docs/call.js": "call.js",
    "/docs/element.js": "element.js",
    "/docs/schema.js": "schema.js",
}
_TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def install(app: Application) -> None:
    router = Router(policy=PUBLIC)
    document = Document(app)

    @router.get("/openapi.json", exclude_from_schema=True)
    async def openapi(request: Request, response: Response) -> Reply:
        described = app.document() if app.document else document.json
        return _kept(request, described, "application/json")

    for path, name in _FILES.items():
        router.get(path, _file(name), exclude_from_schema=True)
    app.include(router)


def _file(name: str) -> Handler:
    """A handler that answers with this file of the package."""
    content = (_FOLDER / name).read_bytes()
    content_type = f"{_TYPES[Path(name).suffix]}; charset=utf-8"

    async def file(request: Request, response: Response) -> Reply:
        return _kept(request, content, content_type)

    return file


def _kept(request: Request, content: bytes, content_type: str) -> Reply:
    """An answer that a browser keeps, and asks whether it is still the same."""
    tag = f'"{blake2b(content, digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if has(request, tag):
        return Reply(status=304, headers=headers)
    headers["content-security-policy"] = _CONTENT_SECURITY_POLICY
    return Reply(content, content_type=content_type, headers=headers)
