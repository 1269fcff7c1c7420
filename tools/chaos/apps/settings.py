"""The service's own settings, each from an environment variable of its name."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from .chassis.settings import Settings


class CountingSettings(Settings):
    """What this replica does, and how much of it."""

    model_config = SettingsConfigDict(env_prefix="COUNTING_")

    writes: bool = False
    reads: bool = False
    events: int = Field(default=20_000, ge=1)
    keys: int = Field(default=40, ge=1)
    poisons: int = Field(default=2, ge=0)
    seconds: float = Field(default=60.0, gt=0)
    failing: float = Field(default=0.05, ge=0, le=1)
