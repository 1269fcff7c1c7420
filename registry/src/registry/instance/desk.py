"""What a route needs to answer: the truth, the rules for new ones, and whose turn it is."""

from __future__ import annotations

from typing import ClassVar

from ..chassis.resource import Resource
from ..settings import GuardSettings
from .address import Place, locate
from .repository import Repository
from .rotation import Rotation
from .service import Quotas


class Desk(Resource):
    """Where calls arrive."""

    name: ClassVar[str] = "desk"

    def __init__(
        self, repository: Repository, quotas: Quotas, guard: GuardSettings, *, ttl: float
    ) -> None:
        self.repository = repository
        self.view = repository.view
        self.quotas = quotas
        self.ttl = ttl
        self.rotation = Rotation(repository.view)
        self._allowed = guard.allowed
        self._loopback = guard.in_development

    async def locate(self, url: str) -> Place:
        """Where this URL leads; raises RefusedUrl unless it may be registered."""
        return await locate(url, self._allowed, loopback=self._loopback)
