"""How clients come in: the data plane inside uvicorn, in one process or in several."""

from __future__ import annotations

from functools import partial

from .chassis.application import Application
from .chassis.settings import ServiceSettings
from .plane.plane import Plane, Timeouts
from .plane.protocol import protocol_of
from .settings import ClientSettings, WorkerSettings
from .wire.contract import Edge
from .workers import Lifeline, supervise

SETTINGS = (ClientSettings, WorkerSettings)


def install(app: Application, edge: Edge) -> None:
    """Everything that is for the services goes where the edge decides."""
    patience = app.settings(ClientSettings)
    plane = Plane(
        edge,
        stopping=lambda: app.stopping,
        trusted=app.settings(ServiceSettings).trusted_proxies,
        timeouts=Timeouts(
            head=patience.head_seconds, idle=patience.idle_seconds, write=patience.write_seconds
        ),
    )
    app.own(plane)
    app.own(Lifeline())
    app.server_options["http"] = protocol_of(plane)
    workers = app.settings(WorkerSettings).web_concurrency
    if workers > 1:
        app.supervise = partial(supervise, workers)
