"""What a service opens when it starts and closes when it stops."""

from __future__ import annotations

from typing import ClassVar, Self, TypeVar, cast

from nexios.http import Request


class CannotStart(Exception):
    """The service cannot start; the message is a sentence for the operator, who needs no trace."""


class Resource:
    """Opened in the order of installation, closed in reverse, pinged by the health routes.

    `essential` says what a failing ping means: without this resource the service cannot serve
    (readiness fails), or serves less well (readiness is degraded).
    """

    name: ClassVar[str]
    essential: ClassVar[bool] = False
    ping_seconds: ClassVar[float] = 2.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close the resource."""

    async def ping(self) -> None:
        """Raise if the resource cannot do its work now."""

    async def listening(self) -> None:
        """The server accepts connections from now on."""

    async def draining(self) -> None:
        """The service is about to stop, and still accepts connections."""

    @classmethod
    def of(cls, request: Request) -> Self:
        """The one instance that the service of this request owns."""
        return cast(Self, request.scope["base_app"].resources[cls])


AnyResource = TypeVar("AnyResource", bound=Resource)
