"""The system in one file: stack.yml, read into the entries that everything else is made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

NAME = "stack.yml"

_KEYS = {"defaults", "shared", "services"}
_SERVICES_FOLDER = "generated-examples"


class StackfileError(ValueError):
    """The message names the entry and says what is wrong with it."""


@dataclass(frozen=True)
class Entry:
    """One service: its name, where it is rendered, and the answers it is rendered with."""

    name: str
    folder: Path
    port: int
    features: tuple[str, ...]
    answers: Mapping[str, Any]  # Any: what copier's questions allow

    @property
    def package(self) -> str:
        """The Python package of the service."""
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class Stackfile:
    """The shared services at the root of the repository, and the services of the system."""

    shared: tuple[Entry, ...]
    services: tuple[Entry, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them, the shared ones first."""
        return self.shared + self.services


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
    stackfile = Stackfile(
        shared=_entries(tables.get("shared"), "shared", root, defaults),
        services=_entries(tables.get("services"), "services", root / _SERVICES_FOLDER, defaults),
    )
    _require_distinct(stackfile)
    return stackfile


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
    port, features = answers.get("port"), answers.get("features")
    if type(port) is not int or not 0 < port < 2**16:
        raise StackfileError(f"{where}: port must be a number from 1 to 65535, not {port!r}")
    if not isinstance(features, list) or not all(isinstance(one, str) for one in features):
        raise StackfileError(f"{where}: features must be a list of names, not {features!r}")
    return Entry(name, folder / name, port, tuple(features), MappingProxyType(answers))


def _mapping(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise StackfileError(f"{where}: must be a table of names and values, not {value!r}")
    return value


def _require_distinct(stackfile: Stackfile) -> None:
    names: set[str] = set()
    ports: dict[int, str] = {}
    for entry in stackfile.entries:
        if entry.name in names:
            raise StackfileError(f"{entry.name}: there are two entries of that name")
        if other := ports.get(entry.port):
            raise StackfileError(f"{entry.name}: port {entry.port} is already {other}'s")
        names.add(entry.name)
        ports[entry.port] = entry.name
