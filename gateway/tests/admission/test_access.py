"""The access log: one line of JSON for every request, that no request waits for."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress

from structlog.testing import capture_logs

from gateway.admission.access import Kind, Lines
from gateway.admission.output import Output
from gateway.wire.contract import Names, Outcome
from gateway.wire.head import Block, Head, Origin, Start

from tests.waiting import until

NAMES = Names(b"5af7", b"8a3c", b"79d4")
KIND = Kind("GET", "/api/v1", "orders", 200)


@contextmanager
def piped() -> Iterator[int]:
    """Standard output is a pipe, which is read here."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with os.fdopen(writing, "w") as output, redirect_stdout(output):
        yield reading
    os.close(reading)


def head(path: str) -> Head:
    block = Block((), {}, b"", 0, expects=False, persistent=True, websocket=False)
    return Head(
        Start("GET", path, "1.1", "", usual=True), block, Origin("203.0.113.7", "http", b"")
    )


def outcome(failure: str = "") -> Outcome:
    return Outcome(200, 0, 2, 0.00123, NAMES, instance="orders-1", failure=failure)


async def read(pipe: int) -> list[dict[str, object]]:
    read = bytearray()

    def more() -> bool:
        with suppress(BlockingIOError):
            read.extend(os.read(pipe, 65536))
        return read.endswith(b"\n")

    await until(more)
    return [json.loads(line) for line in read.splitlines()]


async def test_what_clients_send_cannot_break_a_line() -> None:
    with piped() as pipe:
        Lines("gateway", Output()).write(KIND, head('/api/"},{\\'), outcome())

        [line] = await read(pipe)

    assert line["path"] == '/api/"},{\\'
    assert (line["event"], line["status"], line["ms"]) == ("http.request", 200, 1.23)
    assert (line["request_id"], line["client"]) == ("5af7", "203.0.113.7")


async def test_a_failure_is_told_with_its_instance() -> None:
    with piped() as pipe:
        Lines("gateway", Output()).write(KIND, head("/api"), outcome('broke: "x"'))

        [line] = await read(pipe)

    assert (line["failure"], line["instance"]) == ('broke: "x"', "orders-1")


async def test_nobody_waits_for_a_reader_that_does_not_read() -> None:
    with piped() as pipe, capture_logs() as logs:
        lines = Lines("gateway", Output())
        for _ in range(8_000):
            lines.write(KIND, head("/api/v1/orders"), outcome())

        while not logs:
            arrived = await read(pipe)

    assert arrived[-1]["path"] == "/api/v1/orders"
    assert logs[0]["event"] == "access.lines_lost"
    assert 0 < logs[0]["lines"] < 8_000


async def test_what_was_written_is_there_when_the_gateway_has_stopped() -> None:
    with piped() as pipe:
        async with Output() as output:
            Lines("gateway", output).write(KIND, head("/api"), outcome())

        assert json.loads(os.read(pipe, 65536))["path"] == "/api"
