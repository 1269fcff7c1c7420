"""How events are carried, how long a handler may take, and how often it is tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from ..settings import Settings
from ..valkey import ValkeySettings


class EventsSettings(Settings):
    """The transport, and the limits of delivery."""

    model_config = SettingsConfigDict(env_prefix="EVENTS_")

    transport: Literal["valkey", "nats"] = "valkey"
    nats_url: SecretStr | None = None
    # Who we are among the replicas: the same name after a restart takes over at once.
    consumer: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._:-]{1,100}$")
    handler_seconds: float = Field(default=30.0, gt=0, le=3600)
    attempts: int = Field(default=6, ge=1, le=100)
    backoff_seconds: float = Field(default=0.1, gt=0, le=60)
    longest_backoff_seconds: float = Field(default=10.0, gt=0, le=3600)
    # A process that says nothing for so long has lost what it reads to others.
    lease_seconds: float = Field(default=6.0, ge=0.2, le=300)
    stop_seconds: float = Field(default=25.0, ge=0, le=600)
    # What everybody has handled is kept for so long in the transport, and its id in the inbox.
    retention_hours: float = Field(default=24.0, gt=0)
    inbox_hours: float = Field(default=168.0, gt=0)
    # With more events in one part of the topic, what is published waits in PostgreSQL.
    longest_stream: int = Field(default=1_000_000, ge=1)

    @property
    def needs(self) -> Sequence[type[Settings]]:
        """Where events travel by Valkey, its address."""
        return (ValkeySettings,) if self.transport == "valkey" else ()

    @model_validator(mode="after")
    def _knows_where(self) -> Self:
        if self.transport == "nats" and self.nats_url is None:
            raise ValueError("EVENTS_TRANSPORT=nats needs EVENTS_NATS_URL, like nats://host:4222")
        return self
