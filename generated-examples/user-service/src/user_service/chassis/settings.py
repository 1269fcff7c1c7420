"""Settings come from the environment only, are read once, and are right or stop the start.

A feature's settings are a frozen class of its own; a field `pool_size` of a class whose prefix is
`DATABASE_` is the variable DATABASE_POOL_SIZE.  Every bad value is reported in one go.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import TypeVar, get_origin
from urllib.parse import urlsplit

from pydantic import (
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

EX_CONFIG = 78  # sysexits.h: something was found in an unconfigured or misconfigured state

_SHORTEST_SECRET = 16
_SHORTEST_PASSWORD = 12
_KNOWN_TO_EVERYBODY = re.compile(
    r"(?i)(change[-_ ]?me|secret|password|passw0rd|postgres|admin|default|example|letmein|test)+\d*"
)


class Environment(StrEnum):
    development = "development"
    production = "production"


class Settings(BaseSettings):
    """Settings of one feature.  A secret is a SecretStr: it is never printed or logged."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        enable_decoding=False,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    environment: Environment = Field(default=Environment.production, validation_alias="ENVIRONMENT")

    @field_validator("*", mode="before")
    @classmethod
    def _split_lists(cls, value: object, info: ValidationInfo) -> object:
        """A list is written with commas: A=1,2,3."""
        field = cls.model_fields[info.field_name or ""]
        if isinstance(value, str) and get_origin(field.annotation) in (list, tuple, frozenset):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @property
    def needs(self) -> Sequence[type[Settings]]:
        """What is to be read besides, because of what these say."""
        return ()

    @property
    def in_development(self) -> bool:
        return self.environment is Environment.development


class ServiceSettings(Settings):
    """What every service can be told."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    log_format: str = Field(default="auto", pattern="^(auto|json|console)$")
    git_sha: str | None = None
    body_limit_bytes: int = Field(default=1024 * 1024, gt=0)
    trusted_proxies: list[IPvAnyNetwork] = Field(default=[])
    drain_seconds: float = Field(default=0.0, ge=0, le=600)
    grace_seconds: int = Field(default=20, ge=1, le=600)


class Misconfigured(Exception):
    """The environment is wrong; `problems` says what to mend, by the variable's name."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


AnySettings = TypeVar("AnySettings", bound=Settings)


class Configuration:
    """The settings of all features, each found by its class."""

    def __init__(self, kinds: Iterable[type[Settings]]) -> None:
        """Read the environment; raise Misconfigured with every problem of every kind."""
        self._values: dict[type[Settings], Settings] = {}
        problems: dict[str, str] = {}
        unread = deque(kinds)
        while unread:
            kind = unread.popleft()
            try:
                value = self._values[kind] = kind()
            except ValidationError as error:
                problems |= _problems(kind, error)
            else:
                problems |= dict(_weak_secrets(value))
                unread += value.needs
        if problems:
            raise Misconfigured(problems)

    def __getitem__(self, kind: type[AnySettings]) -> AnySettings:
        value = self._values[kind]
        assert isinstance(value, kind)
        return value


def _variable(kind: type[Settings], field: str) -> str:
    """The variable of a field; pydantic names one that has an alias by that."""
    if any(one.validation_alias == field for one in kind.model_fields.values()):
        return field
    alias = kind.model_fields[field].validation_alias if field in kind.model_fields else None
    name = alias if isinstance(alias, str) else kind.model_config.get("env_prefix", "") + field
    return name.upper()


def _problems(kind: type[Settings], error: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        missing = one["type"] == "missing"
        place = str(one["loc"][0]) if one["loc"] else kind.__name__
        found[_variable(kind, place)] = "is missing" if missing else one["msg"]
    return found


def _weak_secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.in_development:
        return
    kind = type(settings)
    for field in kind.model_fields:
        value = getattr(settings, field)
        if isinstance(value, SecretStr) and (weakness := _weakness(value.get_secret_value())):
            yield _variable(kind, field), weakness


def _weakness(secret: str) -> str | None:
    """Why this secret must not guard a service in production, or None."""
    shortest = _SHORTEST_SECRET
    if "://" in secret:
        password = urlsplit(secret).password
        if password is None:
            return None
        secret, shortest = password, _SHORTEST_PASSWORD
    if _KNOWN_TO_EVERYBODY.fullmatch(secret):
        return "is a secret that everybody knows; make one of your own"
    if len(secret) < shortest or len(set(secret)) < shortest // 2:
        return f"is too weak: use at least {shortest} random characters"
    return None
