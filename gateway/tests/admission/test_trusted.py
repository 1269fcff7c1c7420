"""What a proxy in front says of its clients is believed only where the settings name it."""

import pytest
from httpx import AsyncClient

from tests.fixtures import Serve
from tests.upstreams import Upstream

SAID = {
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "shop.example",
}


async def asked(client: AsyncClient, orders: Upstream, **said: str) -> dict[str, str | None]:
    """What the service is told after a client said this."""
    headers = {name.replace("_", "-"): value for name, value in said.items()}
    assert (await client.get("/api/v1/orders", headers=headers)).status_code == 200
    return {name: orders.seen[-1].header(name) for name in SAID}


async def test_a_stranger_is_the_client_itself_whatever_it_says(
    orders: Upstream, serve: Serve
) -> None:
    client = await serve()

    told = await asked(client, orders, **SAID, forwarded="for=203.0.113.9", x_real_ip="203.0.113.9")

    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "http"
    assert told["x-forwarded-host"] != "shop.example"
    assert orders.seen[-1].header("forwarded") is None
    assert orders.seen[-1].header("x-real-ip") is None


async def test_a_trusted_proxy_speaks_for_its_client(orders: Upstream, serve: Serve) -> None:
    client = await serve(TRUSTED_PROXIES="127.0.0.0/8")

    told = await asked(client, orders, **SAID)

    assert told == {
        "x-forwarded-for": "203.0.113.9, 127.0.0.1",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "shop.example",
    }


async def test_even_a_trusted_proxy_does_not_say_who_the_user_is(
    orders: Upstream, serve: Serve
) -> None:
    client = await serve(TRUSTED_PROXIES="127.0.0.0/8")

    await asked(client, orders, x_user_id="root", x_user_roles="admin", forwarded="for=1.2.3.4")

    for name in ("x-user-id", "x-user-roles", "forwarded"):
        assert orders.seen[-1].header(name) is None


@pytest.mark.parametrize(
    ("chain", "believed"),
    [
        ("6.6.6.6, 203.0.113.9", "203.0.113.9"),  # what its client had said before stays hearsay
        ("203.0.113.9, 127.0.0.7", "203.0.113.9"),  # two proxies of ours, one behind the other
        ("nonsense, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, nonsense", "127.0.0.1"),
    ],
)
async def test_clients_behind_a_trusted_proxy_are_counted_one_by_one(
    orders: Upstream, serve: Serve, chain: str, believed: str
) -> None:
    client = await serve(TRUSTED_PROXIES="127.0.0.0/8", LIMIT_READ="1/h/ip")
    first = await client.get("/api/v1/orders", headers={"x-forwarded-for": chain})

    same = await client.get("/api/v1/orders", headers={"x-forwarded-for": believed})
    other = await client.get("/api/v1/orders", headers={"x-forwarded-for": "203.0.113.10"})

    assert [one.status_code for one in (first, same, other)] == [200, 429, 200]


async def test_a_stranger_cannot_pass_its_limit_by_other_names(
    orders: Upstream, serve: Serve
) -> None:
    client = await serve(LIMIT_READ="1/h/ip")
    answers = [
        await client.get("/api/v1/orders", headers={"x-forwarded-for": f"203.0.113.{last}"})
        for last in (1, 2)
    ]

    assert [one.status_code for one in answers] == [200, 429]
