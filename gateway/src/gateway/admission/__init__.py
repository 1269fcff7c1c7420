"""Who is let in: the policy of the route, how often, and from which page."""

from __future__ import annotations

from ..chassis.application import Application
from ..chassis.auth.bearer import BearerAuthenticator
from ..chassis.cors import CorsSettings, Origins
from ..chassis.settings import ServiceSettings
from ..chassis.valkey import Valkey
from ..routing.discovery import Discovery
from ..settings import LimitSettings, UpstreamSettings
from ..wire.contract import Limits
from .access import access_log
from .buckets import Buckets
from .classes import Classes
from .edge import GatewayEdge
from .identity import Callers
from .output import Output
from .told import Told

__all__ = ["edge_of"]


def edge_of(app: Application, discovery: Discovery) -> GatewayEdge:
    """The control plane of this gateway, as the data plane sees it."""
    assert isinstance(app.authenticator, BearerAuthenticator)
    patience, cors = app.settings(UpstreamSettings), app.settings(CorsSettings)
    service, output = app.settings(ServiceSettings), Output()
    app.own(output)
    buckets = Buckets(app.resource(Valkey))
    app.own(buckets)
    return GatewayEdge(
        discovery,
        Callers(app.authenticator),
        buckets,
        Classes(app.settings(LimitSettings)),
        Origins(cors) if cors.origins else None,
        Limits(
            body_bytes=service.body_limit_bytes,
            in_flight=patience.connections,
            connect_seconds=patience.connect_seconds,
            first_byte_seconds=patience.first_byte_seconds,
            idle_seconds=patience.idle_seconds,
            total_seconds=patience.total_seconds,
        ),
        Told(app.metrics, app.tracing, access_log(app.name, service, output)),
    )
