"""The parts of the client that decide, without a network: time is an argument."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from user_service.chassis.client import Answer, Call, Limits
from user_service.chassis.client.balancer import Balancer
from user_service.chassis.client.breaker import Breaker, State
from user_service.chassis.client.budget import RetryBudget
from user_service.chassis.client.call import Deadline
from user_service.chassis.client.directory import (
    Directory,
    Listed,
    Listing,
)
from user_service.chassis.client.errors import TooSlow, Unreachable
from user_service.chassis.client.outcome import retry_after
from user_service.chassis.client.retry import RetryPolicy
from user_service.chassis.client.window import SlidingWindow

GET = Call("GET", "product-service", "/v1/products")
POST = Call("POST", "product-service", "/v1/products")
POST_WITH_KEY = Call("POST", "product-service", "/v1/products", key="k-1")
PATCH = Call("PATCH", "product-service", "/v1/products/1")


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_window_forgets_what_is_older_than_its_seconds(clock: Clock) -> None:
    window = SlidingWindow(10, clock)
    window.add(total=1, marked=1)
    clock.now += 9
    window.add(total=1)
    assert (window.total, window.marked) == (2, 1)

    clock.now += 1.5

    assert (window.total, window.marked) == (1, 0)


class Broken:
    """A breaker that opened because ten attempts failed."""

    def __init__(self, clock: Clock) -> None:
        self.turns: list[State] = []
        self.breaker = Breaker(clock, self.turns.append)
        for _ in range(10):
            self.settle(failed=True)

    def settle(self, *, failed: bool | None) -> None:
        permit = self.breaker.admit()
        assert permit is not None
        self.breaker.settle(permit, failed=failed)


@pytest.fixture
def broken(clock: Clock) -> Broken:
    return Broken(clock)


def test_a_breaker_stays_closed_below_its_least_number_of_attempts(clock: Clock) -> None:
    breaker = Breaker(clock, lambda _: None)

    for _ in range(9):
        breaker.settle(breaker.admit() or 0, failed=True)

    assert breaker.state is State.closed


def test_a_breaker_stays_closed_while_less_than_half_fails(clock: Clock) -> None:
    breaker = Breaker(clock, lambda _: None)

    for failed in [True, False, False] * 20:
        breaker.settle(breaker.admit() or 0, failed=failed)

    assert breaker.state is State.closed


def test_failures_of_long_ago_open_no_breaker(clock: Clock) -> None:
    breaker = Breaker(clock, lambda _: None)
    for _ in range(9):
        breaker.settle(breaker.admit() or 0, failed=True)

    clock.now += 11
    breaker.settle(breaker.admit() or 0, failed=True)

    assert breaker.state is State.closed


def test_a_breaker_opens_when_half_of_the_attempts_fail(broken: Broken) -> None:
    assert broken.breaker.state is State.open
    assert broken.breaker.admit() is None


def test_a_breaker_admits_one_probe_after_five_seconds(broken: Broken, clock: Clock) -> None:
    clock.now += 5

    probe, another = broken.breaker.admit(), broken.breaker.admit()

    assert (probe is None, another) == (False, None)
    assert broken.breaker.state is State.half_open


def test_a_breaker_that_nobody_asks_is_not_open_for_ever(broken: Broken, clock: Clock) -> None:
    clock.now += 5

    assert broken.breaker.state is State.half_open


def test_a_probe_that_succeeds_closes_the_breaker(broken: Broken, clock: Clock) -> None:
    clock.now += 5
    broken.settle(failed=False)

    broken.settle(failed=True)

    assert broken.turns == [State.open, State.half_open, State.closed]


def test_a_probe_that_fails_opens_the_breaker_for_another_five_seconds(
    broken: Broken, clock: Clock
) -> None:
    clock.now += 5
    broken.settle(failed=True)
    clock.now += 4

    assert broken.breaker.admit() is None


def test_after_a_probe_that_was_given_up_the_next_attempt_is_the_probe(
    broken: Broken, clock: Clock
) -> None:
    clock.now += 5
    broken.settle(failed=None)

    assert broken.breaker.admit() is not None
    assert broken.breaker.admit() is None


def test_an_attempt_from_before_the_opening_decides_nothing(broken: Broken, clock: Clock) -> None:
    late = 0
    clock.now += 5
    broken.breaker.admit()

    broken.breaker.settle(late, failed=False)

    assert broken.breaker.state is State.half_open


def test_retries_are_a_few_and_a_fifth_of_the_calls(clock: Clock) -> None:
    budget = RetryBudget(clock)
    for _ in range(100):
        budget.count_call()

    allowed = sum(budget.spend() for _ in range(100))

    assert allowed == 23


def test_a_retry_budget_fills_again_with_time(clock: Clock) -> None:
    budget = RetryBudget(clock)
    spent = [budget.spend() for _ in range(4)]

    clock.now += 11

    assert spent == [True, True, True, False]
    assert budget.spend()


def the_first(instances: Sequence[str], number: int) -> list[str]:
    return list(instances[:number])


def test_of_two_instances_the_less_busy_one_is_picked(clock: Clock) -> None:
    balancer = Balancer(clock, draw=the_first)

    with balancer.using("http://a"):
        assert balancer.pick(["http://a", "http://b"], tried=()) == "http://b"
    assert balancer.pick(["http://a", "http://b"], tried=()) == "http://a"


def test_an_instance_that_was_not_tried_is_picked_first(clock: Clock) -> None:
    balancer = Balancer(clock)

    assert balancer.pick(["http://a", "http://b"], tried={"http://a"}) == "http://b"
    assert balancer.pick(["http://a"], tried={"http://a"}) == "http://a"


def test_an_instance_that_was_away_is_picked_last_for_five_seconds(clock: Clock) -> None:
    balancer = Balancer(clock, draw=the_first)
    balancer.suspect("http://a")

    suspected = balancer.pick(["http://a", "http://b"], tried=())
    clock.now += 5
    forgiven = balancer.pick(["http://a", "http://b"], tried=())

    assert (suspected, forgiven) == ("http://b", "http://a")


def answer(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer("product-service", status, named, b"")


LOST = Unreachable("product-service", sent=True)
REFUSED = Unreachable("product-service", sent=False)
SLOW = TooSlow("product-service")
POLICY = RetryPolicy(attempts=3, draw=lambda: 0.5)


@pytest.mark.parametrize("call", [GET, POST_WITH_KEY])
@pytest.mark.parametrize("outcome", [answer(503), answer(502), answer(504), LOST, REFUSED, SLOW])
def test_what_may_be_sent_twice_is_repeated_after_a_fault_that_passes(
    call: Call, outcome: Answer | Unreachable
) -> None:
    assert POLICY.pause(call, outcome, attempt=1, elsewhere=False) is not None


@pytest.mark.parametrize("call", [POST, PATCH])
@pytest.mark.parametrize("outcome", [answer(503), LOST, SLOW])
def test_what_may_have_had_an_effect_is_not_repeated(
    call: Call, outcome: Answer | Unreachable
) -> None:
    assert POLICY.pause(call, outcome, attempt=1, elsewhere=True) is None


def test_what_was_never_sent_is_repeated_whatever_it_is() -> None:
    assert POLICY.pause(POST, REFUSED, attempt=1, elsewhere=True) is not None


@pytest.mark.parametrize("status", [200, 400, 404, 409, 500])
def test_an_answer_that_will_not_change_is_the_last(status: int) -> None:
    assert POLICY.pause(GET, answer(status), attempt=1, elsewhere=True) is None


def test_the_last_attempt_is_not_repeated() -> None:
    assert POLICY.pause(GET, SLOW, attempt=3, elsewhere=True) is None


def test_the_pause_is_a_share_of_a_bound_that_doubles() -> None:
    policy = RetryPolicy(attempts=20, draw=lambda: 0.5)

    pauses = [policy.pause(GET, SLOW, attempt=n, elsewhere=False) for n in (1, 2, 3, 10)]

    assert pauses == [0.05, 0.1, 0.2, 0.5]


def test_an_instance_that_names_a_time_is_not_asked_earlier() -> None:
    busy = answer(503, retry_after="2")

    assert POLICY.pause(GET, busy, attempt=1, elsewhere=False) == 2.0
    assert POLICY.pause(GET, busy, attempt=1, elsewhere=True) == 0.05


def test_a_limit_on_requests_is_the_same_at_all_instances() -> None:
    limited = answer(429, retry_after="2")

    assert POLICY.pause(GET, limited, attempt=1, elsewhere=True) == 2.0


@pytest.mark.parametrize("said", ["", "soon", "-1", "Wed, 99 Foo", "\u0663x"])
def test_a_retry_after_that_makes_no_sense_says_nothing(said: str) -> None:
    assert retry_after(answer(503, retry_after=said)) == 0


def test_a_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)

    assert 90 < retry_after(answer(503, retry_after=later)) <= 100


def test_the_earlier_of_our_limit_and_the_callers_deadline_counts() -> None:
    own = Deadline.of(1000.0, Limits(total=5), inherited=None)
    short = Deadline.of(1000.0, Limits(total=5), inherited=1002.0)
    long = Deadline.of(1000.0, Limits(total=5), inherited=1009.0)

    assert [own.left(1000), short.left(1000), long.left(1000)] == [5, 2, 5]
    assert [own.inherited, short.inherited, long.inherited] == [False, True, False]
    assert own.left(1006) == 0


def test_limits_of_a_call_replace_those_of_the_settings() -> None:
    assert Limits(total=1).over(Limits(0.5, 2, 5)) == Limits(0.5, 2, 1)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "v1",
        "//evil",
        "/v1//x",
        "/v1/../admin",
        "/v1/%2e%2E/admin",
        "/v1/.",
        "/v1/a b",
        "/v1/a?b",
        "/v1/a#b",
        "/v1/ü",
        "/v1/%zz",
        "/v1\\x",
        "/v1/x\n",
    ],
)
def test_a_path_that_would_mean_another_place_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="quote its parts"):
        Call("GET", "product-service", path)


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/..a", "/v1/a%2Fb", "/v1/a:b@c,d"])
def test_a_path_is_sent_as_it_is_written(path: str) -> None:
    assert Call("GET", "product-service", path).target == path


def test_a_query_is_quoted() -> None:
    call = Call("GET", "product-service", "/v1", query={"q": "a&b", "id": [1, 2]})

    assert call.target == "/v1?q=a%26b&id=1&id=2"


def listing(epoch: str, **services: str) -> Listing:
    """A list in which each named service is at one place, healthy."""
    return Listing(
        epoch=epoch,
        services={name: [Listed(url=url, state="healthy")] for name, url in services.items()},
    )


def test_only_healthy_instances_are_listed(clock: Clock) -> None:
    directory = Directory(clock)
    sick = Listed(url="http://sick", state="unhealthy")

    directory.learn(Listing(services={"a": [Listed(url="http://well/", state="healthy"), sick]}))

    assert directory.instances("a") == ["http://well"]


def test_a_service_that_left_is_forgotten(clock: Clock) -> None:
    directory = Directory(clock)
    directory.learn(listing("e1", a="http://a", b="http://b"))

    directory.learn(listing("e1", a="http://a"))

    assert directory.instances("b") == ()


def test_a_registry_that_lost_its_memory_makes_no_service_forgotten(clock: Clock) -> None:
    directory = Directory(clock)
    directory.learn(listing("e1", a="http://a", b="http://b"))

    directory.learn(listing("e2", a="http://new"))
    directory.learn(listing("e2", a="http://new"))

    assert (directory.instances("a"), directory.instances("b")) == (["http://new"], ["http://b"])


def test_what_a_registry_without_memory_did_not_list_again_is_forgotten_after_a_minute(
    clock: Clock,
) -> None:
    directory = Directory(clock)
    directory.learn(listing("e1", b="http://b"))
    directory.learn(listing("e2"))

    clock.now += 61
    directory.learn(listing("e2"))

    assert directory.instances("b") == ()
