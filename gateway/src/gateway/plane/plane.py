"""What all connections of clients share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, Final, Self

from ..chassis.resource import Resource
from ..wire.contract import Edge
from ..wire.peer import Networks
from .pool import Pool
from .watch import Watch

PREFIXES: Final = ("/api/", "/ws/")
PLACES: Final = frozenset({"/api", "/ws", "/.well-known/jwks.json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long a client may take, in seconds."""

    head: float = 10.0  # from the first byte of a head to its last, and to the first of all
    idle: float = 65.0  # between two requests
    # The same when the gateway stops: a connection that is closed just when its next request is on
    # the way fails it, and whoever asks in time is told with the answer that the connection ends.
    last: float = 2.0
    write: float = 60.0  # without taking what was written


@dataclass(eq=False)
class Plane(Resource):
    """The edge that decides, the connections to the services, and the clock of all."""

    name: ClassVar[str] = "data-plane"

    edge: Edge
    stopping: Callable[[], bool] = lambda: False
    trusted: Networks = ()
    timeouts: Timeouts = Timeouts()
    pool: Pool = field(default_factory=Pool)
    watch: Watch = field(default_factory=Watch)

    async def __aenter__(self) -> Self:
        self.watch.watched.add(self.pool)
        self.watch.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.watch.stop()
        self.pool.close()


@lru_cache(maxsize=4096)
def serves(path: str) -> bool:
    """Does this path belong to the services, and not to the gateway itself?"""
    return path.startswith(PREFIXES) or path in PLACES
