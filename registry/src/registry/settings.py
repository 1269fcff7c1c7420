"""The service's own settings, each from an environment variable of its name."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

from pydantic import Field, IPvAnyNetwork, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from .chassis.settings import Environment, Settings
from .instance.address import LOOPBACK, PRIVATE, Network
from .instance.tokens import Token


class LeaseSettings(Settings):
    """How long an instance stays known without a word from it, and how many there may be."""

    lease_seconds: float = Field(default=15.0, ge=1, le=300)
    evict_seconds: float = Field(default=90.0, gt=0, le=86400)
    max_instances: int = Field(default=20_000, ge=1)
    max_instances_per_service: int = Field(default=256, ge=1)


class MemorySettings(Settings):
    """Where the instances are kept: in this process, or in Valkey for many replicas."""

    redis_url: SecretStr | None = None

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(("redis://", "rediss://")):
            raise ValueError("must look like redis://user:password@host:6379/0")
        return url


class CheckSettings(Settings):
    """How often, how patiently and how many at a time the instances are asked for their health."""

    model_config = SettingsConfigDict(env_prefix="CHECK_")

    interval_seconds: float = Field(default=5.0, gt=0, le=3600)
    timeout_seconds: float = Field(default=2.0, gt=0, le=60)
    concurrency: int = Field(default=32, ge=1, le=1000)
    rise: int = Field(default=2, ge=1, le=100)
    fall: int = Field(default=3, ge=1, le=100)


class WatchSettings(Settings):
    """How far back watchers can resume, how many there may be, and how long a query may wait."""

    model_config = SettingsConfigDict(env_prefix="WATCH_")

    history: int = Field(default=4096, ge=1, le=1_000_000)
    heartbeat_seconds: float = Field(default=10.0, gt=0, le=300)
    most: int = Field(default=1000, ge=1)
    longest_wait_seconds: float = Field(default=60.0, gt=0, le=3600)


class GuardSettings(Settings):
    """Who may speak, and which networks instances may be in."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_")

    tokens: list[str] = Field(default=[], validate_default=True)
    allowed_cidrs: list[IPvAnyNetwork] = Field(default=[])

    @field_validator("tokens")
    @classmethod
    def _are_tokens(cls, entries: list[str], info: ValidationInfo) -> list[str]:
        if not entries and info.data["environment"] is not Environment.development:
            raise ValueError(
                "is missing: `ENVIRONMENT=development python -m registry token <service>` makes one"
            )
        for entry in entries:
            Token.parse(entry)
        return entries

    @property
    def known(self) -> Sequence[Token]:
        return [Token.parse(entry) for entry in self.tokens]

    @property
    def everybody_may(self) -> bool:
        """In development nobody needs a token, until there is one."""
        return not self.tokens

    @property
    def allowed(self) -> Sequence[Network]:
        """As set; by default the private networks, and in development this machine too."""
        if self.allowed_cidrs:
            return [ip_network(str(one)) for one in self.allowed_cidrs]
        return [*PRIVATE, *LOOPBACK] if self.in_development else PRIVATE
