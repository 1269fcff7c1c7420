"""The registry's calls, as a service makes them."""

from typing import Any

from httpx import AsyncClient, Response

Document = dict[str, Any]  # Any: a JSON document

NOWHERE = "http://127.0.0.1:9"


async def register(
    client: AsyncClient, name: str = "orders", url: str = NOWHERE, **said: object
) -> Document:
    """Register an instance, by default one that no check can reach; its lease."""
    answered = await client.post("/register", json={"name": name, "url": url, **said})
    assert answered.status_code in (200, 201), answered.text
    lease: Document = answered.json()
    return lease


async def renew(client: AsyncClient, lease: Document, **said: object) -> Response:
    secret = {"lease_secret": lease["lease_secret"], **said}
    return await client.put(f"/leases/{lease['instance_id']}", json=secret)


async def unregister(client: AsyncClient, lease: Document, **said: object) -> Response:
    names = {name: lease[name] for name in ("instance_id", "lease_secret")}
    return await client.post("/unregister", json={**names, **said})


async def services(client: AsyncClient) -> dict[str, list[Document]]:
    listed: dict[str, list[Document]] = (await client.get("/services")).json()["services"]
    return listed


async def revision(client: AsyncClient) -> int:
    number: int = (await client.get("/services")).json()["revision"]
    return number


async def only_instance(client: AsyncClient) -> Document:
    """The instance, where there is but one."""
    [[instance]] = (await services(client)).values()
    return instance
