"""What a route needs to answer: the truth, the rules for new ones, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ..chassis.resource import Resource
from .address import Network, Place, locate
from .repository import Repository
from .rotation import Rotation
from .service import Quotas


class Desk(Resource):
    """Where calls arrive."""

    name: ClassVar[str] = "desk"

    def __init__(
        self,
        repository: Repository,
        quotas: Quotas,
        *,
        ttl: float,
        allowed: Sequence[Network],
        loopback: bool,
    ) -> None:
        self.repository = repository
        self.view = repository.view
        self.quotas = quotas
        self.ttl = ttl
        self.rotation = Rotation(repository.view)
        self._allowed = allowed
        self._loopback = loopback

    async def locate(self, url: str) -> Place:
        """Where this URL leads; raises RefusedUrl unless it may be registered."""
        return await locate(url, self._allowed, loopback=self._loopback)
