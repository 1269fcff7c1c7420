"""What services say to the registry, as it stands on the wire."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic import model_validator as check_model

from ..chassis.fields import Line

MOST_METADATA_BYTES: Final = 16 * 1024

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
Url = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Message(BaseModel):
    """Fields that nobody knows are ignored: services may be newer than their registry."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Told(BaseModel):
    """Fields that nobody knows here are passed on, for gateways that know them."""

    model_config = ConfigDict(frozen=True, extra="allow")


class PublishedRoute(Told):
    """What a gateway may forward: a prefix, its methods, who may call them and how often, and
    whether an encoded slash may be in the path.

    Gateways read these fields: one that is none would keep them from reading all the others.
    """

    prefix: Prefix
    methods: tuple[Method, ...] = Field(min_length=1, max_length=16)
    policy: Policy = "public"
    roles: tuple[Line, ...] = Field(default=(), max_length=100)
    limit: Name | None = None
    encoded_slashes: bool = False


class Metadata(Told):
    routes: tuple[PublishedRoute, ...] = Field(default=(), max_length=100)
    websocket: bool = False
    zone: Name | None = None
    weight: int = Field(default=1, ge=1, le=100)
    hash_by: Name | None = None  # a header


class Registration(Message):
    """An instance introduces itself; `ttl` seconds without a heartbeat end its traffic."""

    name: Name
    version: Line = "unknown"
    url: Url
    health_check: Path = "/health/ready"
    metadata: Metadata = Metadata()
    ttl: float | None = Field(default=None, ge=1, le=300)

    @field_validator("metadata")
    @classmethod
    def _is_small(cls, metadata: Metadata) -> Metadata:
        if len(metadata.model_dump_json()) > MOST_METADATA_BYTES:
            raise ValueError(f"must be at most {MOST_METADATA_BYTES} bytes of JSON")
        return metadata


class PickQuery(Message):
    """The zone whose instances are preferred."""

    zone: Name | None = None


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
