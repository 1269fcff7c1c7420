"""What one client may do, and how long it may take to do it."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from ..settings import Settings


class WebSocketSettings(Settings):
    """Limits for each connection, and the pages whose scripts may connect."""

    model_config = SettingsConfigDict(env_prefix="WEBSOCKET_")

    origins: list[str] = Field(default=[])
    connections: int = Field(default=10_000, ge=1)
    connections_per_principal: int = Field(default=20, ge=1)
    subscriptions: int = Field(default=100, ge=1)
    frame_bytes: int = Field(default=16 * 1024, ge=1024, le=1024 * 1024)
    frames_per_second: float = Field(default=20.0, gt=0)
    queue: int = Field(default=1024, ge=16)
    auth_seconds: float = Field(default=5.0, gt=0, le=60)
    check_seconds: float = Field(default=30.0, gt=0, le=3600)
    ping_seconds: float = Field(default=25.0, gt=0, le=300)
    pong_seconds: float = Field(default=20.0, gt=0, le=300)
    send_seconds: float = Field(default=10.0, gt=0, le=300)

    @field_validator("origins")
    @classmethod
    def _are_exact(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            scheme, separator, host = origin.partition("://")
            if scheme not in ("http", "https") or not separator or not host or "/" in host:
                raise ValueError(
                    f"must be as browsers write it, like https://shop.example: {origin}"
                )
            if "*" in host:
                raise ValueError(f"must name each origin; there are no patterns: {origin}")
        return origins
