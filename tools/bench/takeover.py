"""How long it takes until what a killed consumer had in hand is with another process."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from redis import Redis

from tools.bench import queues
from tools.bench.bench import Bench, CannotMeasure
from tools.bench.figures import Figure
from tools.bench.queues import PATIENCE_SECONDS, Way

EVENTS: Final = 200  # of many subjects: some are in every part of the topic
HANGING: Final = {"HANDLER_SECONDS": "600"}
SERVICE: Final = "bench-events"
NAMES: Final = {"under its name": ("bench", 1.0), "under another name": ("other", 10.0)}


def figures(bench: Bench, way: Way, redis_url: str) -> Iterator[Figure]:
    """Of a process that comes after the killed one: from when it listens, or from the kill."""
    for what, (name, goal) in NAMES.items():
        told = {"EVENTS": str(EVENTS)}
        queues.run(bench, way, told)
        with queues.killed(bench, way, told | HANGING):
            _until_in_hand(redis_url)
        killed_at = time.time()
        with queues.consuming(bench, way, {**told, "EVENTS_CONSUMER": name}) as log:
            handled_at: float = queues.result(log)["at"]
            seconds = handled_at - max(killed_at, _listening_at(log))
        yield Figure(f"takeover {what}", seconds, "s", below=goal)


def _until_in_hand(redis_url: str) -> None:
    """Wait until all of them are with the consumer."""
    streams = [f"ev:{{{SERVICE}.{part}}}" for part in range(4)]
    deadline = time.monotonic() + PATIENCE_SECONDS
    with Redis.from_url(redis_url) as redis:
        while time.monotonic() < deadline:
            groups = [group for stream in streams for group in redis.xinfo_groups(stream)]
            if sum(group["pending"] for group in groups) == EVENTS:
                return
            time.sleep(0.05)
    raise CannotMeasure(f"{EVENTS} events did not reach their consumer")


def _listening_at(log: Path) -> float:
    for line in log.read_text().splitlines():
        if '"service.listening"' in line:
            return datetime.fromisoformat(json.loads(line)["time"]).timestamp()
    raise CannotMeasure("the consumer did not say when it listened")
