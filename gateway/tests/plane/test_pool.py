"""The connections that wait for the next request: for how long, how many, and which are no more."""

import socket
from collections.abc import Iterator
from time import monotonic

import pytest
from uvicorn import Config

from gateway.balance.endpoint import Endpoint
from gateway.plane.pool import KEEP_ALIVE_SECONDS, MOST_IDLE, Pool
from gateway.plane.upstream import Upstream

from tests.plane.doors import application, member


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener


@pytest.fixture
def endpoint(listener: socket.socket) -> Endpoint:
    return Endpoint(member(listener.getsockname()[1]))


async def test_what_only_the_kernel_knows_to_be_closed_is_not_taken_by_who_must_be_sure(
    listener: socket.socket, endpoint: Endpoint
) -> None:
    pool = Pool()
    upstream = await pool.connect(endpoint)
    pool.keep(upstream, monotonic())
    accepted, _ = listener.accept()

    accepted.close()  # of which the event loop hears only when it has its turn

    assert pool.take(endpoint, surely=True) is None


async def test_what_was_not_used_for_some_seconds_is_closed(
    listener: socket.socket, endpoint: Endpoint
) -> None:
    pool = Pool()
    old, young = await pool.connect(endpoint), await pool.connect(endpoint)
    pool.keep(old, 10.0)
    pool.keep(young, 12.0)

    pool.check(10.0 + KEEP_ALIVE_SECONDS)

    assert pool.take(endpoint, surely=False) is young
    assert pool.take(endpoint, surely=False) is None
    young.abort()


def test_a_connection_is_given_up_before_uvicorn_closes_it() -> None:
    assert Config(application).timeout_keep_alive > KEEP_ALIVE_SECONDS


def test_only_so_many_wait_at_one_instance(endpoint: Endpoint) -> None:
    pool = Pool()
    for _ in range(MOST_IDLE + 9):
        pool.keep(Upstream(endpoint), 10.0)

    waiting = iter(lambda: pool.take(endpoint, surely=False), None)

    assert len(list(waiting)) == MOST_IDLE
