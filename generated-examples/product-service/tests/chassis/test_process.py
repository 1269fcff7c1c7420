"""The service as a process of its own: its start, its signals, its exit codes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Self

import httpx
import pytest

from dev.ports import free_port

COMMAND = [sys.executable, "-m", "product_service"]


class Process:
    """The running service; its log is read line by line."""

    def __init__(self, **environment: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            COMMAND,
            env={**os.environ, **environment, "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def until(self, event: str) -> str:
        """The first log line from now on that has this event."""
        assert self.process.stdout is not None
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if event in line:
                return line
        raise AssertionError(f"no {event} in:\n{''.join(seen)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def process(environment: pytest.MonkeyPatch) -> Iterator[Process]:
    with Process() as process:
        yield process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_service_cleanly(process: Process, number: int) -> None:
    process.until("service.listening")

    process.process.send_signal(number)

    process.until("service.stopped")
    assert process.process.wait(10) == 0


def test_while_it_drains_a_service_answers_and_is_not_ready(
    environment: pytest.MonkeyPatch,
) -> None:
    with Process(DRAIN_SECONDS="60") as process:
        process.until("service.listening")
        process.process.send_signal(signal.SIGTERM)
        process.until("service.stopping")

        assert httpx.get(f"{process.url}/health/ready").status_code == 503
        assert httpx.get(f"{process.url}/health/live").status_code == 200


def test_a_second_signal_ends_the_draining(environment: pytest.MonkeyPatch) -> None:
    with Process(DRAIN_SECONDS="60") as process:
        process.until("service.listening")
        process.process.send_signal(signal.SIGTERM)
        process.until("service.stopping")
        process.process.send_signal(signal.SIGTERM)

        assert process.process.wait(10) is not None


def test_wrong_settings_stop_the_start_with_78_and_are_all_named(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("PORT", "high")
    environment.setenv("LOG_LEVEL", "shout")

    ended = subprocess.run(COMMAND, capture_output=True, text=True, check=False)

    assert ended.returncode == 78
    assert "LOG_LEVEL  " in ended.stderr
    assert "PORT       " in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_in_use_is_named(process: Process, environment: pytest.MonkeyPatch) -> None:
    process.until("service.listening")
    environment.setenv("PORT", str(process.port))

    ended = subprocess.run(COMMAND, capture_output=True, text=True, check=False)

    assert ended.returncode != 0
    assert f"port {process.port} is in use" in ended.stderr


def test_an_unknown_command_is_answered_with_the_known_ones(
    environment: pytest.MonkeyPatch,
) -> None:
    ended = subprocess.run([*COMMAND, "dance"], capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert "has no command 'dance'" in ended.stderr
