"""The registry: tell it where this service is, stay known while it runs, leave at the stop.

The registry's absence never stops the service: it registers again by itself when the registry is
back, and its readiness is `degraded` meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import socket
from collections.abc import Mapping
from typing import ClassVar, Final

import structlog
from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from . import deferred
from .application import Application
from .deferred import aiohttp
from .publication import LIVE, published
from .resource import Resource
from .settings import ServiceSettings, Settings

# Forgotten, or renewed by another process at the same place.
_LEASE_IS_DEAD: Final = (404, 403)
_HTTP: Final = "^https?://"
_LABEL: Final = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"

log = structlog.get_logger()


class RegistrySettings(Settings):
    """Where the registry is, and at which URL others reach this service."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_")

    url: str = Field(pattern=_HTTP)
    token: SecretStr | None = None
    service_url: str | None = Field(default=None, pattern=_HTTP, validation_alias="SERVICE_URL")
    ttl_seconds: int = Field(default=15, ge=1, le=300)
    zone: str | None = Field(default=None, pattern=_LABEL)
    weight: int = Field(default=1, ge=1, le=100)
    # A header: requests that say the same there come to the same instance.
    hash_by: str | None = Field(default=None, pattern=_LABEL)
    call_seconds: float = Field(default=2.0, gt=0, le=30)


SETTINGS: Final[tuple[type[Settings], ...]] = (RegistrySettings,)


def install(app: Application) -> None:
    app.own(Registration(app, app.settings(RegistrySettings)))


class Lease(BaseModel):
    """What the registry answers: the instance's name there, and the right to renew it."""

    instance_id: str
    lease_secret: SecretStr
    ttl: float

    @property
    def proof(self) -> dict[str, str]:
        return {"lease_secret": self.lease_secret.get_secret_value()}


class Refused(Exception):
    """The registry's answer is no; the message is its sentence."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"{status}: {_detail(body)}")
        self.status = status


class Registration(Resource):
    """This instance's place in the registry, kept by a heartbeat."""

    name: ClassVar[str] = "registry"

    def __init__(self, app: Application, settings: RegistrySettings) -> None:
        self._app = app
        self._settings = settings
        self._lease: Lease | None = None
        self._known = False
        self._session: aiohttp.ClientSession | None = None
        self._heartbeat: asyncio.Task[None] | None = None

    async def __aexit__(self, *error: object) -> None:
        await self._stop()
        if self._session is not None:
            await self._session.close()

    async def ping(self) -> None:
        if not self._known:
            raise ConnectionError("not registered")

    async def listening(self) -> None:
        self._heartbeat = asyncio.create_task(self._stay_known(), name="registry-heartbeat")

    async def draining(self) -> None:
        await self._stop()
        lease, self._lease = self._lease, None
        if lease is None:
            return
        goodbye = {"instance_id": lease.instance_id, **lease.proof}
        try:
            await self._call("POST", "unregister", goodbye)
        except Exception as error:  # the border: a registry that does not answer stops nobody
            log.warning("registry.not_left", reason=str(error) or type(error).__name__)
        else:
            log.info("registry.left", instance=lease.instance_id)

    async def _stop(self) -> None:
        if self._heartbeat is None:
            return
        self._heartbeat.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._heartbeat
        self._heartbeat = None

    async def _stay_known(self) -> None:
        """Register, then renew three times a lease; whatever fails is tried again."""
        failures = 0
        while True:
            try:
                await (self._register() if self._lease is None else self._renew(self._lease))
                failures, self._known = 0, True
            except Exception as error:  # the border: a registry that does not answer stops nobody
                failures, self._known = failures + 1, False
                if failures == 1:
                    log.warning("registry.away", reason=str(error) or type(error).__name__)
            await asyncio.sleep(self._pause(failures))

    def _pause(self, failures: int) -> float:
        """Seconds until the next beat: a third of the lease, or a jittered backoff up to that."""
        if self._lease is not None and not failures:
            return self._lease.ttl / 3
        longest = min(5.0, self._settings.ttl_seconds / 3)
        return min(longest, 0.25 * 2.0 ** min(failures, 6)) * (0.5 + random.random() / 2)

    async def _register(self) -> None:
        answer = await self._call("POST", "register", self._description())
        self._lease = Lease.model_validate_json(answer)
        log.info("registry.joined", instance=self._lease.instance_id)

    async def _renew(self, lease: Lease) -> None:
        try:
            await self._call("PUT", f"leases/{lease.instance_id}", lease.proof)
        except Refused as refused:
            if refused.status not in _LEASE_IS_DEAD:
                raise
            self._lease = None
            await self._register()

    async def _call(self, method: str, path: str, said: Mapping[str, object]) -> bytes:
        """Raises Refused unless the answer is 2xx; ClientError or TimeoutError without one."""
        if self._session is None:
            self._session = await self._open()
        async with self._session.request(method, path, json=said) as response:
            body = await response.read()
        if not response.ok:
            raise Refused(response.status, body)
        return body

    async def _open(self) -> aiohttp.ClientSession:
        await deferred.load("aiohttp")
        token = self._settings.token
        return aiohttp.ClientSession(
            self._settings.url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {token.get_secret_value()}"} if token else {},
            timeout=aiohttp.ClientTimeout(total=self._settings.call_seconds),
        )

    def _description(self) -> dict[str, object]:
        service = self._app.settings(ServiceSettings)
        url = self._settings.service_url or f"http://{socket.gethostname()}:{service.port}"
        return {
            "name": self._app.name,
            "version": self._app.version,
            "url": url.rstrip("/"),
            "health_check": "/health/ready",
            "metadata": {
                "routes": published(self._app.routes),
                "zone": self._settings.zone,
                "weight": self._settings.weight,
                "hash_by": self._settings.hash_by,
                "websocket": any(one.raw_path == LIVE for one in self._app.websocket_routes),
            },
            "ttl": self._settings.ttl_seconds,
        }


def _detail(body: bytes) -> str:
    """What a problem document says, or the beginning of whatever else this is."""
    found = re.search(rb'"detail": *"([^"]*)"', body)
    return (found[1] if found else body[:100]).decode("ascii", "replace")
