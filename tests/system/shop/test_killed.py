"""Services are killed while customers order; `nox -s chaos -- shop` is the long form."""

from tools.chaos.shop import Trial
from tools.shop.shop import Shop

from ..conftest import Stack


async def test_orders_end_well_whatever_is_killed_and_at_whatever_step(
    shop: Shop, stack: Stack
) -> None:
    said: list[str] = []

    trial = Trial(shop, stack.data, said.append)

    verdict = await trial.hold(10, whens=["asked"])

    assert not verdict.failures, "\n".join([*said, *verdict.failures])
    assert len(verdict.crashes) == 8
    assert verdict.kills.total() >= 3
