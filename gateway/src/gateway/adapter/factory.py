"""The gateway for a server that is not uvicorn: `granian --interface asgi --factory …:create`."""

from __future__ import annotations

from ..app import create_app
from ..chassis.settings import ServiceSettings
from ..plane.plane import Plane
from ..settings import UpstreamSettings
from .adapter import Adapter
from .upstream import Upstreams


def create() -> Adapter:
    """The application, with the adapter in front of it."""
    app = create_app()
    upstreams = Upstreams(app.settings(UpstreamSettings))
    app.own(upstreams)
    return Adapter(
        app,
        edge=app.resource(Plane).edge,
        upstreams=upstreams,
        trusted=app.settings(ServiceSettings).trusted_proxies,
    )
