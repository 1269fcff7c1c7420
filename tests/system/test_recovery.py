"""What happens when a part of the running stack dies: the promised answer, then recovery."""

import os
import signal

import httpx

from .conftest import Stack, eventually

PRODUCTS = "/api/v1/products"


def until(client: httpx.Client, url: str, *statuses: int) -> httpx.Response:
    """The first answer with one of these statuses."""
    return eventually(lambda: client.get(url), shows=lambda got: got.status_code in statuses)


def test_products_answer_503_while_postgresql_is_away_and_then_recover(
    stack: Stack, client: httpx.Client
) -> None:
    until(client, PRODUCTS, 200)

    os.kill(stack.postgres_pid, signal.SIGINT)
    away = until(client, PRODUCTS, 503)

    assert away.headers["content-type"] == "application/problem+json"
    assert int(away.headers["retry-after"]) > 0
    assert until(client, PRODUCTS, 200).json()["items"] is not None


def test_a_killed_registry_stops_nobody_and_learns_all_services_again(
    stack: Stack, client: httpx.Client
) -> None:
    until(client, PRODUCTS, 200)

    os.kill(stack.told["shared"]["registry"]["pid"], signal.SIGKILL)

    assert [client.get(PRODUCTS).status_code for _ in range(50)] == [200] * 50
    answer = until(client, f"{stack.registry}/services/product-service", 200)
    assert answer.json()["url"] == stack.told["services"]["product-service"]["url"]


def test_a_killed_service_is_answered_for_by_the_gateway_and_comes_back(
    stack: Stack, client: httpx.Client
) -> None:
    until(client, PRODUCTS, 200)

    os.kill(stack.told["services"]["product-service"]["pid"], signal.SIGKILL)

    away = until(client, PRODUCTS, 502, 503)
    assert away.headers["content-type"] == "application/problem+json"
    assert until(client, PRODUCTS, 200).json()["items"] is not None
