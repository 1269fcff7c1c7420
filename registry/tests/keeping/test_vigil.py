from functools import reduce

import pytest

from registry.instance.models import Instance
from registry.instance.registration import Registration
from registry.keeping.vigil import Rules, Streak, Vigil

RULES = Rules(rise=2, fall=3, evict_seconds=90)
NOW = 1000.0


def an_instance(ttl: float = 15) -> Instance:
    registration = Registration(name="orders", url="http://127.0.0.1:9")
    return Instance.create(registration, registration.url, "127.0.0.1", b"digest", ttl)


@pytest.mark.parametrize(
    ("outcomes", "passing"),
    [
        ("", True),
        ("ff", True),
        ("fff", False),
        ("ffpff", True),
        ("fffp", False),
        ("fffpp", True),
        ("fffpfp", False),
        ("fffppff", True),
        ("fffppfff", False),
    ],
)
def test_only_checks_in_a_row_turn_the_verdict(outcomes: str, passing: bool) -> None:
    streak = reduce(lambda one, letter: one.after(letter == "p", RULES), outcomes, Streak())

    assert streak.passing is passing


def test_a_lease_longer_than_the_eviction_time_is_kept() -> None:
    vigil, patient = Vigil(RULES), an_instance(ttl=300)
    vigil.came(patient, NOW)

    assert vigil.overdue(NOW + 299) == []
    assert vigil.overdue(NOW + 300) == [patient.id]


def test_a_heartbeat_puts_off_both_clocks() -> None:
    vigil, instance = Vigil(RULES), an_instance(ttl=15)
    vigil.came(instance, NOW)

    vigil.heard(instance, NOW + 10)

    assert list(vigil.fallen_silent(NOW + 24)) == []
    assert list(vigil.fallen_silent(NOW + 25)) == [instance.id]
    assert vigil.overdue(NOW + 99) == []
    assert vigil.overdue(NOW + 100) == [instance.id]


@pytest.mark.parametrize(
    ("silent", "known", "preserving"),
    [(4, 4, False), (2, 5, False), (3, 5, True), (5, 10, False), (6, 10, True)],
)
def test_nobody_is_forgotten_while_more_than_half_of_five_or_more_are_silent(
    silent: int, known: int, preserving: bool
) -> None:
    assert Vigil(RULES).preserving(silent, known, NOW) is preserving


def test_who_was_evicted_a_moment_ago_counts_as_silent() -> None:
    vigil = Vigil(RULES)
    for _ in range(4):
        vigil.evicted(NOW)

    assert vigil.preserving(2, 6, NOW + 89)
    assert not vigil.preserving(2, 6, NOW + 90)
