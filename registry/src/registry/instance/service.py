"""The use cases of the registry, each one step: load, decide, save."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from . import rotation, secret
from .errors import NoHealthyInstance, UnknownInstance, UnknownService
from .models import Check, Instance, State
from .registration import Farewell, Registration
from .repository import Instances

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lease:
    """What whoever registers is given; the secret is told only here."""

    instance_id: str
    lease_secret: str
    ttl: float
    revision: int


def register(instances: Instances, said: Registration) -> tuple[Lease, bool]:
    """A new lease for the instance at this place, and whether the instance is new."""
    lease_secret, digest = secret.make()
    known = instances.get(instances.id_at(said.name, said.url))
    now, rules = instances.clock(), instances.rules
    if known is None:
        instances.require_room(said.name)
        instance = Instance.create(said, digest, now, rules)
    else:
        instance = known.registered_again(said, digest, now, rules)
        instances.changed()
    instances.save(instance)
    log.info("instance.registered", name=instance.name, instance=instance.id, url=instance.url)
    lease = Lease(instance.id, lease_secret, instance.ttl, instances.revision)
    return lease, known is None


def renew(instances: Instances, id: str, lease_secret: str) -> Instance:
    instance = instances.get(id)
    if instance is None:
        raise UnknownInstance(f"no instance {id}: register again")
    secret.require(lease_secret, instance.secret_digest)
    renewed = instance.renewed(instances.clock())
    instances.save(renewed)
    return renewed


def unregister(instances: Instances, said: Farewell) -> str:
    """The id of the instance that left; to say goodbye twice is no mistake."""
    leaving = said.instance_id or instances.id_at(said.name or "", said.url or "")
    instance = instances.get(leaving)
    remains = instance or instances.tombstone(leaving)
    if remains is None:
        raise UnknownInstance(f"no instance {leaving or f'of {said.name} at {said.url}'}")
    secret.require(said.lease_secret, remains.secret_digest)
    if instance is not None:
        instances.bury(instance)
        log.info("instance.left", name=instance.name, instance=leaving)
    return leaving


def pick(instances: Instances, name: str) -> Instance:
    """The healthy instance whose turn it is."""
    known = instances.serving(name)
    if not known:
        raise UnknownService(f"no service {name}")
    now = instances.clock()
    healthy = {one.id: one for one in known if one.state(now) is State.healthy}
    if not healthy:
        raise NoHealthyInstance(f"none of the {len(known)} known instances of {name} is healthy")
    weights = {key: one.metadata.weight for key, one in healthy.items()}
    chosen, instances.credits[name] = rotation.turn(instances.credits.get(name, {}), weights)
    return healthy[chosen]


def record(instances: Instances, id: str, check: Check) -> None:
    """Keep what a check found; an instance that left meanwhile stays away."""
    instance = instances.get(id)
    if instance is None:
        return
    checked = instance.checked(check, instances.rules)
    instances.save(checked)
    if checked.passing is not instance.passing:
        log.info("instance.verdict", name=instance.name, instance=id, outcome=check.outcome)


def sweep(instances: Instances) -> None:
    """Let time do its work: evict who was silent for too long, announce who just fell silent."""
    now = instances.clock()
    for instance in instances.all():
        if instance.expired(now, instances.rules):
            instances.remove(instance)
            log.info("instance.evicted", name=instance.name, instance=instance.id)
        else:
            instances.announce(instance)
    instances.clear_tombstones()
