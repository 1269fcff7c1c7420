"""From the entries of stack.yml to the units that make the stack."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dev.console import colour_hint
from dev.needs import needs_database, needs_redis, needs_secret
from dev.ports import LOOPBACK, free_port
from dev.probes import http
from dev.tokens import auth_settings
from dev.units import Step, Unit
from tools.environment import filled
from tools.instances import Instance, all_instances, instances_of
from tools.outside import Outside
from tools.servers import Servers
from tools.stackfile import Entry, Stackfile

# Without its place there a service would count as ready before the gateway can know of it.
REGISTERED = '"registry":{"status":"ok"'

GATEWAY = "gateway"
REGISTRY = "registry"
VALKEY = "valkey"  # as stack.yml calls it

# All that a child gets of our environment: what the user's shell sets is no setting of ours.
_PASSED_ON = frozenset({"PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "NO_COLOR"})
_PASSED_ON_PREFIXES = ("LC_", "PYTHON")


@dataclass(frozen=True)
class Plan:
    """Which services run, in how many processes, on which ports, and with which servers."""

    stackfile: Stackfile
    replicas: int
    ports: Mapping[str, int]
    servers: Servers
    environment: Mapping[str, str]

    @property
    def instances(self) -> list[Instance]:
        """Every process of a service, the shared ones first."""
        return all_instances(self.stackfile, self.replicas)

    def replicas_of(self, entry: Entry) -> list[Instance]:
        """The processes of one service."""
        return instances_of(entry, self.replicas if entry in self.stackfile.services else 1)

    def url(self, name: str) -> str:
        """Where a service or one process of it is reached."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def database_url(self, entry: Entry) -> str | None:
        """How a service reaches its database, if it has one."""
        return self.servers.database_urls.get(entry.name)

    def environment_of(self, entry: Entry) -> dict[str, str]:
        """The settings of a service, as its first process has them."""
        return self._environment(Instance(entry))

    def units(self, once_ready: Step) -> list[Unit]:
        """The servers and the services; the step is taken each time a service becomes ready."""
        services = [self._unit(instance, once_ready) for instance in self.instances]
        outside = [self._outside_unit(thing) for thing in self.stackfile.outside]
        return [*self.servers.units, *outside, *services]

    def _outside_unit(self, thing: Outside) -> Unit:
        return Unit(
            name=thing.name,
            argv=[sys.executable, "-m", thing.module],
            env=_passed_on(self.environment) | self._filled(thing.name, thing.environment),
            folder=thing.folder,
            ready=http(self.ports[thing.name], "/health"),
        )

    def _filled(self, name: str, environment: Mapping[str, str]) -> dict[str, str]:
        services = [entry.name for entry in self.stackfile.services]
        urls = {one: self.url(one) for one in self.ports} | {VALKEY: self.servers.redis_url}
        return filled(environment, name, urls, self.ports, self.servers.secret_of, services)

    def _unit(self, instance: Instance, once_ready: Step) -> Unit:
        return Unit(
            name=instance.name,
            argv=[sys.executable, "-m", instance.entry.package],
            env=self._environment(instance),
            folder=instance.entry.folder,
            after=self._needs(instance),
            ready=http(
                self.ports[instance.name],
                "/health/ready",
                says=REGISTERED if _asks_registry(instance.entry) else "",
            ),
            once_ready=once_ready,
        )

    def _needs(self, instance: Instance) -> Sequence[str]:
        servers = [unit.name for unit in self.servers.units]
        others = [other.name for other in self.instances if other != instance]
        if instance.name == GATEWAY:
            return others
        return [*servers, *(name for name in others if name == REGISTRY != instance.name)]

    def _environment(self, instance: Instance) -> dict[str, str]:
        entry = instance.entry
        own = {
            "ENVIRONMENT": "development",
            "HOST": LOOPBACK,
            "PORT": str(self.ports[instance.name]),
            "PYTHONUNBUFFERED": "1",
            "SERVICE_URL": self.url(instance.name),
        }
        if _asks_registry(entry):
            own["REGISTRY_URL"] = self.url(REGISTRY)
        if entry.name not in (GATEWAY, REGISTRY):
            own["TRUSTED_PROXIES"] = f"{LOOPBACK}/32"  # what the gateway says of its clients
        if needs_database(entry.features):
            own["DATABASE_URL"] = self.servers.database_urls[entry.name]
            own["DATABASE_POOL_SIZE"] = str(instance.pool_size)
        if needs_redis(entry.features):
            own["REDIS_URL"] = self.servers.redis_url
        if needs_secret(entry.features) and "AUTH_JWKS_URL" not in entry.environment:
            own |= auth_settings(self.servers.secret)
        own |= self._filled(entry.name, entry.environment)
        return _passed_on(self.environment) | colour_hint(sys.stdout) | own


def choose_ports(
    stackfile: Stackfile, gateway_port: int | None, replicas: int = 1
) -> dict[str, int]:
    """The ports of stack.yml, and free ones for further replicas; with a port for the gateway,
    free ones for everything else."""
    named = dict(stackfile.ports)
    more = [one.name for one in all_instances(stackfile, replicas) if one.name not in named]
    if gateway_port is None:
        return named | {name: free_port() for name in more}
    free = {name: free_port(besides=gateway_port) for name in [*named, *more]}
    return free | {GATEWAY: gateway_port}


def _asks_registry(entry: Entry) -> bool:
    return "registry" in entry.features or entry.name == GATEWAY


def _passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
