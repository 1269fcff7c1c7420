"""How long single answers take while requests come at an even pace."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from statistics import median, quantiles
from typing import Final

from tools.bench.bench import Bench, CannotMeasure, progress
from tools.bench.edge.field import field
from tools.bench.edge.gateway import OURS
from tools.bench.edge.heads import Heads
from tools.bench.edge.issuer import token
from tools.bench.edge.proxies import PEERS, SMALL, SMALL_BYTES, upstream
from tools.bench.edge.talk import connected, length_of_answer
from tools.bench.figures import Figure
from tools.bench.server import Server, cores, on_core

A_SECOND: Final = 1000
COUNT: Final = 1000
ROUNDS: Final = 7
P50: Final = 49
P99: Final = 98
_UPSTREAM: Final = ""
_CONNECTIONS: Final = 16


def figures(bench: Bench) -> Iterator[Figure]:
    """What each adds to the upstream's own time, in turns, with the caller on the other core."""
    ask = Heads("GET", SMALL, answer_bytes=SMALL_BYTES, tokens=[token("user")])
    with field(bench, upstream(bench), applications={}) as everybody:
        progress(f"{A_SECOND:,} requests/s")
        asked = {_UPSTREAM: everybody.upstream, **everybody.servers}
        with on_core(cores()[-1]):
            rounds = [cuts_of(asked, ask) for _ in range(ROUNDS)]
    for what, place, limit in (("p50", P50, 1.5), ("p99", P99, None)):
        added = {name: _added(rounds, name, place) for name in (OURS, *PEERS)}
        for name in PEERS:
            goal = limit if name == "nginx" else None
            said = f"{what} added at {A_SECOND:,} requests/s"
            yield Figure(said, added[OURS], "us", added[name], name, below=goal)


def cuts_of(servers: Mapping[str, Server], ask: Heads) -> dict[str, list[float]]:
    """The percentiles of each server's answers, in microseconds."""
    return {
        name: [cut * 1e6 for cut in quantiles(paced(server, ask), n=100)]
        for name, server in servers.items()
    }


def _added(rounds: list[dict[str, list[float]]], name: str, place: int) -> float:
    """The median of all rounds: a slow moment of the machine is in one of them."""
    return median(cuts[name][place] - cuts[_UPSTREAM][place] for cuts in rounds)


def paced(server: Server, ask: Heads) -> list[float]:
    """The seconds of each answer; a request that is due goes out once the last was answered."""
    request = ask.message()
    with _connections(server) as connections:
        for connection in connections:
            _answered(connection, request)
        begun, taken = time.perf_counter(), []
        for number in range(COUNT):
            time.sleep(max(begun + number / A_SECOND - time.perf_counter(), 0))
            taken.append(_answered(connections[number % _CONNECTIONS], request))
    return taken


@contextmanager
def _connections(server: Server) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(connected(server)) for _ in range(_CONNECTIONS)]


def _answered(connection: socket.socket, request: bytes) -> float:
    """The seconds until the last byte of the answer is there."""
    begun = time.perf_counter()
    connection.sendall(request)
    said, length = b"", 0
    while not length or len(said) < length:
        piece = connection.recv(65536)
        if not piece:
            raise CannotMeasure(f"a connection was closed after {said[:200]!r}")
        said += piece
        if not length and b"\r\n\r\n" in said:
            length = length_of_answer(said)
    return time.perf_counter() - begun
