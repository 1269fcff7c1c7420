"""The whole stack, started once for all system tests with the command of the README."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from tools.servers import server_pids
from tools.shop.spans import Spans, collecting
from tools.started import running_stack

PATIENCE_SECONDS = 60.0

Answer = TypeVar("Answer")

# What takes minutes in a shop takes seconds here.
SHORT = (
    "gateway:WEB_CONCURRENCY=2",  # so that it can be renewed
    "OTEL_BSP_SCHEDULE_DELAY=500",
    "fakepay:FAKEPAY_HANG_SECONDS=4",
    "fakepay:FAKEPAY_LATE_SECONDS=4",
    "order-service:ORDER_PAYMENT_SECONDS=15",
    "order-service:SAGA_LEASE_SECONDS=5",
)


@dataclass(frozen=True)
class Stack:
    """A running stack, as its description tells of it."""

    description: Path
    data: Path

    @property
    def told(self) -> dict[str, Any]:  # Any: JSON
        """The description as it is now: a restarted service has another pid."""
        told: dict[str, Any] = json.loads(self.description.read_text())
        return told

    @property
    def gateway(self) -> str:
        return str(self.told["gateway"])

    @property
    def registry(self) -> str:
        return str(self.told["registry"])

    @property
    def postgres_pid(self) -> int:
        return server_pids(self.data)["postgres"]

    @property
    def valkey_pid(self) -> int:
        return server_pids(self.data)["valkey"]


@pytest.fixture(scope="session")
def spans() -> Iterator[Spans]:
    """What the services tell of their part in each trace."""
    with collecting() as spans:
        yield spans


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, spans: Spans) -> Iterator[Stack]:
    settings = (*SHORT, f"OTEL_EXPORTER_OTLP_ENDPOINT={spans.url}")
    options = [word for setting in settings for word in ("--set", setting)]
    with running_stack(tmp_path_factory.mktemp("stack"), "--come-back", *options) as running:
        yield Stack(running.description, running.data)
    log = running.description.with_name("stack.log")
    assert running.process.returncode == 0, log.read_text(errors="replace")


@pytest.fixture
def client(stack: Stack) -> Iterator[httpx.Client]:
    """A client of the gateway."""
    with httpx.Client(base_url=stack.gateway, timeout=10) as client:
        yield client


def eventually(answer: Callable[[], Answer], *, shows: Callable[[Answer], bool]) -> Answer:
    """The first answer that shows what is expected, asked for again for up to a minute."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(httpx.TransportError):
            got = answer()
            if shows(got):
                return got
        assert time.monotonic() < end, f"not within {PATIENCE_SECONDS} s"
        time.sleep(0.02)
