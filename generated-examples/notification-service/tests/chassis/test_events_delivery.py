"""What every transport promises, as one suite that runs against each of them."""

import asyncio
from collections import Counter

import pytest

from notification_service.chassis.events.envelope import (
    Envelope,
    Unprocessable,
    private,
)

from .fixtures_events import GROUP, TOPIC, Firsts, Processes, Record, envelope, envelopes, until


@pytest.fixture
def record() -> Record:
    return Record()


async def test_events_of_a_subject_are_handled_in_their_order(
    processes: Processes, record: Record
) -> None:
    await processes.send(envelopes(subjects=20, numbers=50))

    await processes.reader(record)

    await until(lambda: record.count == 1000)
    assert record.has(subjects=20, numbers=50)


async def test_what_is_published_while_somebody_reads_arrives(
    processes: Processes, record: Record
) -> None:
    reader = await processes.reader(record)
    await until(lambda: reader.consumer.held == 5)

    await processes.send(envelopes(subjects=3, numbers=2))

    await until(lambda: record.has(subjects=3, numbers=2))


async def test_an_event_arrives_as_it_was_sent(processes: Processes, record: Record) -> None:
    sent = envelope("order-0", 0)
    await processes.send([sent])

    await processes.reader(record)

    await until(lambda: record.events == [sent])


async def test_who_reads_a_topic_sees_nothing_private(processes: Processes, record: Record) -> None:
    everybody = Record()
    await processes.send([envelope("order-0", 0)._replace(private=True), envelope("order-1", 1)])

    await processes.reader(everybody)
    await processes.reader(record, topic=private(TOPIC))

    await until(lambda: record.count and everybody.count)
    assert record.handled == {"order-0": [0]}
    assert everybody.handled == {"order-1": [1]}


async def test_what_failed_is_tried_again_before_what_is_behind_it(
    processes: Processes, record: Record
) -> None:
    tries: Counter[int] = Counter()

    async def fails_at_first(event: Envelope) -> None:
        assert event.sequence is not None
        tries[event.sequence] += 1
        if event.sequence == 3 and tries[3] < 3:
            raise RuntimeError("not yet")
        await record(event)

    await processes.send(envelopes(subjects=1, numbers=10))

    await processes.reader(fails_at_first)

    await until(lambda: record.has(subjects=1, numbers=10))
    assert tries == Counter(dict.fromkeys(range(10), 1) | {3: 3})


async def test_a_subject_that_waits_holds_up_no_other(processes: Processes, record: Record) -> None:
    gate = asyncio.Event()

    async def waits(event: Envelope) -> None:
        if event.subject == "order-0":
            await gate.wait()
        await record(event)

    await processes.send(envelopes(subjects=200, numbers=2))
    await processes.reader(waits)

    await until(lambda: len(record.handled) == 199 and record.count == 398)
    gate.set()
    await until(lambda: record.has(subjects=200, numbers=2))


async def test_every_group_gets_every_event(processes: Processes) -> None:
    carts, mails = Record(), Record()
    await processes.reader(carts, group="cart-service")
    await processes.reader(mails, group="notification-service")

    await processes.send(envelopes(subjects=5, numbers=5))

    await until(lambda: carts.has(5, 5) and mails.has(5, 5))


async def test_what_a_killed_process_had_in_hand_goes_before_anything_new(
    processes: Processes, record: Record
) -> None:
    began: list[int | None] = []

    async def hangs(event: Envelope) -> None:
        began.append(event.sequence)
        await asyncio.Event().wait()

    await processes.send(envelopes(subjects=1, numbers=3))
    killed = await processes.reader(hangs)
    await until(lambda: began == [0])
    await killed.kill()
    await processes.send(envelopes(subjects=1, numbers=3, first=3))

    await processes.reader(record)

    await until(lambda: record.has(subjects=1, numbers=6))


async def test_another_process_takes_over_from_a_killed_one(
    processes: Processes, record: Record
) -> None:
    killed = await processes.reader(record, name="a")
    await until(lambda: killed.consumer.held == 5)
    await killed.kill()
    await processes.send(envelopes(subjects=4, numbers=4))

    await processes.reader(record, name="b")

    await until(lambda: record.has(subjects=4, numbers=4))


