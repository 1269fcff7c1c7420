"""Events beside other queues: one publisher and one consumer process on one Valkey."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from tools.bench import queues, takeover
from tools.bench.bench import Bench, opened
from tools.bench.figures import Figure
from tools.bench.queues import PEERS, Way

OURS_EVENTS: Final = 180_000  # for some seconds, as with the peers
WAITING: Final = {"HANDLER_SECONDS": "0.005"}
PACE: Final = {"RATE": "200"}
PACED_EVENTS: Final = 1_200
FIRST_EVENTS: Final = 200  # of the first second: a process that has just begun still loads things


def figures(bench: Bench) -> Iterator[Figure]:
    with opened(queues.servers()) as (database_url, redis_url):
        peers = queues.peers(redis_url)
        ours = queues.ours(bench, database_url, redis_url)
        yield from _drained(bench, ours, peers)
        yield from _with_effects(bench, ours, peers["seed loop"])
        yield from _waiting(bench, ours["direct"], peers)
        yield from _delayed(bench, ours, peers)
        yield from takeover.figures(bench, ours["direct"], redis_url)
        yield _requested(bench, ours)  # last: what it publishes waits for whoever runs next


def _drained(bench: Bench, ours: Mapping[str, Way], peers: Mapping[str, Way]) -> Iterator[Figure]:
    published, drained = _carry(bench, ours["direct"], OURS_EVENTS)
    goals = {"seed loop": 8.0, "faststream group": 12.0}
    for name, way in peers.items():
        events = PEERS[name][1]
        peer_published, peer_drained = _carry(bench, way, events)
        yield Figure("events published", published, "/s", peer_published, name)
        goal = goals.get(name)
        yield Figure("events drained", drained, "/s", peer_drained, name, at_least=goal)


def _with_effects(bench: Bench, ours: Mapping[str, Way], seed: Way) -> Iterator[Figure]:
    _, drained = _carry(bench, ours["rows"], 20_000)
    _, peer = _carry(bench, seed, PEERS["seed loop"][1])
    what = "events through outbox, stream, inbox, effect"
    yield Figure(what, drained, "/s", at_least=5_000)
    yield Figure(what, drained, "/s", peer, "seed loop", at_least=0.75)


def _waiting(bench: Bench, ours: Way, peers: Mapping[str, Way]) -> Iterator[Figure]:
    _, drained = _carry(bench, ours, 20_000, WAITING)
    for name, goal in {"seed loop": 100.0, "faststream group": None, "arq": None}.items():
        _, peer = _carry(bench, peers[name], 400, WAITING)
        yield Figure("handlers of 5 ms drained", drained, "/s", peer, name, at_least=goal)


def _delayed(bench: Bench, ours: Mapping[str, Way], peers: Mapping[str, Way]) -> Iterator[Figure]:
    direct, rows = _delays(bench, ours["direct"]), _delays(bench, ours["rows"])
    for name in ("seed loop", "faststream group", "arq"):
        theirs = _delays(bench, peers[name])
        yield Figure("p50 at 200 events/s", direct[0], "ms", theirs[0], name)
        yield Figure("p99 at 200 events/s", direct[1], "ms", theirs[1], name)
    yield Figure("p99 at 200 events/s", direct[1], "ms", below=3)
    yield Figure("p50 through outbox and inbox", rows[0], "ms")
    yield Figure("p99 through outbox and inbox", rows[1], "ms", below=20)


def _requested(bench: Bench, ours: Mapping[str, Way]) -> Figure:
    rates: dict[str, list[float]] = {"row-requests": [], "after-requests": []}
    for _ in range(3):
        for name, rate in rates.items():
            way = replace(ours["direct"], publish=[*ours["rows"].publish, name])
            told = queues.run(bench, way, {"EVENTS": "6000"})
            rate.append(6000 / told["seconds"])
    row, after = (statistics.median(rate) for rate in rates.values())
    what = "requests with an outbox row"
    return Figure(what, row, "/s", after, "publish after commit", at_least=1.0)


def _carry(
    bench: Bench, way: Way, events: int, environment: Mapping[str, str] | None = None
) -> tuple[float, float]:
    """Events published a second, and then, by a consumer that starts afterwards, drained."""
    told = {"EVENTS": str(events), **(environment or {})}
    published = queues.run(bench, way, told)
    with queues.consuming(bench, way, told) as log:
        drained = queues.result(log)
    return events / published["seconds"], events / drained["seconds"]


def _delays(bench: Bench, way: Way) -> tuple[float, float]:
    """The median and the 99th percentile of the milliseconds from publishing to handling."""
    told = {"EVENTS": str(PACED_EVENTS), **PACE}
    with queues.consuming(bench, way, told) as log:
        time.sleep(3)  # until it reads: nothing tells from outside that it does
        queues.run(bench, way, told)
        delays = sorted(queues.result(log)["delays"][FIRST_EVENTS:])
    return statistics.median(delays) * 1000, delays[int(len(delays) * 0.99)] * 1000
