"""What is called how in Valkey.

    ev:{order-service.2}                            a part of a topic: a stream
    ev:{order-service-private.2}                    a part of what is not for everybody
    ev:{order-service.2}:lease:cart-service         who of the group reads it
    ev:{order-service.2}:fails:cart-service         how often entries of it were tried in vain
    ev:{order-service.2}:dlq:cart-service           what the group gave up of it
    ev:{order-service.re}:cart-service              what the group is to get once more: a stream
    ev:{order-service.0}:mark                       set after events, to see when they are on disk
    ev:members:order-service:cart-service           which processes of the group are alive

The braces keep all that belongs to a part in one slot of a cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..envelope import PARTITIONS


def part_key(topic: str, part: int) -> str:
    """The stream of a part of a topic."""
    return f"ev:{{{topic}.{part}}}"


def part_keys(topic: str) -> list[str]:
    return [part_key(topic, part) for part in range(PARTITIONS)]


@dataclass(frozen=True, slots=True)
class Names:
    """The keys of one group that reads one topic."""

    topic: str
    group: str

    @property
    def replay(self) -> str:
        return f"ev:{{{self.topic}.re}}:{self.group}"

    @property
    def streams(self) -> list[str]:
        """Everything that the group reads."""
        return [*part_keys(self.topic), self.replay]

    @property
    def members(self) -> str:
        return f"ev:members:{self.topic}:{self.group}"

    def lease(self, stream: str) -> str:
        return f"{stream}:lease:{self.group}"

    def fails(self, stream: str) -> str:
        return f"{stream}:fails:{self.group}"

    def dead(self, stream: str) -> str:
        return f"{stream}:dlq:{self.group}"
