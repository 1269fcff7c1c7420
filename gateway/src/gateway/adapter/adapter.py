"""The wire of the data plane behind any ASGI server, with aiohttp towards the services.

It has no WebSockets: an ASGI server ends the handshake and the frames itself, with a key and
extensions of its own, and so neither could reach the service as the client sent it.
"""

from __future__ import annotations

import inspect
from time import monotonic

from ..asgi import App, Message, Receive, Scope, Send
from ..chassis.errors import ServiceError
from ..errors import NoWebSockets, UpgradeRequired
from ..plane.plane import serves
from ..wire import answers, naming, request
from ..wire.answers import Own
from ..wire.contract import Edge, Forward, Head, Names, Refuse, Verdict
from ..wire.peer import Networks, Peer
from .carrying import Carrying
from .told import Told
from .upstream import Upstreams


class Adapter:
    """Forwards what is for the services; everything else reaches the application."""

    def __init__(
        self, app: App, *, edge: Edge, upstreams: Upstreams, trusted: Networks = ()
    ) -> None:
        self._app = app
        self._edge = edge
        self._upstreams = upstreams
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not serves(scope["path"]):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await receive()
            send = _refusing(scope, send)
        client = scope.get("client")
        peer = Peer(client[0] if client else "", scope["scheme"], self._trusted)
        told = Told(send)
        try:
            head = request.read(_sent(scope), peer)
        except Exception as error:  # the border: whatever it is, the client is answered
            await self._refuse(answers.foreseen(error), peer, told)
            return
        verdict = await self._decide(head)
        if isinstance(verdict, Forward) and (scope["type"] == "websocket" or head.upgrade):
            verdict = Refuse(NoWebSockets("there are no WebSockets here"), verdict.plan.route)
        await self._answer(head, verdict, receive, told)

    async def _answer(self, head: Head, verdict: Verdict, receive: Receive, told: Told) -> None:
        began = monotonic()
        names = naming.name(head.brought)
        try:
            if isinstance(verdict, Forward):
                carrying = Carrying(head, verdict, names, self._upstreams)
                await carrying.carry(receive, told)
            else:
                await told.own(_own(head, verdict, names))
        finally:
            outcome = told.outcome(monotonic() - began, names)
            self._edge.finished(head, verdict, outcome)

    async def _refuse(self, error: ServiceError, peer: Peer, told: Told) -> None:
        """What came is no request."""
        names = naming.name(())
        told.failure = str(error)
        await told.last(answers.refusal(error, "", names))
        self._edge.finished(Head.nothing(peer.address), Refuse(error), told.outcome(0.0, names))

    async def _decide(self, head: Head) -> Verdict:
        try:
            verdict = self._edge.decide(head)
            decided: Verdict = await verdict if inspect.isawaitable(verdict) else verdict
        except Exception as error:  # the border: whatever it is, the client is answered
            return Refuse(answers.foreseen(error))
        if isinstance(decided, Forward) and decided.plan.tunnel and not head.upgrade:
            return Refuse(UpgradeRequired("this is a place for WebSockets"), decided.plan.route)
        return decided


def _sent(scope: Scope) -> bytes:
    """The head as it was on the wire, as far as the server tells."""
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    method = scope.get("method", "GET")  # which a handshake always is
    first = b"%b %b HTTP/%b" % (method.encode(), target, scope["http_version"].encode())
    lines = [b"%b: %b" % (name, value) for name, value in scope["headers"]]
    return b"\r\n".join([first, *lines, b"", b""])


def _refusing(scope: Scope, send: Send) -> Send:
    """The answer to a handshake; a server that knows but one says that it is forbidden."""
    told = "websocket.http.response" in (scope.get("extensions") or ())

    async def answer(message: Message) -> None:
        if told:
            await send({**message, "type": f"websocket.{message['type']}"})
        elif message["type"] == "http.response.start":
            await send({"type": "websocket.close"})

    return answer


def _own(head: Head, verdict: Verdict, names: Names) -> Own:
    if isinstance(verdict, Refuse):
        return answers.refusal(verdict.error, head.path, names, verdict.answer)
    assert not isinstance(verdict, Forward)
    return answers.own(verdict.status, verdict.headers, verdict.body, names)
