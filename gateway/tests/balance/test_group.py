"""Which instance is chosen, and which are left alone: time and chance in the hands of the test."""

from random import Random

import pytest

from gateway.balance.endpoint import FAILURES_IN_A_ROW, Endpoint, Member
from gateway.balance.group import Group
from gateway.balance.service import FEWEST, OPEN_SECONDS, RETRY_RESERVE, Service


def endpoints(*weights: int) -> list[Endpoint]:
    """An instance of each weight."""
    return [
        Endpoint(Member(f"orders-{number}", f"http://127.0.0.1:{9000 + number}", weight))
        for number, weight in enumerate(weights)
    ]


def group(*instances: Endpoint, hash_by: bytes = b"") -> Group:
    return Group(Service("orders"), instances, hash_by=hash_by, chance=Random(7).random)


def fail(among: Group, endpoint: Endpoint, now: float) -> None:
    """As often as it takes."""
    for _ in range(FAILURES_IN_A_ROW):
        among.settle(endpoint, now, failed=True)


def test_of_two_that_are_drawn_the_one_with_less_under_way_is_chosen() -> None:
    busy, idle = endpoints(1, 1)
    busy.in_flight = 1

    assert {group(busy, idle).choose(0) for _ in range(50)} == {idle}


def test_of_three_the_busiest_is_never_chosen() -> None:
    busy, *others = endpoints(1, 1, 1)
    busy.in_flight = 9
    among = group(busy, *others)

    assert {among.choose(0) for _ in range(200)} == {*others}


def test_an_instance_gets_as_much_as_it_weighs() -> None:
    light, heavy = endpoints(1, 3)
    among = group(light, heavy)

    for _ in range(400):
        chosen = among.choose(0)
        assert chosen is not None
        chosen.in_flight += 1

    assert heavy.in_flight == pytest.approx(300, abs=20)


@pytest.mark.parametrize(("instances", "most"), [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2)])
def test_at_most_half_of_all_instances_are_ejected(instances: int, most: int) -> None:
    some = endpoints(*[1] * instances)
    among = group(*some)

    for one in some:
        fail(among, one, 10.0)

    assert sum(one.ejected_until > 10 for one in some) == most


def test_an_ejected_instance_is_chosen_only_where_there_is_no_other() -> None:
    ill, well = endpoints(1, 1)
    among = group(ill, well)

    fail(among, ill, 10.0)

    assert {among.choose(11) for _ in range(50)} == {well}
    assert among.choose(11, tried=[well]) is ill


def test_each_ejection_is_twice_as_long_until_something_succeeds() -> None:
    [ill] = endpoints(1)
    seconds = []
    for _ in range(6):
        ill.eject(0)
        seconds.append(ill.ejected_until)

    ill.succeeded()
    ill.eject(0)

    assert seconds == [5, 10, 20, 40, 60, 60]
    assert ill.ejected_until == 5


def test_an_instance_that_comes_back_and_fails_once_is_ejected_again() -> None:
    ill, well = endpoints(1, 1)
    among = group(ill, well)
    fail(among, ill, 10.0)

    among.settle(ill, 16.0, failed=True)

    assert ill.ejected_until == 26


def test_an_instance_that_goes_takes_nothing_but_its_own_keys_along() -> None:
    first, second, third = endpoints(1, 1, 1)
    all_of_them, without = group(first, second, third), group(first, second)
    keys = [str(number).encode() for number in range(200)]

    before = {key: all_of_them.choose(0, key=key) for key in keys}

    moved = {before[key] for key in keys if without.choose(0, key=key) is not before[key]}
    assert moved == {third}
    assert {*before.values()} == {first, second, third}


def test_after_its_time_the_circuit_lets_one_request_try() -> None:
    service = Service("orders")
    for _ in range(FEWEST):
        service.settle(10.0, failed=True)
    tried = 10 + OPEN_SECONDS

    assert not service.admits(tried - 0.1)
    assert service.admits(tried)
    assert not service.admits(tried)
    service.settle(tried, failed=False)
    assert service.admits(tried)


def test_a_fifth_of_the_requests_may_be_repeated_and_always_a_few() -> None:
    service = Service("orders")
    for _ in range(100):
        service.settle(10.0, failed=False)

    repeated = [service.may_repeat(10.0) for _ in range(100)]

    assert sum(repeated) == RETRY_RESERVE + 20
    assert Service("users").may_repeat(10.0)
