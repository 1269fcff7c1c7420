"""The service's own settings, each from an environment variable of its name."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import SettingsConfigDict

from .chassis.settings import Environment, Settings

_SHORTEST_SECRET: Final = 16
_DEVELOPMENT: Final[dict[str, object]] = {
    "provider": "fakepay",
    "url": "http://127.0.0.1:8190",
    "api_key": SecretStr("the-key-of-a-development-machine"),
    "webhook_secrets": [SecretStr("the-webhooks-of-a-development-machine")],
}


class OrderSettings(Settings):
    """How long a customer waits for an answer, and an order for its payment."""

    model_config = SettingsConfigDict(env_prefix="ORDER_")

    answer_seconds: float = Field(default=2.0, gt=0, le=30)
    # The stock is held two minutes longer, and product-service holds it for a day at most.
    payment_seconds: int = Field(default=900, ge=1, le=86_280)
    # What support gives back without an admin, in the smallest unit of any currency.
    refund_limit: int = Field(default=50_000, ge=0)

    @property
    def patience(self) -> timedelta:
        return timedelta(seconds=self.payment_seconds)


class SagaSettings(Settings):
    """How sagas are worked off: how many at a time, and with which patience."""

    model_config = SettingsConfigDict(env_prefix="SAGA_")

    lease_seconds: float = Field(default=30.0, ge=0.1, le=600)
    call_seconds: float = Field(default=10.0, gt=0, le=60)
    first_seconds: float = Field(default=0.5, gt=0, le=60)
    longest_seconds: float = Field(default=30.0, gt=0, le=600)
    look_seconds: float = Field(default=1.0, gt=0, le=60)
    stop_seconds: float = Field(default=10.0, ge=0, le=600)
    concurrency: int = Field(default=16, ge=1, le=500)

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)


class PaymentSettings(Settings):
    """Where payments are taken. All must be set, but for a development machine."""

    model_config = SettingsConfigDict(env_prefix="PAYMENTS_", validate_default=True)

    provider: str = Field(default="", pattern="^(fakepay|stripe)$")
    url: str = Field(default="", pattern="^https?://[^/]")
    api_key: SecretStr = SecretStr("")
    # Several while a secret is exchanged for another: add the new one, switch, drop the old one.
    webhook_secrets: list[SecretStr] = Field(default=[])
    timeout_seconds: float = Field(default=10.0, gt=0, le=80)

    @field_validator("provider", "url", "api_key", "webhook_secrets", mode="before")
    @classmethod
    def _given(cls, value: object, info: ValidationInfo) -> object:
        if value not in ("", SecretStr(""), []):
            return value
        if info.data.get("environment") is not Environment.development:
            raise PydanticCustomError("missing", "is missing")
        return _DEVELOPMENT[info.field_name or ""]

    @field_validator("webhook_secrets")
    @classmethod
    def _strong(cls, secrets: list[SecretStr]) -> list[SecretStr]:
        if any(len(secret.get_secret_value()) < _SHORTEST_SECRET for secret in secrets):
            raise PydanticCustomError("too_short", "must each be at least 16 characters long")
        return secrets
