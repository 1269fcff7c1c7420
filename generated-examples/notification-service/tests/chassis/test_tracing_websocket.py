import aiohttp
import pytest
from nexios.websockets import WebSocket

from notification_service.chassis.application import Application, Blueprint
from notification_service.chassis.features import BLUEPRINT
from notification_service.chassis.routing import Router

from .fixtures_collector import Collector
from .fixtures_service import client_for

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


async def test_the_handshake_of_a_websocket_is_a_span(
    traced: pytest.MonkeyPatch, collector: Collector
) -> None:
    async def meet(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    router = Router()
    router.ws_route("/meeting", meet)
    app = Application(Blueprint(BLUEPRINT.name, "test", []))
    app.include(router)
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}

    async with (
        client_for(app) as http,
        aiohttp.ClientSession() as session,
        session.ws_connect(str(http.base_url.join("/meeting")), headers=headers),
    ):
        [span] = await collector.until("GET /meeting")

    assert (span.trace_id, span.parent_id) == (TRACE, PARENT)
    assert span.attributes["http.response.status_code"] == 101
