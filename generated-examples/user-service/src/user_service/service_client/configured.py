"""The service clients that the settings name, besides those that an operator has admitted."""

from __future__ import annotations

from typing import ClassVar

from ..chassis.resource import Resource
from ..settings import ServiceClientSettings
from .models import ServiceClient


class Configured(Resource):
    """Known by the hashes of their secrets; who has the settings can act for none of them."""

    name: ClassVar[str] = "configured-clients"

    def __init__(self, settings: ServiceClientSettings) -> None:
        self._clients = {
            name: ServiceClient(name, bytes.fromhex(digest))
            for name, _, digest in (one.partition("=") for one in settings.clients)
        }

    def find(self, name: str) -> ServiceClient | None:
        return self._clients.get(name)
