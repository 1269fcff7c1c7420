"""What is said on one connection: who it is, and which topics it follows."""

from __future__ import annotations

import asyncio
import time

from nexios.types import Scope

from ..context import RawHeaders
from ..errors import Unauthorized, Unavailable
from ..handshake import token_in_query
from ..policy import AUTHENTICATED, Authenticator, Principal
from ..valkey import ValkeyAway
from . import frames
from .channel import Channel, Follower
from .connection import Connection, Ended
from .frames import Authenticate, Code, Malformed, Subscribe, Unsubscribe
from .hub import Hub
from .settings import WebSocketSettings
from .streams import Position
from .topics import Topic

_AWAY = "live messages are not to be had now; try again"


class Session:
    """One client's conversation."""

    def __init__(
        self,
        hub: Hub,
        connection: Connection,
        authenticator: Authenticator | None,
        settings: WebSocketSettings,
    ) -> None:
        self.principal: Principal | None = None
        self._hub = hub
        self._connection = connection
        self._authenticator = authenticator
        self._settings = settings
        self._headers: RawHeaders = ()
        self._token: str | None = None
        self._followed: dict[str, tuple[Channel, Follower]] = {}
        self._introduced = asyncio.Event()

    async def introduce(self, scope: Scope) -> None:
        """Learn who it is, from the handshake or from the first frame.

        Without the feature `auth` it stays unknown.  Raises Ended if it is nobody we know.
        """
        if self._authenticator is not None:
            await self._learn_principal(scope)
        self._introduced.set()

    async def converse(self) -> None:
        """Answer every frame; raises Ended where the client is to be closed."""
        while True:
            try:
                frame = frames.parse(await self._connection.receive())
            except Malformed as error:
                await self._refuse(Code.MALFORMED, str(error))
                continue
            match frame:
                case Subscribe():
                    await self._subscribe(frame)
                case Unsubscribe():
                    self._unsubscribe(frame.topic)
                    await self._connection.send(frames.unsubscribed(frame.topic))
                case Authenticate():
                    await self._renew(frame.token.get_secret_value())

    async def stay_known(self) -> None:
        """Look again and again whether the token still holds; raises Ended when it does not."""
        await self._introduced.wait()
        while self._authenticator is not None and self.principal is not None:
            left = self.principal.exp - time.time()
            await asyncio.sleep(min(max(left, 0.5), self._settings.check_seconds))
            try:
                await self._authenticator.admit(self._headers, AUTHENTICATED, token=self._token)
            except Unauthorized as error:
                raise Ended(Code.REVOKED, str(error)) from None
            except Unavailable:
                continue  # who was known stays known while nobody can tell

    def leave(self) -> None:
        """Follow nothing any more."""
        for topic in list(self._followed):
            self._unsubscribe(topic)

    async def _learn_principal(self, scope: Scope) -> None:
        token = token_in_query(scope)
        if token is not None or any(name == b"authorization" for name, _ in scope["headers"]):
            await self._authenticate(scope["headers"], token)
            return
        try:
            async with asyncio.timeout(self._settings.auth_seconds):
                frame = frames.parse(await self._connection.receive())
        except TimeoutError:
            raise Ended(Code.AUTH_TIMEOUT, "no token came in time") from None
        except Malformed as error:
            raise Ended(Code.UNAUTHENTICATED, str(error)) from None
        if not isinstance(frame, Authenticate):
            raise Ended(Code.UNAUTHENTICATED, 'begin with {"op":"auth","token":…}')
        await self._authenticate((), frame.token.get_secret_value())
        await self._connection.send(frames.authenticated())

    async def _authenticate(self, headers: RawHeaders, token: str | None) -> None:
        assert self._authenticator is not None
        try:
            principal = await self._authenticator.admit(headers, AUTHENTICATED, token=token)
        except Unauthorized as error:
            raise Ended(Code.UNAUTHENTICATED, str(error)) from None
        except Unavailable as error:
            raise Ended(Code.TRY_AGAIN, str(error)) from None
        self.principal, self._headers, self._token = principal, headers, token

    async def _renew(self, token: str) -> None:
        """A newer token of the same caller: the connection lives on for as long as that."""
        if self._authenticator is None or self.principal is None:
            await self._refuse(Code.MALFORMED, "nobody has to say who they are here")
            return
        subject = self.principal.sub
        await self._authenticate((), token)
        if self.principal.sub != subject:
            raise Ended(Code.UNAUTHENTICATED, "the token is another subject's")
        await self._connection.send(frames.authenticated())

    async def _subscribe(self, frame: Subscribe) -> None:
        self._unsubscribe(frame.topic)
        if len(self._followed) >= self._settings.subscriptions:
            most = f"{self._settings.subscriptions} topics at most can be followed"
            await self._refuse(Code.TOO_MUCH, most, frame.topic)
            return
        try:
            topic = self._hub.topics.find(frame.topic)
            if topic is None or not await topic.admits(self.principal):
                await self._refuse(Code.FORBIDDEN, "you may not follow this topic", frame.topic)
                return
            await self._follow(topic, frame.after)
        except (ValkeyAway, Unavailable):
            self._unsubscribe(frame.topic)
            await self._refuse(Code.TRY_AGAIN, _AWAY, frame.topic)

    async def _follow(self, topic: Topic, after: str | None) -> None:
        channel = self._hub.enter(topic, self.principal)
        follower = Follower(self._connection, topic.name)
        self._followed[topic.name] = channel, follower
        newest = await channel.ready()
        follower.position = Position.parse(after) if after else newest
        await self._connection.send(frames.subscribed(topic.name, follower.position))
        await channel.join(follower)

    def _unsubscribe(self, topic: str) -> None:
        if topic in self._followed:
            channel, follower = self._followed.pop(topic)
            channel.followers.discard(follower)
            self._hub.leave(channel)

    async def _refuse(self, code: Code, detail: str, topic: str | None = None) -> None:
        await self._connection.send(frames.refused(code, detail, topic))
