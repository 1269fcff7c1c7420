"""The use cases of the registry: load, decide, save; whoever was too late decides again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from ..chassis.errors import Unavailable
from . import secret
from .address import Place
from .errors import QuotaExceeded, UnknownInstance
from .models import Departure, Instance
from .registration import Farewell, Registration
from .repository import Repository, Stale, place
from .view import View

_ATTEMPTS: Final = 8

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lease:
    """What whoever registers is given; the secret is told only here."""

    instance_id: str
    lease_secret: str
    ttl: float
    revision: int


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many there may be; replicas that register at the same moment may pass it by one each."""

    instances: int
    instances_per_service: int

    def require_room(self, view: View, name: str) -> None:
        """Raise QuotaExceeded if one more instance of this service were one too many."""
        if len(view) >= self.instances:
            raise QuotaExceeded(f"there are {self.instances} instances, and no room")
        if len(view.serving(name)) >= self.instances_per_service:
            most = self.instances_per_service
            raise QuotaExceeded(f"{name} has {most} instances, and may have no more")


async def register(
    repository: Repository, said: Registration, where: Place, quotas: Quotas, ttl: float
) -> tuple[Lease, bool]:
    """A new lease for the instance at this place, and whether the instance is new."""
    lease_secret, digest = secret.make()
    fresh = Instance.create(said, where.url, where.address, digest, said.ttl or ttl)
    for _ in range(_ATTEMPTS):
        known = repository.view.at(said.name, where.url)
        if known is None:
            quotas.require_room(repository.view, said.name)
        try:
            saved = await repository.save(fresh.succeeds(known) if known else fresh)
        except Stale:
            await repository.catch_up()
        else:
            log.info("instance.registered", name=saved.name, instance=saved.id, url=saved.url)
            return Lease(saved.id, lease_secret, saved.ttl, saved.revision), known is None
    raise Unavailable(f"{said.name} at {where.url} changes all the time")


async def renew(repository: Repository, id: str, lease_secret: str) -> Instance:
    instance = await _held(repository, id, lease_secret)
    await repository.beat(id)
    return instance


async def unregister(repository: Repository, said: Farewell, url: str | None) -> tuple[str, int]:
    """The id of who left and the revision since; to say goodbye twice is no mistake."""
    for _ in range(_ATTEMPTS):
        await repository.catch_up()
        instance = _leaving(repository.view, said, url)
        if instance is None:
            return await _left_before(repository, said, url), repository.view.revision
        secret.require(said.lease_secret, instance.secret_digest)
        try:
            revision = await repository.remove(instance, Departure.left)
        except Stale:
            continue
        log.info("instance.left", name=instance.name, instance=instance.id)
        return instance.id, revision
    raise Unavailable(f"{said.instance_id or said.name} changes all the time")


async def suspect(repository: Repository, id: str) -> Instance:
    """Somebody could not reach it: nothing but a check decides what that means.

    An instance that gets no traffic anyway stays as it is.
    """
    if repository.view.get(id) is None:
        await repository.catch_up()
    changed = await amend(
        repository, id, lambda one: one.doubted() if one.passing and not one.silent else one
    )
    if changed is None:
        raise UnknownInstance(f"no instance {id}")
    return changed


async def amend(
    repository: Repository, id: str, decide: Callable[[Instance], Instance]
) -> Instance | None:
    """Change one instance as decided on its newest value; None if it is gone."""
    for _ in range(_ATTEMPTS):
        instance = repository.view.get(id)
        if instance is None:
            return None
        decided = decide(instance)
        if decided == instance:
            return instance
        try:
            return await repository.save(decided)
        except Stale:
            await repository.catch_up()
    raise Unavailable(f"instance {id} changes all the time")


async def _held(repository: Repository, id: str, lease_secret: str) -> Instance:
    """The instance of this lease; another replica may know of it a moment earlier."""
    instance = repository.view.get(id)
    if instance is None or not secret.fits(lease_secret, instance.secret_digest):
        await repository.catch_up()
        instance = repository.view.get(id)
    if instance is None:
        raise UnknownInstance(f"no instance {id}: register again")
    secret.require(lease_secret, instance.secret_digest)
    return instance


def _leaving(view: View, said: Farewell, url: str | None) -> Instance | None:
    if said.instance_id is not None:
        return view.get(said.instance_id)
    return view.at(said.name or "", url or "")


async def _left_before(repository: Repository, said: Farewell, url: str | None) -> str:
    key = said.instance_id or place(said.name or "", url or "")
    remains = await repository.tombstone(key)
    if remains is None:
        raise UnknownInstance(f"no instance {key}")
    secret.require(said.lease_secret, remains.secret_digest)
    return remains.id
