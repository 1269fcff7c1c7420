"""Where the parts of a running shop are: the description that `nox -s stack` writes, read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.shop.answers import Json


@dataclass(frozen=True)
class Process:
    """One process of a service."""

    url: str
    pid: int


@dataclass(frozen=True)
class Running:
    """A running stack; `told` is the description as it was when this was read."""

    told: Json

    @classmethod
    def read(cls, description: Path) -> Running:
        return cls(json.loads(description.read_text()))

    @property
    def gateway(self) -> str:
        return str(self.told["gateway"])

    @property
    def fakepay(self) -> str:
        return str(self.told["fakepay"])

    @property
    def mail(self) -> str:
        return str(self.told["mail"])

    @property
    def redis_url(self) -> str:
        return str(self.told["redis_url"])

    @property
    def databases(self) -> Mapping[str, str]:
        """The database's URL of each service that has one."""
        services: dict[str, dict[str, Any]] = self.told["services"]  # Any: JSON
        return {name: one["database_url"] for name, one in services.items() if one["database_url"]}

    def processes(self, name: str) -> Sequence[Process]:
        """The processes of this service, as many as it has replicas; or of a thing outside."""
        outside: Mapping[str, Json] = self.told["outside"]
        several = [outside[name]] if name in outside else self.told["services"][name]["replicas"]
        return [Process(one["url"], one["pid"]) for one in several]

    def password_of(self, role: str) -> tuple[str, str]:
        """The e-mail address and the password of the one who was made with this role."""
        one = self.told["users"][role]
        return one["email"], one["password"]
