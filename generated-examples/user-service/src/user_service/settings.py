"""The service's own settings, each from an environment variable of its name."""

from __future__ import annotations

from datetime import timedelta
from os import cpu_count
from typing import Annotated, Final

from pydantic import (
    Field,
    FilePath,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import SettingsConfigDict

from .chassis.settings import Environment, Settings

_SHORTEST_SECRET: Final = 32
_DAY: Final = 86400


class PasswordSettings(Settings):
    """What a password costs to check (argon2id), and which passwords nobody may use."""

    model_config = SettingsConfigDict(env_prefix="PASSWORD_")

    memory_kib: int = Field(default=19 * 1024, ge=8)
    rounds: int = Field(default=2, ge=1)
    concurrency: int = Field(default=cpu_count() or 1, ge=1)
    waiting: int = Field(default=64, ge=0)
    # What an answer takes at least that must not tell by its time whether somebody has an account.
    even_seconds: float = Field(default=0.1, ge=0, le=5)
    breached: FilePath | None = None


class SigningSettings(Settings):
    """With what the private keys are sealed in the database, and how often there is a new one."""

    model_config = SettingsConfigDict(env_prefix="SIGNING_")

    secret: SecretStr | None = Field(default=None, validate_default=True)
    rotation_seconds: int = Field(default=30 * _DAY, ge=3600)

    @property
    def rotation(self) -> timedelta:
        return timedelta(seconds=self.rotation_seconds)

    @field_validator("secret")
    @classmethod
    def _strong(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr:
        if secret is None:
            if info.data.get("environment") is not Environment.development:
                raise PydanticCustomError("missing", "is missing")
            return SecretStr("the-keys-of-a-development-machine")
        if len(secret.get_secret_value()) < _SHORTEST_SECRET:
            raise PydanticCustomError("too_short", "must be at least 32 characters long")
        return secret


class ServiceClientSettings(Settings):
    """Services that get tokens from the start: `order-service=` and the SHA-256 of its secret."""

    model_config = SettingsConfigDict(env_prefix="SERVICE_")

    clients: list[
        Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}=[0-9a-f]{64}$")]
    ] = Field(default=[])
