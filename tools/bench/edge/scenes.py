"""What is asked of everybody in turns, and how ours compares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from tools.bench.bench import progress
from tools.bench.edge.field import Field
from tools.bench.edge.gateway import OURS
from tools.bench.edge.talk import Talk, converse
from tools.bench.figures import Figure
from tools.bench.server import Server, cores
from tools.bench.wrk import Load

CONNECTIONS: Final = 64
ROUNDS: Final = 5
SECONDS: Final = 1


@dataclass(frozen=True)
class Scene:
    """How a server is driven, and how many times as much as the peers ours is meant to bear.

    Where who asks is as busy as who is asked, all come out too much alike: with `frugal` the goals
    are about the CPU as well.
    """

    what: str
    drive: Callable[[Server], Load]
    goals: Mapping[str, float]
    frugal: bool = False


def conversation(what: str, talk: Talk, goals: Mapping[str, float]) -> Scene:
    """With our own caller, which is Python as ours is."""
    core = cores()[-1]

    def drive(server: Server) -> Load:
        return converse(server, talk, seconds=SECONDS, connections=CONNECTIONS, core=core)

    return Scene(what, drive, goals, frugal=True)


def figures(scenes: Sequence[Scene], field: Field) -> Iterator[Figure]:
    for scene in scenes:
        progress(scene.what)
        field.renew()
        yield from _compared(scene, _in_turns(scene, field.servers))


def _in_turns(scene: Scene, servers: Mapping[str, Server]) -> dict[str, list[Load]]:
    """Every server's loads: all are driven in each round, so that a slow moment hits all."""
    loads: dict[str, list[Load]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, server in servers.items():
            loads[name].append(scene.drive(server))
    return loads


def _compared(scene: Scene, loads: Mapping[str, Sequence[Load]]) -> Iterator[Figure]:
    speeds = {name: median(load.a_second for load in some) for name, some in loads.items()}
    costs = {name: median(load.cpu_microseconds for load in some) for name, some in loads.items()}
    peers = [name for name in loads if name != OURS]
    for name in peers:
        goal = scene.goals.get(name)
        yield Figure(scene.what, speeds[OURS], "/s", speeds[name], name, at_least=goal)
    for name in peers:
        limit = 1 / scene.goals[name] if scene.frugal and name in scene.goals else None
        yield Figure(f"CPU of a {scene.what}", costs[OURS], "us", costs[name], name, below=limit)
