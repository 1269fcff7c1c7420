"""The service's own settings, each from an environment variable of its name."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from .chassis.settings import Settings


class LeaseSettings(Settings):
    """How long an instance stays known without a word from it, and how many there may be."""

    lease_seconds: float = Field(default=15.0, ge=1, le=300)
    evict_seconds: float = Field(default=90.0, gt=0, le=86400)
    max_instances: int = Field(default=10_000, ge=1)
    max_instances_per_service: int = Field(default=256, ge=1)


class CheckSettings(Settings):
    """How often, how patiently and how many at a time the instances are asked for their health."""

    model_config = SettingsConfigDict(env_prefix="CHECK_")

    interval_seconds: float = Field(default=5.0, gt=0, le=3600)
    timeout_seconds: float = Field(default=2.0, gt=0, le=60)
    concurrency: int = Field(default=32, ge=1, le=1000)
    rise: int = Field(default=2, ge=1, le=100)
    fall: int = Field(default=3, ge=1, le=100)
