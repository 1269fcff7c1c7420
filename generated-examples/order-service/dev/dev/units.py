"""What a supervisor runs: units, what each needs, and in which order they start and stop."""

import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from dev.processes import nothing

Probe = Callable[[int], Awaitable[bool]]
Step = Callable[[], Awaitable[None]]


async def no_step() -> None:
    """Nothing to do."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One process: how it starts, when it is ready, and how it is asked to end."""

    name: str
    argv: Sequence[str]
    ready: Probe
    env: Mapping[str, str]
    after: Sequence[str] = ()
    folder: Path | None = None
    prepare: Step = no_step
    once_ready: Step = no_step
    become: Callable[[], None] = nothing
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 15
    patience: float = 60
    quiet: bool = False  # its output is only shown when it fails


def levels(units: Sequence[Unit]) -> list[list[str]]:
    """The names in groups that start together, each group after those it needs."""
    names = {unit.name for unit in units}
    unknown = {need for unit in units for need in unit.after} - names
    if unknown or len(names) < len(units):
        raise ValueError(f"units need names of their own and known needs: {sorted(unknown)}")
    sorter = TopologicalSorter({unit.name: unit.after for unit in units})
    try:
        sorter.prepare()
    except CycleError as error:
        raise ValueError(f"units wait for each other: {' -> '.join(error.args[1])}") from None
    groups: list[list[str]] = []
    while group := list(sorter.get_ready()):
        groups.append(group)
        sorter.done(*group)
    return groups
