"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from functools import partial

from .chassis.application import Application
from .chassis.features import BLUEPRINT
from .proxy.balancer import Balancer
from .proxy.forwarding import Proxy
from .proxy.upstream import Upstreams
from .routing.discovery import Discovery
from .settings import RegistrySettings, UpstreamSettings


def create_app() -> Application:
    app = Application(BLUEPRINT, settings=[RegistrySettings, UpstreamSettings])
    limits = app.settings(UpstreamSettings)
    discovery = Discovery(app.settings(RegistrySettings))
    upstreams = Upstreams(limits)
    app.own(discovery)
    app.own(upstreams)
    app.wrap(
        partial(Proxy, discovery=discovery, upstreams=upstreams, balancer=Balancer(), limits=limits)
    )
    return app
