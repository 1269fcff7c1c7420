from typing import Any

import pytest
from httpx import AsyncClient
from nexios.http import Request, Response
from pydantic import BaseModel

from order_service.chassis.etags import IfMatch, etag, tagged
from order_service.chassis.http import nothing
from order_service.chassis.routing import Router

from .fixtures_service import ClientOf


class Note(BaseModel):
    version: int


@pytest.fixture
async def client(client_of: ClientOf) -> AsyncClient:
    """A client of a note at version 3."""
    router = Router(prefix="/note")

    @router.get("")
    async def read(request: Request, response: Response) -> Any:
        return tagged(request, Note(version=3), etag(3))

    @router.patch("")
    async def change(request: Request, response: Response) -> Any:
        IfMatch.of(request).check(3)
        return tagged(request, Note(version=4), etag(4))

    @router.delete("")
    async def remove(request: Request, response: Response) -> Any:
        IfMatch.if_sent(request).check(3)
        return nothing()

    return await client_of(router)


async def test_what_is_read_carries_the_strong_tag_of_its_version(client: AsyncClient) -> None:
    assert (await client.get("/note")).headers["etag"] == '"v3"'


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("sent", ['"v3"', 'W/"v3"', '"v2", "v3"', '"a,b","v3"', "*"])
async def test_who_has_the_version_is_told_that_nothing_changed(
    client: AsyncClient, method: str, sent: str
) -> None:
    unchanged = await client.request(method, "/note", headers={"if-none-match": sent})

    assert unchanged.status_code == 304
    assert unchanged.headers["etag"] == '"v3"'
    assert unchanged.content == b""


@pytest.mark.parametrize("sent", ['"v2"', "v3", '"v33"', ""])
async def test_who_has_another_version_gets_this_one(client: AsyncClient, sent: str) -> None:
    read = await client.get("/note", headers={"if-none-match": sent})

    assert read.status_code == 200


async def test_several_lines_of_a_header_are_one_list(client: AsyncClient) -> None:
    lines = [("if-none-match", '"v1"'), ("if-none-match", '"v3"')]

    assert (await client.get("/note", headers=lines)).status_code == 304


async def test_a_change_without_if_match_is_refused(client: AsyncClient) -> None:
    refused = await client.patch("/note")

    assert refused.status_code == 428
    assert refused.json()["code"] == "if-match-required"


@pytest.mark.parametrize("sent", ['"v3"', '"v1", "v3"', "*"])
async def test_a_change_of_the_version_that_was_read_is_made(
    client: AsyncClient, sent: str
) -> None:
    changed = await client.patch("/note", headers={"if-match": sent})

    assert changed.status_code == 200
    assert changed.headers["etag"] == '"v4"'


@pytest.mark.parametrize("sent", ['"v2"', 'W/"v3"', "v3", ""])
async def test_a_change_of_another_version_is_refused_and_told_the_present_one(
    client: AsyncClient, sent: str
) -> None:
    refused = await client.patch("/note", headers={"if-match": sent})

    assert refused.status_code == 412
    assert refused.json()["code"] == "version-mismatch"
    assert refused.headers["etag"] == '"v3"'


async def test_a_removal_needs_no_if_match_but_heeds_it(client: AsyncClient) -> None:
    assert (await client.delete("/note", headers={"if-match": '"v2"'})).status_code == 412
    assert (await client.delete("/note")).status_code == 204
