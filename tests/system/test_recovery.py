"""What happens when a part of the running stack dies: the promised answer, then recovery."""

import os
import signal

import httpx

from .conftest import Stack, eventually

PRODUCTS = "/api/v1/products"


def until(client: httpx.Client, url: str, *statuses: int) -> httpx.Response:
    """The first answer with one of these statuses."""
    return eventually(lambda: client.get(url), shows=lambda got: got.status_code in statuses)


def kill(stack: Stack, kind: str, name: str) -> int:
    """Which process was killed."""
    pid = int(stack.told[kind][name]["pid"])
    os.kill(pid, signal.SIGKILL)
    return pid


def until_replaced(stack: Stack, kind: str, name: str, pid: int) -> None:
    """It serves a little before the stack tells which process it is now."""
    eventually(lambda: stack.told[kind][name]["pid"], shows=lambda now: now not in (None, pid))


def test_products_answer_503_while_postgresql_is_away_and_then_recover(
    stack: Stack, client: httpx.Client
) -> None:
    until(client, PRODUCTS, 200)

    os.kill(stack.postgres_pid, signal.SIGINT)
    away = until(client, PRODUCTS, 503)

    assert away.headers["content-type"] == "application/problem+json"
    assert int(away.headers["retry-after"]) > 0
    assert until(client, PRODUCTS, 200).json()["items"] is not None


def test_a_killed_registry_stops_nobody_and_still_knows_all_services(
    stack: Stack, client: httpx.Client
) -> None:
    until(client, PRODUCTS, 200)
    epoch = httpx.get(f"{stack.registry}/services").json()["epoch"]

    pid = kill(stack, "shared", "registry")

    assert [client.get(PRODUCTS).status_code for _ in range(50)] == [200] * 50
    known = until(client, f"{stack.registry}/services", 200).json()
    assert set(known["services"]) >= set(stack.told["services"])
    assert known["epoch"] == epoch
    until_replaced(stack, "shared", "registry", pid)


def test_a_gateway_and_a_registry_that_are_killed_together_forget_no_route(
    stack: Stack, client: httpx.Client
) -> None:
    until(client, PRODUCTS, 200)

    pids = {name: kill(stack, "shared", name) for name in ("registry", "gateway")}

    first = eventually(lambda: client.get(PRODUCTS), shows=lambda got: True)
    assert first.status_code in (200, 503)
    assert until(client, PRODUCTS, 200).json()["items"] is not None
    for name, pid in pids.items():
        until_replaced(stack, "shared", name, pid)


def test_a_killed_service_is_answered_for_by_the_gateway_and_comes_back(
    stack: Stack, client: httpx.Client
) -> None:
    until(client, PRODUCTS, 200)

    pid = kill(stack, "services", "product-service")

    away = until(client, PRODUCTS, 502, 503)
    assert away.headers["content-type"] == "application/problem+json"
    assert until(client, PRODUCTS, 200).json()["items"] is not None
    until_replaced(stack, "services", "product-service", pid)
