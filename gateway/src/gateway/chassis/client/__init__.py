"""Calls to other services, by their name:

    product = await Client.of(request).get("product-service", f"/v1/products/{id}", model=Product)

Every call has a time limit that its caller's deadline shortens; what may be repeated is repeated,
elsewhere first and within a budget; a service that fails is left alone for a while, and one that is
slow gets a bounded share of this one.  See `Client` for what a call can raise.
"""

from __future__ import annotations

from typing import Final

from ..application import Application
from ..settings import Settings
from .answer import Answer, Problem
from .call import Call, Limits
from .client import Client
from .errors import UpstreamProblem
from .metrics import Metrics
from .settings import ClientSettings

__all__ = [
    "SETTINGS",
    "Answer",
    "Call",
    "Client",
    "ClientSettings",
    "Limits",
    "Problem",
    "UpstreamProblem",
    "install",
]

SETTINGS: Final[tuple[type[Settings], ...]] = (ClientSettings,)


def install(app: Application) -> None:
    settings = app.settings(ClientSettings)
    metrics = Metrics(app.metrics.registry)
    app.own(Client(settings, app.tracing, metrics, credentials=lambda: app.credentials))
