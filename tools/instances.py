"""The processes of the services: one each, or several of those that make the system."""

from collections.abc import Iterable
from dataclasses import dataclass

from dev.needs import needs_database
from tools.stackfile import Entry, Stackfile

POOL_SIZE = 10  # connections to its database that a service may open, unless its entry says other


@dataclass(frozen=True)
class Instance:
    """One process of a service."""

    entry: Entry
    number: int = 1

    @property
    def name(self) -> str:
        """What it is called among all of the stack; the first one is called like its service."""
        return self.entry.name if self.number == 1 else f"{self.entry.name}.{self.number}"

    @property
    def pool_size(self) -> int:
        """How many connections to a database it may open."""
        said = self.entry.environment.get("DATABASE_POOL_SIZE", POOL_SIZE)
        return int(said) if needs_database(self.entry.features) else 0


def instances_of(entry: Entry, replicas: int) -> list[Instance]:
    """That many processes of the service."""
    return [Instance(entry, number) for number in range(1, replicas + 1)]


def all_instances(stackfile: Stackfile, replicas: int) -> list[Instance]:
    """One process of each shared service, and that many of each other one."""
    several = [one for entry in stackfile.services for one in instances_of(entry, replicas)]
    return [*map(Instance, stackfile.shared), *several]


def connections_of(instances: Iterable[Instance]) -> int:
    """How many connections to PostgreSQL they may open together."""
    return sum(instance.pool_size for instance in instances)
