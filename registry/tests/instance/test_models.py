from datetime import UTC, datetime
from functools import reduce

import pytest

from registry.instance.models import Check, Instance, Outcome, Rules, State
from registry.instance.registration import Registration

RULES = Rules(rise=2, fall=3, lease_seconds=15, evict_seconds=90)
NOW = 1000.0


def an_instance(**said: object) -> Instance:
    registration = Registration.model_validate(
        {"name": "orders", "url": "http://127.0.0.1:9", **said}
    )
    return Instance.create(registration, b"digest", NOW, RULES)


def after_checks(outcomes: str, instance: Instance) -> Instance:
    """The instance after these checks, each letter one: p passed, f failed."""
    found = {"p": Outcome.passed, "f": Outcome.unreachable}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return reduce(
        lambda one, letter: one.checked(Check(found[letter], at), RULES), outcomes, instance
    )


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ("", State.healthy),
        ("ff", State.healthy),
        ("fff", State.unhealthy),
        ("ffpff", State.healthy),
        ("fffp", State.unhealthy),
        ("fffpp", State.healthy),
        ("fffpfp", State.unhealthy),
        ("fffppff", State.healthy),
        ("fffppfff", State.unhealthy),
    ],
)
def test_only_checks_in_a_row_turn_the_verdict(outcomes: str, state: State) -> None:
    assert after_checks(outcomes, an_instance()).state(NOW) is state


def test_a_heartbeat_does_not_outvote_the_checks() -> None:
    failing = after_checks("fff", an_instance())

    assert failing.renewed(NOW + 1).state(NOW + 1) is State.unhealthy


def test_a_check_does_not_outvote_a_missing_heartbeat() -> None:
    silent = after_checks("pp", an_instance(ttl=10))

    assert silent.state(NOW + 10) is State.unhealthy


def test_who_registers_again_is_usable_at_once() -> None:
    failing = after_checks("fff", an_instance())
    registration = Registration(name="orders", url="http://127.0.0.1:9")

    again = failing.registered_again(registration, b"another", NOW + 100, RULES)

    assert again.id == failing.id
    assert again.state(NOW + 100) is State.healthy


def test_a_lease_longer_than_the_eviction_time_is_kept() -> None:
    patient = an_instance(ttl=300)

    assert not patient.expired(NOW + 299, RULES)
    assert patient.expired(NOW + 300, RULES)
