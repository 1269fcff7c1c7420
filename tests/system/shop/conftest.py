"""The shop of the running stack; whatever a test does to it, in the end I1 to I8 hold."""

from collections.abc import AsyncIterator

import pytest

from dev.passwords import Passwords
from tools.shop.invariants import broken
from tools.shop.shop import Shop, visiting
from tools.shop.spans import Spans

from ..conftest import Stack


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def shop(stack: Stack, spans: Spans) -> AsyncIterator[Shop]:
    """A visit; the test fails if anything that must always be true is not true after it."""
    async with visiting(stack.description, spans) as shop:
        yield shop
        found = await broken(shop)
    assert not found, "\n".join(found)


@pytest.fixture
def webhook_secret(stack: Stack) -> str:
    """With what the provider signs."""
    return Passwords.kept_in(stack.data).of("payments-webhook")
