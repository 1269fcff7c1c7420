"""The load's own parts: who comes when, what counts as late, and what the command line takes."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

import aiohttp
import pytest

from tools.load import driving
from tools.load.__main__ import main
from tools.load.arrivals import MIX, Arrival, Kind, arrivals
from tools.load.crowd import Crowd, Customer, Nobody
from tools.load.driving import Driver
from tools.load.meter import Meter, Visit, percentile
from tools.load.report import processors, routes
from tools.load.sparing import SparingDoor
from tools.shop.answers import Answer, Record, Unexpected
from tools.shop.door import Door
from tools.shop.people import Person


def coming(rate: float, seconds: float, seed: int = 1) -> Sequence[Arrival]:
    return list(arrivals(rate, seconds, random.Random(seed)))


async def answered(status: int) -> Answer:
    return Answer("GET", "/v1/products", status, {}, b"no such luck")


def customers(count: int) -> list[Customer]:
    door: Door = None  # type: ignore[assignment]  # nobody asks anything here
    return [Customer(Person(door, f"{n}@example.com", ""), "", cart="c") for n in range(count)]


def test_as_many_come_as_the_rate_says_and_in_order() -> None:
    comers = coming(100, 60)

    times = [one.at for one in comers]
    assert 5600 < len(comers) < 6400
    assert times == sorted(times)
    assert times[-1] < 60


def test_of_every_hundred_people_the_mix_is_exact() -> None:
    comers = coming(100, 60)

    assert Counter(one.kind for one in comers[100:200]) == MIX


def test_the_same_seed_brings_the_same_people() -> None:
    assert coming(50, 5) == coming(50, 5)
    assert coming(50, 5) != coming(50, 5, seed=2)


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100), (0.5, 1)])
def test_a_percentile_is_one_of_the_values(percent: float, value: int) -> None:
    assert percentile(list(range(1, 101)), percent) == value


async def test_a_first_request_counts_from_when_it_was_due() -> None:
    meter = Meter()
    visit = Visit(meter, due=0.0001)  # at the beginning of time

    await visit.ask("first", answered(200), 200)
    await visit.ask("second", answered(200), 200)

    assert meter.seconds["first"][0] > meter.seconds["second"][0]


async def test_a_wrong_status_is_counted_and_said() -> None:
    meter = Meter()

    with pytest.raises(Unexpected):
        await Visit(meter, due=1.0).ask("GET /v1/products", answered(500), 200)

    assert dict(meter.wrong) == {"GET /v1/products answered 500 no such luck": 1}
    assert routes(meter).splitlines()[1].endswith(" 1")


async def test_all_come_when_they_are_due_however_late_the_answers_are() -> None:
    everybody = asyncio.Event()
    here: list[float] = []

    async def wait_for_the_last(visit: Visit) -> None:
        here.append(0)
        if len(here) == 20:
            everybody.set()
        await everybody.wait()

    driver = Driver({Kind.browse: wait_for_the_last}, Meter())
    await driver.drive(Arrival(number / 1000, Kind.browse) for number in range(20))

    assert (driver.came, list(driver.amiss)) == (20, [])


async def test_whatever_goes_wrong_is_told() -> None:
    async def stumble(visit: Visit) -> None:
        raise KeyError("order")

    driver = Driver({Kind.checkout: stumble}, Meter())
    await driver.drive(iter([Arrival(0.0, Kind.checkout)] * 3))

    assert list(driver.amiss) == ["wrong, 3 times: checkout failed: KeyError: 'order'"]


async def test_a_shop_that_serves_nobody_is_not_overrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "MOST_AT_ONCE", 5)
    monkeypatch.setattr(driving, "_PATIENCE_SECONDS", 0.01)

    async def never(visit: Visit) -> None:
        await asyncio.Event().wait()

    driver = Driver({Kind.browse: never}, Meter())
    await driver.drive(iter([Arrival(0.0, Kind.browse)] * 100))

    assert driver.came == 5
    assert list(driver.amiss)


def test_who_is_served_is_served_by_nobody_else() -> None:
    crowd = Crowd(customers(2))

    with crowd.shopper() as first, crowd.shopper() as second:
        assert first is not second
        with pytest.raises(Nobody), crowd.shopper():
            pass


def test_who_has_ordered_shops_again_once_somebody_looked() -> None:
    crowd = Crowd(customers(1))
    with crowd.shopper() as customer:
        customer.order = "1"
    with pytest.raises(Nobody), crowd.shopper():
        pass

    with crowd.waiting() as waiting:
        assert waiting is not None
        waiting.order = ""

    with crowd.shopper() as again:
        assert again is customer


def test_a_cart_of_which_nobody_knows_what_is_in_it_is_left() -> None:
    crowd = Crowd(customers(1))

    with pytest.raises(Unexpected), crowd.shopper():
        raise Unexpected

    with crowd.shopper() as customer:
        assert customer.cart == ""


@pytest.mark.parametrize("said", ["--rate=0", "--seconds=99999", "--replicas=0", "--rate=fast"])
def test_what_makes_no_sense_is_refused(said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main([said])

    assert refused.value.code == 2
    assert said.partition("=")[0] in capsys.readouterr().err


def test_each_service_has_its_share_of_the_processors() -> None:
    shown = processors({"gateway": 1.0, "mail": 0.5}, {"gateway": 4.0, "mail": 1.5}, 10)

    assert [line.split() for line in shown.splitlines()] == [
        ["PROCESSOR", "SECONDS", "SHARE", "CORES"],
        ["gateway", "3.0", "75%", "0.30"],
        ["mail", "1.0", "25%", "0.10"],
    ]


def test_where_the_kernel_does_not_tell_the_shares_the_report_says_so() -> None:
    assert "Linux" in processors({}, {}, 10)


def test_of_all_requests_of_the_load_only_orders_are_traced() -> None:
    session: aiohttp.ClientSession = None  # type: ignore[assignment]  # nobody asks anything here
    door = SparingDoor("http://gateway", session, Record())

    assert door.traced("POST", "/v1/orders")
    assert not door.traced("GET", "/v1/orders")
