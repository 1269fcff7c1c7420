"""How events are carried, how long a handler may take, and how often it is tried."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from ..settings import Settings


class EventsSettings(Settings):
    """The transport, and the limits of delivery."""

    model_config = SettingsConfigDict(env_prefix="EVENTS_")

    transport: Literal["valkey"] = "valkey"
    # Who we are among the replicas: the same name after a restart takes over at once.
    consumer: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._:-]{1,100}$")
    handler_seconds: float = Field(default=30.0, gt=0, le=3600)
    attempts: int = Field(default=6, ge=1, le=100)
    backoff_seconds: float = Field(default=0.1, gt=0, le=60)
    longest_backoff_seconds: float = Field(default=10.0, gt=0, le=3600)
    lease_seconds: float = Field(default=10.0, ge=0.3, le=300)
    stop_seconds: float = Field(default=25.0, ge=0, le=600)
    retention_hours: float = Field(default=168.0, gt=0)
