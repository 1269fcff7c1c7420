"""The settings of the client: where services are found, and how much patience they are given."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from ..settings import Settings
from .call import Limits

_TARGET: Final = re.compile(r"([a-z0-9][a-z0-9-]*)=(https?://[^/?#@]+)/?")


class ClientSettings(Settings):
    """One patience for all services; a call may have its own."""

    model_config = SettingsConfigDict(env_prefix="CLIENT_")

    registry_url: str | None = Field(
        default=None, pattern="^https?://", validation_alias="REGISTRY_URL"
    )
    registry_token: SecretStr | None = Field(default=None, validation_alias="REGISTRY_TOKEN")
    targets: list[str] = Field(default=[])
    refresh_seconds: float = Field(default=5.0, gt=0, le=300)
    connect_seconds: float = Field(default=1.0, gt=0, le=60)
    read_seconds: float = Field(default=2.0, gt=0, le=600)
    total_seconds: float = Field(default=5.0, gt=0, le=600)
    attempts: int = Field(default=3, ge=1, le=10)
    concurrency: int = Field(default=64, ge=1, le=10_000)
    waiting: int = Field(default=64, ge=0, le=10_000)
    answer_limit_bytes: int = Field(default=8 * 1024 * 1024, gt=0)

    @field_validator("targets")
    @classmethod
    def _are_named_addresses(cls, targets: list[str]) -> list[str]:
        if not all(_TARGET.fullmatch(target) for target in targets):
            raise ValueError("must look like product-service=http://host:8102,…")
        return targets

    @property
    def addresses(self) -> Mapping[str, Sequence[str]]:
        """The base URLs of the services that are not looked up in the registry."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for target in self.targets:
            name, _, url = target.partition("=")
            found[name].append(url.rstrip("/"))
        return found

    @property
    def limits(self) -> Limits:
        return Limits(self.connect_seconds, self.read_seconds, self.total_seconds)
