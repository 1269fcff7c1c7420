"""The service's own settings, each from an environment variable of its name."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from .chassis.settings import Settings


class RegistrySettings(Settings):
    """Where the registry is, how often it is asked, and how long a new one may take to learn."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_")

    url: str = Field(default="http://127.0.0.1:8001", pattern="^https?://")
    poll_seconds: float = Field(default=1.0, gt=0, le=60)
    call_seconds: float = Field(default=2.0, gt=0, le=30)
    rejoin_seconds: float = Field(default=20.0, ge=0, le=600)


class WorkerSettings(Settings):
    """How many processes answer."""

    web_concurrency: int = Field(default=1, ge=1, le=64)


class ClientSettings(Settings):
    """How long a client may take: for a head, between two requests, without reading its answer."""

    model_config = SettingsConfigDict(env_prefix="CLIENT_")

    head_seconds: float = Field(default=10.0, gt=0, le=300)
    idle_seconds: float = Field(default=65.0, gt=0, le=3600)
    write_seconds: float = Field(default=60.0, gt=0, le=3600)


class UpstreamSettings(Settings):
    """How patient the gateway is with the services, and how many connections each may get."""

    model_config = SettingsConfigDict(env_prefix="UPSTREAM_")

    connect_seconds: float = Field(default=2.0, gt=0, le=60)
    first_byte_seconds: float = Field(default=30.0, gt=0, le=3600)
    idle_seconds: float = Field(default=60.0, gt=0, le=3600)
    connections: int = Field(default=256, ge=1, le=10_000)
