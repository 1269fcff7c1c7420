"""The page for people, in a real browser: what it shows follows what happens."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from tests.clock import Clock
from tests.conftest import TOKEN
from tests.instance.calls import register, unregister
from tests.replicas import replicas
from tests.waiting import eventually
from tests.watch.browser import Tab, browser, browsing, tab

# Of each row that can be seen: the service, and the state, address and version of the instance.
ROWS = """
[...document.querySelectorAll("tr")].filter((row) => row.checkVisibility()).map((row) => [
  row.closest("section").querySelector("h2").firstChild.data,
  ...[...row.cells].slice(0, 3).map((cell) => cell.textContent),
])
"""
ORDERS = ["orders", "healthy", "http://127.0.0.1:11", "unknown"]
USERS = ["users", "healthy", "http://127.0.0.1:12", "unknown"]


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    """Where a browser is driven."""
    async with browsing(browser()) as address:
        yield address


@pytest.fixture
async def page(address: str, client: AsyncClient) -> AsyncIterator[Tab]:
    """The page of this registry, for whoever has a token."""
    async with tab(address) as page:
        await page.open(str(client.base_url))
        await until(page, "link", "a token is needed")
        await page.ask(f"byId('token').value = '{TOKEN}'")
        await page.ask("byId('door').requestSubmit()")
        await until(page, "link", "live")
        yield page


async def until(page: Tab, id: str, text: str) -> None:
    """Wait until this is what stands there."""
    await eventually(lambda: page.ask(f"byId('{id}')?.textContent"), lambda shown: shown == text)


async def until_rows(page: Tab, *rows: list[str]) -> None:
    await eventually(lambda: page.ask(ROWS), lambda shown: shown == list(rows))


async def test_who_comes_falls_silent_and_leaves_is_seen_at_once(
    page: Tab, client: AsyncClient, clock: Clock
) -> None:
    await until(page, "empty", "No service has registered yet.")

    users = await register(client, "users", "http://127.0.0.1:12", ttl=20)
    await register(client, "orders", "http://127.0.0.1:11", ttl=10)
    await until_rows(page, ORDERS, USERS)
    clock.advance(10)
    await until_rows(page, ["orders", "unhealthy", *ORDERS[2:]], USERS)
    await until(page, "unhealthy", "1")
    await unregister(client, users)

    await until_rows(page, ["orders", "unhealthy", *ORDERS[2:]])
    await until(page, "services", "1")


async def test_what_a_service_says_of_itself_is_text(page: Tab, client: AsyncClient) -> None:
    said = "<img src=x onerror='document.title = 1'>"

    await register(client, "orders", "http://127.0.0.1:11", version=said)

    await until_rows(page, [*ORDERS[:3], said])
    assert await page.ask("document.querySelectorAll('img').length") == 0
    assert await page.ask("document.title") == "registry"


async def test_the_filter_leaves_what_has_all_its_words(page: Tab, client: AsyncClient) -> None:
    await register(client, "orders", "http://127.0.0.1:11")
    await register(client, "users", "http://127.0.0.1:12")
    await until_rows(page, ORDERS, USERS)

    await page.ask("byId('filter').value = 'user HEALTHY'; sift()")
    found = await page.ask(ROWS)
    await page.ask("byId('troubled').click()")

    assert found == [USERS]
    assert await page.ask(ROWS) == []
    assert await page.ask("byId('empty').textContent") == "Nothing fits."


async def test_a_page_whose_registry_was_away_goes_on_with_what_it_knows_then(
    address: str,
) -> None:
    async with replicas(1, {}) as [registry], tab(address) as page:
        await register(registry.client, "orders", "http://127.0.0.1:11")
        await page.open(str(registry.client.base_url))
        await until_rows(page, ORDERS)

        await registry.kill()
        await until(page, "link", "connecting again")
        left = await page.ask(ROWS)
        await registry.start()
        await register(registry.client, "users", "http://127.0.0.1:12")

        await until_rows(page, USERS)
        await until(page, "link", "live")
    assert left == [ORDERS]
