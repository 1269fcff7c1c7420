"""Live messages to many clients, across replicas: one WebSocket at /v1/ws, many topics on it.

    app.resource(Hub).topics.declare("orders/{id}", policy=may_follow_order)
    await Hub.of(request).publish(f"orders/{id}", "order.paid", {"status": "paid"})

A client sends                 and gets
    {op:auth, token}           {op:authenticated}
    {op:sub, topic, after?}    {op:subscribed, topic, id} or {op:error, topic, code, detail}
    {op:unsub, topic}          {op:unsubscribed, topic}
                               {op:event, topic, seq, id, type, data}
                               {op:reset, topic, id}

Within a topic `seq` rises by one.  `after` is the last `id` that the client has seen: what was
published since comes first, from the last 1,000 events of the last 24 hours.  Where that is not
enough, {op:reset}: what the client knows is out of date, and what follows goes on from there.
"""

from __future__ import annotations

from typing import Final

from nexios.websockets import WebSocket

from ..application import Application
from ..policy import PUBLIC
from ..routing import Router
from ..settings import Settings
from ..valkey import Valkey
from .door import Door
from .hub import Hub
from .metrics import HubMetrics
from .protocol import server_options
from .settings import WebSocketSettings
from .streams import Streams
from .topics import authenticated, public

__all__ = ["SETTINGS", "Hub", "WebSocketSettings", "authenticated", "install", "public"]

SETTINGS: Final[tuple[type[Settings], ...]] = (WebSocketSettings,)


def install(app: Application) -> None:
    settings = app.settings(WebSocketSettings)
    valkey = app.resource(Valkey)
    metrics = HubMetrics(app.metrics.registry)
    hub = Hub(valkey, Streams(valkey, app.name), metrics)
    door = Door(app, hub, settings, metrics)
    router = Router(policy=PUBLIC)  # who it is, the door asks: by a header or in the first frame

    @router.ws_route("/v1/ws")
    async def live(websocket: WebSocket) -> None:
        await door.meet(websocket)

    app.own(hub)
    app.include(router)
    app.server_options |= server_options(settings)
