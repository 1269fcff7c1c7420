"""Events over HTTP: the AsyncAPI document for everybody, lag and dead letters for operators.

Operators need the role admin; without `auth` their routes exist in development only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Annotated

from nexios.http import Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from ..application import Application
from ..errors import NotFound, Unavailable
from ..http import Reply, answer, body
from ..policy import PUBLIC, roles
from ..routing import Router
from ..settings import ServiceSettings
from .asyncapi import document
from .delivery import TransportAway
from .engine import Events
from .letters import Letters

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Named(BaseModel):
    """Dead letters to work on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: list[Name] = Field(min_length=1, max_length=1000)


def add_routes(app: Application) -> None:
    """Answer what this service is asked about its events."""
    app.include(_document(app))
    if app.authenticator is not None:
        app.include(_operators(app, Router(prefix="/_events", policy=roles("admin"))))
    elif app.settings(ServiceSettings).in_development:
        app.include(_operators(app, Router(prefix="/_events", policy=PUBLIC)))


def _document(app: Application) -> Router:
    router = Router(policy=PUBLIC)

    @cache
    def made() -> bytes:
        return to_json(document(app, app.resource(Events).subscriptions))

    @router.get("/asyncapi.json", exclude_from_schema=True)
    async def asyncapi(request: Request, response: Response) -> Reply:
        return Reply(made(), headers={"cache-control": "no-cache"})

    return router


def _operators(app: Application, router: Router) -> Router:
    @router.get("/lag", exclude_from_schema=True)
    async def lag(request: Request, response: Response) -> Reply:
        with _answered():
            return answer(await app.resource(Events).operations.lag())

    @router.get("/outbox", exclude_from_schema=True)
    async def outbox(request: Request, response: Response) -> Reply:
        return answer(await app.resource(Events).operations.outbox())

    @router.get("/dead-letters", exclude_from_schema=True)
    async def list_letters(request: Request, response: Response) -> Reply:
        with _answered():
            return answer(await _letters(app).first())

    @router.get("/dead-letters/{name:path}", exclude_from_schema=True)
    async def show(request: Request, response: Response, name: str) -> Reply:
        with _answered():
            return answer(await _letters(app).get(name))

    @router.post("/dead-letters/reveal", exclude_from_schema=True)
    async def reveal(request: Request, response: Response) -> Reply:
        said = await body(request, Named)
        with _answered():
            return answer([await _letters(app).reveal(name) for name in said.names])

    @router.post("/dead-letters/replay", exclude_from_schema=True)
    async def replay(request: Request, response: Response) -> Reply:
        said = await body(request, Named)
        with _answered():
            return answer({"replayed": await _letters(app).replay(said.names)})

    @router.post("/dead-letters/purge", exclude_from_schema=True)
    async def purge(request: Request, response: Response) -> Reply:
        said = await body(request, Named)
        with _answered():
            return answer({"purged": await _letters(app).purge(said.names)})

    return router


def _letters(app: Application) -> Letters:
    return Letters(app.resource(Events).operations)


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except TransportAway as error:
        raise Unavailable("what carries the events does not answer; try again") from error
    except ValueError as error:  # a name that leads to no dead letter
        raise NotFound(str(error)) from error
