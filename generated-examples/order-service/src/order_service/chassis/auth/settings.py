"""Whose tokens are believed, for whom, and how long; where this service gets its own."""

from __future__ import annotations

from typing import Final

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import SettingsConfigDict

from ..settings import Environment, Settings

# Issuer and audience of the tokens that nobody but a developer makes.
DEVELOPMENT: Final = "development"
LONGEST_LEEWAY: Final = 120

_WHERE = "^(https?|service)://"  # see issuer.py
_SHORTEST_SECRET = 32  # bytes: RFC 7518, section 3.2


class AuthSettings(Settings):
    """The issuer's keys come from a URL or a service; a shared secret does in development only."""

    model_config = SettingsConfigDict(env_prefix="AUTH_")

    secret: SecretStr | None = None
    jwks_url: str | None = Field(default=None, pattern=_WHERE, validate_default=True)
    issuer: str = Field(default="", validate_default=True)
    audience: frozenset[str] = Field(default=frozenset(), validate_default=True)
    leeway_seconds: int = Field(default=30, ge=0, le=LONGEST_LEEWAY)
    lifetime_seconds: int = Field(default=3600, ge=1, le=86400)
    remembered_tokens: int = Field(default=4096, ge=0)
    call_seconds: float = Field(default=2.0, gt=0, le=30)
    revocation_seconds: float = Field(default=1.0, gt=0, le=3)
    token_url: str | None = Field(default=None, pattern=_WHERE)
    client_secret: SecretStr | None = Field(default=None, validate_default=True)

    @field_validator("secret")
    @classmethod
    def _for_development_only(
        cls, secret: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        if secret is not None and not _in_development(info):
            raise PydanticCustomError(
                "development_only", "is for development only: production needs AUTH_JWKS_URL"
            )
        if secret is not None and len(secret.get_secret_value().encode()) < _SHORTEST_SECRET:
            raise PydanticCustomError("too_short", "must be at least 32 bytes long")
        return secret

    @field_validator("jwks_url")
    @classmethod
    def _some_key(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None and info.data.get("secret") is None:
            raise PydanticCustomError("missing", "is missing")
        return url

    @field_validator("issuer", "audience")
    @classmethod
    def _named(cls, value: str | frozenset[str], info: ValidationInfo) -> str | frozenset[str]:
        if value:
            return value
        if not _in_development(info):
            raise PydanticCustomError("missing", "is missing")
        return DEVELOPMENT if info.field_name == "issuer" else frozenset({DEVELOPMENT})

    @field_validator("client_secret")
    @classmethod
    def _with_its_url(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if (secret is None) != (info.data.get("token_url") is None):
            raise PydanticCustomError("alone", "is needed where AUTH_TOKEN_URL is, and only there")
        return secret


def _in_development(info: ValidationInfo) -> bool:
    return info.data.get("environment") is Environment.development
