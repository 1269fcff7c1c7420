import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from nexios.http import Request, Response
from nexios.http.response import BaseResponse
from nexios.types import Receive, Scope, Send

from order_service.chassis.application import Application, Blueprint
from order_service.chassis.features import BLUEPRINT
from order_service.chassis.routing import Router
from order_service.chassis.wire import Joined

from .fixtures_service import client_for


class Noted(asyncio.Transport):
    """A transport that notes what leaves, and in how many writes."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[bytes] = []
        self.closing = False

    def write(self, data: Any) -> None:
        self.notes.append(data)

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.notes.append(b"".join(list_of_data))

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True
        self.notes.append(b"closed")


class Halting(BaseResponse):
    """An answer whose body waits until it is released."""

    def __init__(self, released: asyncio.Event) -> None:
        super().__init__()
        self._released = released

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._released.wait()
        await send({"type": "http.response.body", "body": b"late"})


@pytest.fixture
def transport() -> Noted:
    return Noted()


@pytest.fixture
async def joined(transport: Noted) -> Joined:
    return Joined(transport, asyncio.get_running_loop())


async def test_a_head_and_its_body_leave_by_one_write(joined: Joined, transport: Noted) -> None:
    joined.write(b"head")
    joined.write(b"body")
    await asyncio.sleep(0)

    assert transport.notes == [b"headbody"]


async def test_a_write_alone_leaves_at_the_end_of_its_turn(
    joined: Joined, transport: Noted
) -> None:
    joined.write(b"head")
    await asyncio.sleep(0)
    joined.write(b"body")
    await asyncio.sleep(0)

    assert transport.notes == [b"head", b"body"]


async def test_what_is_held_back_leaves_before_the_connection_closes(
    joined: Joined, transport: Noted
) -> None:
    joined.write(b"bad request")
    joined.close()
    await asyncio.sleep(0)

    assert transport.notes == [b"bad request", b"closed"]


async def test_nothing_is_written_to_a_connection_that_is_gone(
    joined: Joined, transport: Noted
) -> None:
    joined.write(b"head")
    transport.close()
    await asyncio.sleep(0)

    assert transport.notes == [b"closed"]


async def test_a_caller_has_the_head_while_the_body_is_made(
    bare_environment: pytest.MonkeyPatch,
) -> None:
    released = asyncio.Event()
    app = Application(Blueprint(BLUEPRINT.name, "test", []))
    router = Router()

    @router.get("/halting")
    async def halting(request: Request, response: Response) -> Any:
        return Halting(released)

    app.include(router)

    async with client_for(app) as client, client.stream("GET", "/halting") as answer:
        assert answer.status_code == 200
        released.set()
        assert await answer.aread() == b"late"
