from collections import Counter
from contextlib import ExitStack
from random import Random

from gateway.proxy.balancer import Balancer
from gateway.routing.table import Instance

A, B, C = (Instance(name, f"http://{name}") for name in "abc")


def test_of_nobody_nobody_is_chosen() -> None:
    assert Balancer().choose([]) is None


def test_the_only_one_is_chosen() -> None:
    assert Balancer().choose([A]) is A


def test_of_two_the_one_with_less_in_flight_is_chosen() -> None:
    balancer = Balancer()

    with balancer.carrying(A):
        assert {balancer.choose([A, B]) for _ in range(20)} == {B}


def test_what_is_done_is_in_flight_no_more() -> None:
    balancer = Balancer(Random(7))
    with balancer.carrying(A):
        pass

    assert {balancer.choose([A, B]) for _ in range(50)} == {A, B}


def test_requests_that_stay_are_spread_over_all() -> None:
    balancer = Balancer(Random(7))
    carried: Counter[str] = Counter()

    with ExitStack() as stack:
        for _ in range(90):
            chosen = balancer.choose([A, B, C])
            assert chosen is not None
            stack.enter_context(balancer.carrying(chosen))
            carried[chosen.id] += 1

    assert min(carried.values()) >= 27
