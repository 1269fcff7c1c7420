"""The service's own settings, each from an environment variable of its name."""

from __future__ import annotations

from math import inf
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints
from pydantic_settings import SettingsConfigDict

from .chassis.settings import Settings


class RegistrySettings(Settings):
    """Where the registry is, how often it is asked although its changes come by themselves, and
    how long a new one may take to learn."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_")

    url: str = Field(default="http://127.0.0.1:8001", pattern="^https?://")
    token: SecretStr | None = None
    poll_seconds: float = Field(default=30.0, gt=0, le=60)
    call_seconds: float = Field(default=2.0, gt=0, le=30)
    rejoin_seconds: float = Field(default=20.0, ge=0, le=600)


class WorkerSettings(Settings):
    """How many processes answer."""

    web_concurrency: int = Field(default=1, ge=1, le=64)


class ClientSettings(Settings):
    """How long a client may take: for a head, between two requests, without reading its answer."""

    model_config = SettingsConfigDict(env_prefix="CLIENT_")

    head_seconds: float = Field(default=10.0, gt=0, le=300)
    idle_seconds: float = Field(default=65.0, gt=0, le=3600)
    write_seconds: float = Field(default=60.0, gt=0, le=3600)


class UpstreamSettings(Settings):
    """How patient the gateway is with the services, and how many connections each may get."""

    model_config = SettingsConfigDict(env_prefix="UPSTREAM_")

    connect_seconds: float = Field(default=2.0, gt=0, le=60)
    first_byte_seconds: float = Field(default=30.0, gt=0, le=3600)
    idle_seconds: float = Field(default=60.0, gt=0, le=3600)
    total_seconds: float = Field(default=inf, gt=0)  # an event stream has no end
    connections: int = Field(default=256, ge=1, le=10_000)


class DocumentSettings(Settings):
    """For how long changes of the routes are gathered before the services are asked again."""

    model_config = SettingsConfigDict(env_prefix="DOCUMENTS_")

    gather_seconds: float = Field(default=0.5, gt=0, le=3600)


# How often: requests, the time in which they come back, and whose they are.
Often = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,8}/(s|min|h)/(ip|user)$")]


class LimitSettings(Settings):
    """How often each class of requests is answered, like 60/min/user or 10/min/ip.

    `classes` has those that services name besides, like search:30/min/ip,export:5/h/user.
    """

    model_config = SettingsConfigDict(env_prefix="LIMIT_")

    auth: Often = "10/min/ip"
    read: Often = "600/min/ip"
    write: Often = "60/min/user"
    classes: tuple[
        Annotated[
            str,
            StringConstraints(
                pattern=r"^[a-z0-9-]{1,40}:[1-9][0-9]{0,8}/(s|min|h)/(ip|user)$",
            ),
        ],
        ...,
    ] = ()
