"""How things are called in JetStream."""

from __future__ import annotations

from dataclasses import dataclass

from ..envelope import PARTITIONS, partition_of, private


@dataclass(frozen=True, slots=True)
class Topic:
    """The stream of one topic, and the bucket beside it."""

    name: str

    @property
    def beside(self) -> Topic:
        """The topic of what is not for everybody."""
        return Topic(private(self.name))

    @property
    def stream(self) -> str:
        return f"events-{self.name}"

    @property
    def dead(self) -> str:
        """The stream of the dead letters of all groups."""
        return f"dead-{self.name}"

    @property
    def bucket(self) -> str:
        return f"progress-{self.name}"

    def subject_of(self, key: str) -> str:
        """Where the events with this ordering key are sent."""
        return self.part(str(partition_of(key)))

    def part(self, name: str) -> str:
        return f"events.{self.name}.{name}"

    def dead_letters(self, group: str) -> str:
        return f"dead.{self.name}.{group}"


@dataclass(frozen=True, slots=True)
class Share:
    """What one group reads of a topic: its partitions, and what is replayed for it alone."""

    topic: Topic
    group: str

    @property
    def parts(self) -> list[str]:
        return [*map(str, range(PARTITIONS)), f"replay-{self.group}"]

    @property
    def replay(self) -> str:
        """Where a dead letter is sent that is to be handled once more."""
        return self.topic.part(f"replay-{self.group}")

    @property
    def members(self) -> str:
        return f"members.{self.group}"

    def progress(self, part: str) -> str:
        return f"part.{self.group}.{part}"