async def test_a_process_that_stops_finishes_what_it_began_and_nothing_comes_twice(
    processes: Processes, record: Record
) -> None:
    gate = asyncio.Event()

    async def waits(event: Envelope) -> None:
        await gate.wait()
        await record(event)

    await processes.send(envelopes(subjects=10, numbers=10))
    stopped = await processes.reader(waits, name="a")
    await until(lambda: stopped.consumer.held == 5)
    stopping = asyncio.create_task(stopped.stop())
    await asyncio.sleep(0)
    gate.set()
    await stopping

    await processes.reader(record, name="b")

    await until(lambda: record.count >= 100)
    assert record.has(subjects=10, numbers=10)


async def test_what_a_process_handled_before_it_stopped_under_load_is_not_redelivered(
    processes: Processes, record: Record
) -> None:
    stopped = await processes.reader(record, name="a")
    await until(lambda: stopped.consumer.held == 5)
    sending = asyncio.create_task(processes.send(envelopes(subjects=40, numbers=50)))
    await until(lambda: record.count)

    await stopped.stop()
    await processes.reader(record, name="b")

    await sending
    await until(lambda: record.count >= 2000)
    assert record.has(subjects=40, numbers=50)


async def test_a_process_that_stops_does_not_wait_for_ever(
    processes: Processes, record: Record
) -> None:
    began = asyncio.Event()

    async def hangs(event: Envelope) -> None:
        began.set()
        await asyncio.Event().wait()

    await processes.send(envelopes(subjects=1, numbers=1))
    stopped = await processes.reader(hangs, name="a")
    await began.wait()
    await stopped.stop(seconds=0.01)

    await processes.reader(record, name="b")

    await until(lambda: record.has(subjects=1, numbers=1))


async def test_one_process_then_three_then_one_keep_the_order_under_load(
    processes: Processes,
) -> None:
    record = Firsts()

    async def handle(event: Envelope) -> None:
        await asyncio.sleep(0.001)
        await record(event)

    first = await processes.reader(handle, name="a")
    await until(lambda: first.consumer.held == 5)
    sending = asyncio.create_task(processes.send(envelopes(subjects=40, numbers=100)))
    second, third = [await processes.reader(handle, name=name) for name in "bc"]
    await until(lambda: second.consumer.held and third.consumer.held)
    await sending
    await asyncio.gather(first.stop(), second.stop())

    await until(lambda: record.has(subjects=40, numbers=100))
    await until(lambda: third.consumer.held == 5)


async def test_a_broker_that_is_killed_and_comes_back_loses_nothing(
    own_processes: Processes, record: Record
) -> None:
    reader = await own_processes.reader(record)
    await own_processes.send(envelopes(subjects=5, numbers=5))
    await until(lambda: record.has(subjects=5, numbers=5))

    await own_processes.broker.kill()
    await own_processes.broker.start()
    await own_processes.send(envelopes(subjects=5, numbers=5, first=5))

    await until(lambda: record.count >= 50)
    assert record.has(subjects=5, numbers=10)
    await reader.stop()


async def test_a_reader_heals_when_all_streams_are_deleted(
    own_processes: Processes, record: Record
) -> None:
    reader = await own_processes.reader(record)
    await own_processes.send(envelopes(subjects=2, numbers=2))
    await until(lambda: record.has(subjects=2, numbers=2))

    await own_processes.broker.lose_everything()
    await own_processes.send(envelopes(subjects=2, numbers=2, first=2))

    await until(lambda: record.has(subjects=2, numbers=4))
    await reader.stop()


async def broken(event: Envelope) -> None:
    raise RuntimeError("it never works")


