"""What a service says about itself: the table [tool.service] of its pyproject.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from dev.errors import CannotStart


@dataclass(frozen=True)
class Project:
    """A service in its folder."""

    folder: Path
    name: str
    package: str
    port: int
    features: tuple[str, ...]
    publishes: tuple[str, ...] = ()
    consumes: tuple[str, ...] = ()


def read_project(folder: Path) -> Project:
    """Read the service in the folder; raise CannotStart when there is none."""
    file = folder / "pyproject.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))["tool"]["service"]
        return Project(
            folder=folder,
            name=str(table["name"]),
            package=str(table["package"]),
            port=int(table["port"]),
            features=tuple(table["features"]),
            publishes=tuple(table.get("publishes", ())),
            consumes=tuple(table.get("consumes", ())),
        )
    except FileNotFoundError:
        raise CannotStart(f"{folder} is not a service: it has no pyproject.toml") from None
    except KeyError as error:
        raise CannotStart(f"{file} has no {error} where [tool.service] should have it") from None
