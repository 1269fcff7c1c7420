"""Whom a step may ask."""

from __future__ import annotations

from dataclasses import dataclass

from ..chassis.client import Client
from ..provider import Provider


@dataclass(frozen=True, slots=True)
class Outside:
    """The other services, and who takes the money."""

    client: Client
    provider: Provider
