"""The parts of the engine alone: who works off lanes, what ends a handler, what is counted."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from product_service.chassis.events.delivery import Delivery
from product_service.chassis.events.hands import Hands, Lane
from product_service.chassis.events.overtime import Overtime, Watched
from product_service.chassis.events.steps import begun
from product_service.chassis.events.tallies import Tallies

from .fixtures_events import until


def lanes(count: int) -> list[Lane]:
    """So many, with one entry each."""
    return [[Delivery(b"%d" % number, {})] for number in range(count)]


async def test_handlers_that_do_not_wait_need_no_task_for_each_lane() -> None:
    workers: list[object] = []

    async def work_off(lane: Lane) -> None:
        lane.pop(0)
        workers.append(asyncio.current_task())

    hands = Hands(work_off)
    for lane in lanes(10):
        hands.add(lane)
    hands.begin()

    await until(lambda: len(workers) == 10)
    assert len(set(workers)) < 10  # or a few: a turn may end while the machine is busy


async def test_a_handler_that_waits_holds_up_no_other_lane() -> None:
    gate, waiting = asyncio.Event(), 0

    async def work_off(lane: Lane) -> None:
        nonlocal waiting
        waiting += 1
        await gate.wait()
        lane.pop(0)

    hands, added = Hands(work_off), lanes(40)
    for lane in added:
        hands.add(lane)
    hands.begin()

    await until(lambda: waiting == 40)
    gate.set()
    await until(lambda: not any(added))


async def test_however_many_lanes_there_are_only_so_many_are_worked_off_at_once() -> None:
    gate, waiting = asyncio.Event(), 0

    async def work_off(lane: Lane) -> None:
        nonlocal waiting
        waiting += 1
        await gate.wait()
        lane.pop(0)

    hands, added = Hands(work_off), lanes(200)
    for lane in added:
        hands.add(lane)
    hands.begin()

    await until(lambda: waiting == 64)
    for _ in range(100):
        await asyncio.sleep(0)
    assert waiting == 64

    gate.set()
    await until(lambda: not any(added))


async def test_a_lane_that_is_not_empty_is_worked_off_further() -> None:
    lane: Lane = [Delivery(b"%d" % number, {}) for number in range(3)]
    order: list[bytes] = []

    async def work_off(lane: Lane) -> None:
        order.append(lane.pop(0).id)

    hands = Hands(work_off)
    hands.add(lane)
    hands.begin()

    await until(lambda: order == [b"0", b"1", b"2"])


async def test_hands_that_are_stopped_have_ended_what_was_under_way() -> None:
    ended = asyncio.Event()

    async def work_off(lane: Lane) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    hands = Hands(work_off)
    hands.add(lanes(1)[0])
    hands.begin()
    await asyncio.sleep(0)

    await hands.stop()

    assert ended.is_set()


def test_what_need_not_wait_is_done_in_its_first_step() -> None:
    done = []

    async def work() -> None:
        done.append(1)

    assert begun(work()) is None
    assert done == [1]


async def test_what_waits_goes_on_as_if_it_had_been_awaited() -> None:
    steps: list[object] = []

    async def work(gate: asyncio.Future[str]) -> None:
        steps.append(await gate)
        try:
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        except TimeoutError:
            steps.append("late")

    gate: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    rest = begun(work(gate))
    assert rest is not None
    gate.set_result("open")
    await rest

    assert steps == ["open", "late"]


async def test_what_fails_in_its_first_step_fails_at_once() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        begun(work())


async def test_what_waits_gets_the_error_of_what_it_waits_for_and_a_cancellation() -> None:
    told: list[BaseException] = []

    async def work(gate: asyncio.Future[None]) -> None:
        try:
            await gate
        except ValueError as error:
            told.append(error)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            told.append(error)
            raise

    async def working(gate: asyncio.Future[None]) -> None:
        rest = begun(work(gate))
        assert rest is not None
        await rest

    gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(working(gate))
    await asyncio.sleep(0)
    gate.set_exception(ValueError("no"))
    await until(lambda: len(told) == 1)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(told) == 2


async def test_what_takes_too_long_is_ended_while_what_began_later_goes_on() -> None:
    overtime = Overtime(0.05)

    async def first() -> None:
        with Watched(overtime):
            await asyncio.Event().wait()

    hanging = asyncio.create_task(first())
    await asyncio.wait({hanging}, timeout=0.04)
    with Watched(overtime) as watched:
        with pytest.raises(TimeoutError, match=r"longer than 0\.05 s"):
            await hanging
        watched.next()

    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()


async def test_a_task_that_is_cancelled_from_outside_did_not_take_too_long() -> None:
    async def wait() -> None:
        with Watched(Overtime(10)):
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_tallies_become_metrics_with_buckets() -> None:
    registry = CollectorRegistry()
    tally = Tallies(registry).of("shop.order.paid.v1")
    kind = {"type": "shop.order.paid.v1"}

    for seconds in (0.001, 0.002, 0.3, 60.0):
        tally.seconds.observe(seconds)
    tally.ended["done"] += 4

    def bucket(bound: str) -> float | None:
        return registry.get_sample_value("events_handler_seconds_bucket", kind | {"le": bound})

    bounds = ("0.001", "0.0025", "0.5", "10.0", "+Inf")
    assert [bucket(bound) for bound in bounds] == [1, 2, 3, 3, 4]
    assert registry.get_sample_value("events_handler_seconds_sum", kind) == pytest.approx(60.303)
    assert registry.get_sample_value("events_handled_total", kind | {"outcome": "done"}) == 4