async def test_what_fails_every_time_ends_in_the_dead_letters(
    processes: Processes, record: Record
) -> None:
    async def breaks_at_two(event: Envelope) -> None:
        await (broken if event.sequence == 2 else record)(event)

    await processes.send(envelopes(subjects=1, numbers=5))

    reader = await processes.reader(breaks_at_two)

    await until(lambda: record.handled["order-0"] == [0, 1, 3, 4])
    letters = reader.transport.dead_letters(TOPIC, GROUP)
    [letter] = [letter async for letter in letters.list()]
    assert Envelope.parse(letter.fields).sequence == 2
    assert (letter.reason, letter.attempts) == ("RuntimeError: it never works", 3)


async def test_what_cannot_be_handled_is_not_tried_again(processes: Processes) -> None:
    tries: list[Envelope] = []

    async def refuses(event: Envelope) -> None:
        tries.append(event)
        raise Unprocessable("there is no such order")

    await processes.send(envelopes(subjects=1, numbers=1))
    reader = await processes.reader(refuses)

    letters = reader.transport.dead_letters(TOPIC, GROUP)
    async with asyncio.timeout(10):
        while not [letter async for letter in letters.list()]:
            continue
    assert len(tries) == 1


async def test_a_dead_letter_that_is_replayed_reaches_its_group_alone(
    processes: Processes, record: Record
) -> None:
    mended, others = False, Record()

    async def breaks(event: Envelope) -> None:
        await (record if mended else broken)(event)

    await processes.reader(others, group="notification-service")
    reader = await processes.reader(breaks)
    await processes.send(envelopes(subjects=1, numbers=1))
    letters = reader.transport.dead_letters(TOPIC, GROUP)
    async with asyncio.timeout(10):
        while not (found := [letter.id async for letter in letters.list()]):
            continue
    await until(lambda: others.has(subjects=1, numbers=1))
    mended = True

    assert await letters.replay(found) == 1

    await until(lambda: record.has(subjects=1, numbers=1))
    assert [letter async for letter in letters.list()] == []
    assert others.has(subjects=1, numbers=1)


async def test_a_dead_letter_that_is_purged_is_gone(processes: Processes) -> None:
    reader = await processes.reader(broken)
    await processes.send(envelopes(subjects=1, numbers=1))
    letters = reader.transport.dead_letters(TOPIC, GROUP)
    async with asyncio.timeout(10):
        while not (found := [letter.id async for letter in letters.list()]):
            continue

    assert await letters.purge(found) == 1

    assert [letter async for letter in letters.list()] == []
    assert await letters.replay(found) == 0


async def test_a_message_that_ends_its_process_ends_alone_in_the_dead_letters(
    processes: Processes, record: Record
) -> None:
    deadly = asyncio.Event()

    async def dies_of_two(event: Envelope) -> None:
        if event.sequence == 2:
            deadly.set()
            await asyncio.Event().wait()
        await record(event)

    await processes.send(
        envelopes(subjects=6, numbers=1) + envelopes(subjects=1, numbers=4, first=1)
    )
    letters = (await processes.transport()).dead_letters(TOPIC, GROUP)
    deaths = 0
    while True:
        reader = await processes.reader(dies_of_two)
        found: list[Envelope] = []
        async with asyncio.timeout(20):
            while not deadly.is_set() and not found:
                found = [Envelope.parse(letter.fields) async for letter in letters.list()]
        if found:
            break
        await reader.kill()
        deadly.clear()
        deaths += 1

    assert [event.sequence for event in found] == [2]
    assert deaths <= 8
    await until(lambda: set(record.handled["order-0"]) == {0, 1, 3, 4})


async def test_lag_counts_what_is_unread_and_in_hand(processes: Processes) -> None:
    gate = asyncio.Event()

    async def waits(event: Envelope) -> None:
        await gate.wait()

    reader = await processes.reader(waits)
    await processes.send(envelopes(subjects=8, numbers=2))
    async with asyncio.timeout(10):
        while (lag := (await reader.transport.lag(TOPIC))[0]).pending < 16:
            continue

    assert (lag.topic, lag.group, lag.unread, lag.dead) == (TOPIC, GROUP, 0, 0)
    assert lag.oldest is not None
    gate.set()
    async with asyncio.timeout(10):
        while (await reader.transport.lag(TOPIC))[0].pending:
            continue
