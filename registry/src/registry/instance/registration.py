"""What services say to the registry, as it stands on the wire."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic import model_validator as check_model

from ..chassis.fields import Line

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Prefix = Annotated[
    str,
    StringConstraints(
        pattern=r"^(/\.well-known)?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$", max_length=200
    ),
]
Method = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,16}$")]
Policy = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9:,_-]{0,99}$")]
Path = Annotated[str, StringConstraints(pattern=r"^/[!-~]*$", max_length=200)]


def _origin(url: str) -> str:
    """The URL without its last slash; ValueError unless it is a plain http(s) origin."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("must be http://host:port or https://host:port")
    if "@" in parts.netloc or parts.path not in ("", "/") or "?" in url or "#" in url:
        raise ValueError("must have no user, path, query or fragment")
    return f"{parts.scheme}://{parts.netloc.lower()}"


Url = Annotated[
    str, StringConstraints(pattern=r"^[!-~]+$", max_length=300), AfterValidator(_origin)
]


class Message(BaseModel):
    """Fields that nobody knows are ignored: services may be newer than their registry."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PublishedRoute(Message):
    """What a gateway may forward: a prefix, its methods, who may call them, how it is counted."""

    prefix: Prefix
    methods: tuple[Method, ...] = Field(min_length=1, max_length=16)
    policy: Policy = "public"
    roles: tuple[Line, ...] = Field(default=(), max_length=50)
    limit: Name | None = None


class Metadata(Message):
    routes: tuple[PublishedRoute, ...] = Field(default=(), max_length=100)
    websocket: bool = False
    zone: Name | None = None
    weight: int = Field(default=1, ge=1, le=100)


class Registration(Message):
    """An instance introduces itself; `ttl` seconds without a heartbeat end its traffic."""

    name: Name
    version: Line = "unknown"
    url: Url
    health_check: Path = "/health/ready"
    metadata: Metadata = Metadata()
    ttl: float | None = Field(default=None, ge=1, le=300)


class Renewal(Message):
    lease_secret: Secret


class Farewell(Message):
    """An instance leaves, named by its id or by its service and URL."""

    lease_secret: Secret
    instance_id: str | None = Field(default=None, max_length=100)
    name: Name | None = None
    url: Url | None = None

    @check_model(mode="after")
    def _names_one_instance(self) -> Self:
        if self.instance_id is None and (self.name is None or self.url is None):
            raise ValueError("name the instance by instance_id, or by name and url")
        return self
