"""The system in one file: stack.yml, read into the entries that everything else is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from tools.outside import Outside
from tools.publishers import PublisherError, publishers, with_publisher

NAME = "stack.yml"

_KEYS = {"defaults", "shared", "services", "outside", "seed"}
_OUTSIDE_KEYS = {"beside", "module", "ports", "environment"}
_SERVICES_FOLDER = "generated-examples"


class StackfileError(ValueError):
    """The message names the entry and says what is wrong with it."""


@dataclass(frozen=True)
class Entry:
    """One service: its name, where it is rendered, and the answers it is rendered with.

    `environment` is what it is told besides in the stack, see tools/environment.py.
    """

    name: str
    folder: Path
    port: int
    features: tuple[str, ...]
    publishes: tuple[str, ...]
    consumes: tuple[str, ...]
    answers: Mapping[str, Any]  # Any: what copier's questions allow
    environment: Mapping[str, str]

    @property
    def package(self) -> str:
        """The Python package of the service."""
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class Stackfile:
    """The shared services at the root of the repository, the services of the system, what stands
    for the world outside, and the module that fills a new stack."""

    shared: tuple[Entry, ...]
    services: tuple[Entry, ...]
    outside: tuple[Outside, ...] = ()
    seed: str | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All services, the shared ones first."""
        return self.shared + self.services

    @property
    def ports(self) -> list[tuple[str, int]]:
        """Every port that the stack listens on, with its name."""
        services = [(entry.name, entry.port) for entry in self.entries]
        return services + [
            (thing.port_name(name), port)
            for thing in self.outside
            for name, port in thing.ports.items()
        ]


def read_stackfile(root: Path) -> Stackfile:
    """Read the stack.yml in the folder; raise StackfileError at the first thing that is wrong."""
    try:
        content = yaml.safe_load((root / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StackfileError(f"there is no {NAME} in {root}") from None
    except yaml.YAMLError as error:
        raise StackfileError(f"{NAME} is not YAML: {error}") from error
    tables = _mapping(content, NAME)
    if unknown := sorted(map(str, tables.keys() - _KEYS)):
        raise StackfileError(f"{NAME}: unknown key {unknown[0]!r}; there are {sorted(_KEYS)}")
    defaults = _mapping(tables.get("defaults") or {}, "defaults")
    shared = _entries(tables.get("shared"), "shared", root, defaults)
    services = _entries(tables.get("services"), "services", root / _SERVICES_FOLDER, defaults)
    outside = _mapping(tables.get("outside") or {}, "outside")
    folders = {entry.name: entry.folder for entry in services}
    stackfile = Stackfile(
        shared,
        services,
        tuple(_outside(str(name), own, folders) for name, own in outside.items()),
        _module(tables.get("seed")),
    )
    _require_distinct(stackfile)
    try:
        known = publishers((entry.name, entry.publishes) for entry in stackfile.entries)
        return replace(
            stackfile,
            shared=_with_publishers(shared, known),
            services=_with_publishers(services, known),
        )
    except PublisherError as error:
        raise StackfileError(str(error)) from error


def _entries(
    table: object, where: str, folder: Path, defaults: Mapping[str, Any]
) -> tuple[Entry, ...]:
    return tuple(
        _entry(str(name), _mapping(own, f"{where}.{name}"), f"{where}.{name}", folder, defaults)
        for name, own in _mapping(table or {}, where).items()
    )


def _entry(
    name: str, own: Mapping[str, Any], where: str, folder: Path, defaults: Mapping[str, Any]
) -> Entry:
    answers = {**defaults, **own, "service_name": name}
    answers.pop("environment", None)
    environment = {
        **_texts(defaults.get("environment", {}), "defaults.environment"),
        **_texts(own.get("environment", {}), f"{where}.environment"),
    }
    port = answers.get("port")
    if type(port) is not int or not 0 < port < 2**16:
        raise StackfileError(f"{where}: port must be a number from 1 to 65535, not {port!r}")
    return Entry(
        name,
        folder / name,
        port,
        features=_names(answers.get("features"), f"{where}: features"),
        publishes=_names(answers.get("publishes", []), f"{where}: publishes"),
        consumes=_names(answers.get("consumes", []), f"{where}: consumes"),
        answers=MappingProxyType(answers),
        environment=MappingProxyType(environment),
    )


def _names(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise StackfileError(f"{where} must be a list of names, not {value!r}")
    return tuple(value)


def _outside(name: str, content: object, folders: Mapping[str, Path]) -> Outside:
    where = f"outside.{name}"
    own = _mapping(content, where)
    if unknown := sorted(map(str, own.keys() - _OUTSIDE_KEYS)):
        raise StackfileError(f"{where}: unknown key {unknown[0]!r}; use {sorted(_OUTSIDE_KEYS)}")
    beside, module, ports = own.get("beside"), own.get("module"), own.get("ports")
    if not isinstance(beside, str) or beside not in folders:
        raise StackfileError(f"{where}: beside must name one of the services, not {beside!r}")
    if not isinstance(module, str):
        raise StackfileError(f"{where}: module must be a Python module's name, not {module!r}")
    if not isinstance(ports, dict) or "http" not in ports:
        raise StackfileError(f"{where}: ports must name its ports, one of them http")
    environment = _texts(own.get("environment", {}), f"{where}.environment")
    return Outside(name, folders[beside], module, MappingProxyType(ports), environment)


def _module(name: object) -> str | None:
    if name is None or (isinstance(name, str) and name.replace(".", "_").isidentifier()):
        return name
    raise StackfileError(f"seed must be a Python module's name, not {name!r}")


def _texts(value: object, where: str) -> Mapping[str, str]:
    return MappingProxyType({name: str(text) for name, text in _mapping(value, where).items()})


def _mapping(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise StackfileError(f"{where}: must be a table of names and values, not {value!r}")
    return value


def _require_distinct(stackfile: Stackfile) -> None:
    names: set[str] = set()
    ports: dict[int, str] = {}
    for name, port in stackfile.ports:
        if name in names:
            raise StackfileError(f"{name}: there are two entries of that name")
        if other := ports.get(port):
            raise StackfileError(f"{name}: port {port} is already {other}'s")
        names.add(name)
        ports[port] = name


def _with_publishers(entries: tuple[Entry, ...], known: Mapping[str, str]) -> tuple[Entry, ...]:
    """The same entries, with the publisher's name before each type that they consume."""
    return tuple(_with_publisher(entry, known) if entry.consumes else entry for entry in entries)


def _with_publisher(entry: Entry, known: Mapping[str, str]) -> Entry:
    consumes = tuple(with_publisher(entry.name, said, known) for said in entry.consumes)
    answers = {**entry.answers, "consumes": list(consumes)}
    return replace(entry, consumes=consumes, answers=MappingProxyType(answers))
