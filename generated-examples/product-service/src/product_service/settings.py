"""The service's own settings, each from an environment variable of its name."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from .chassis.settings import Settings


class StockSettings(Settings):
    """How often is looked for reservations whose time is over, and for levels that changed."""

    model_config = SettingsConfigDict(env_prefix="STOCK_")

    expire_seconds: float = Field(default=5.0, gt=0, le=3600)
    announce_seconds: float = Field(default=1.0, gt=0, le=3600)
