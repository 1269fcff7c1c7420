"""What fakepay is told by its environment."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class FakepaySettings(BaseSettings):
    """Where it listens, whom it tells, and how slow it may be."""

    model_config = SettingsConfigDict(env_prefix="FAKEPAY_", frozen=True)

    host: str = "127.0.0.1"
    port: int = 0
    api_key: SecretStr
    webhook_url: str
    webhook_secret: SecretStr
    settle_seconds: float = Field(default=0.1, ge=0)
    late_seconds: float = Field(default=20.0, ge=0)
    hang_seconds: float = Field(default=30.0, ge=0)
