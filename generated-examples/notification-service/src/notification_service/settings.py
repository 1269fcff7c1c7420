"""The service's own settings, each from an environment variable of its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import SettingsConfigDict

from .chassis.settings import Environment, Settings

_SHORTEST_SECRET: Final = 32
_PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over; `smtp` uses STARTTLS where it is offered."""

    scheme: str
    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises ValueError for what is no address of a mail server."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
            raise ValueError(
                "must look like smtp://host:25, smtp+starttls://user:password@host:587 or "
                "smtps://user:password@host:465"
            )
        return cls(
            parts.scheme,
            parts.hostname,
            parts.port or _PORTS[parts.scheme],
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )


class MailSettings(Settings):
    """Where mails are handed over and in whose name, and how long it is tried."""

    model_config = SettingsConfigDict(env_prefix="MAIL_")

    smtp_url: SecretStr | None = Field(
        default=None, validate_default=True, validation_alias="SMTP_URL"
    )
    sender: str | None = Field(default=None, validate_default=True, validation_alias="MAIL_FROM")
    # Seconds after each attempt that the server, or the way to it, did not allow.
    retry_seconds: list[float] = Field(default=[60, 300, 1800, 7200, 43200])
    connections: int = Field(default=4, ge=1, le=100)
    timeout_seconds: float = Field(default=30.0, gt=0, le=600)
    lease_seconds: float = Field(default=60.0, gt=0, le=3600)
    poll_seconds: float = Field(default=2.0, gt=0, le=60)
    stop_seconds: float = Field(default=10.0, ge=0, le=600)

    @property
    def server(self) -> MailServer:
        assert self.smtp_url is not None
        return MailServer.parse(self.smtp_url.get_secret_value())

    @property
    def domain(self) -> str:
        """In which message ids are made."""
        assert self.sender is not None
        return parseaddr(self.sender)[1].rpartition("@")[2]

    @field_validator("smtp_url")
    @classmethod
    def _is_a_server(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr:
        if url is None:
            _require_development(info)
            return SecretStr("smtp://127.0.0.1:1025")
        MailServer.parse(url.get_secret_value())
        return url

    @field_validator("sender")
    @classmethod
    def _is_an_address(cls, sender: str | None, info: ValidationInfo) -> str:
        if sender is None:
            _require_development(info)
            return "Shop <shop@localhost>"
        name, address = parseaddr(sender)
        if not all(address.rpartition("@")) or not f"{name}{address}".isprintable():
            raise ValueError("must look like Shop <shop@shop.example>")
        return sender

    @field_validator("lease_seconds")
    @classmethod
    def _outlasts_an_attempt(cls, seconds: float, info: ValidationInfo) -> float:
        if seconds <= info.data.get("timeout_seconds", 0):
            raise ValueError("must be more than MAIL_TIMEOUT_SECONDS, or a mail is sent twice")
        return seconds


class ShopSettings(Settings):
    """Where the shop is, as its customers reach it, and what the links in mails are signed with."""

    shop_url: str | None = Field(default=None, pattern="^https?://", validate_default=True)
    pages_url: str = Field(default="", pattern="^(https?://.*)?$")
    unsubscribe_secret: SecretStr | None = Field(default=None, validate_default=True)

    @field_validator("shop_url")
    @classmethod
    def _is_known(cls, url: str | None, info: ValidationInfo) -> str:
        if url is None:
            _require_development(info)
            return "http://127.0.0.1:8000"
        return url.rstrip("/")

    @field_validator("pages_url")
    @classmethod
    def _ends_without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("unsubscribe_secret")
    @classmethod
    def _strong(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr:
        if secret is None:
            _require_development(info)
            return SecretStr("the-unsubscribe-links-of-a-development-machine")
        if len(secret.get_secret_value()) < _SHORTEST_SECRET:
            raise PydanticCustomError("too_short", "must be at least 32 characters long")
        return secret


def _require_development(info: ValidationInfo) -> None:
    if info.data.get("environment") is not Environment.development:
        raise PydanticCustomError("missing", "is missing")
