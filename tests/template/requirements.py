"""Imports of a rendered service that lead to a package which it does not require.

All services of this repository share one environment, and whoever scaffolds one has none but its
own: what one service requires must not hide that another does not.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from distributions import brought_by, packages
from imports import read


def unrequired(files: Mapping[str, str]) -> Iterator[str]:
    """Each import of a package that comes with nothing which pyproject.toml asks for."""
    project = tomllib.loads(files["pyproject.toml"])
    own = {"dev", "tests", project["tool"]["service"]["package"]}
    at_work = project["project"]["dependencies"]
    present = {
        "src": _importable(at_work),
        "tests": _importable([*at_work, *group(project, "dev")]),
    }
    present["dev"] = present["tests"]
    for path, text in files.items():
        part = path.partition("/")[0]
        if part in present and path.endswith(".py"):
            known = own | present[part]
            yield from (f"{path}: {one}" for one in _imported(text) if one not in known)


def group(project: Mapping[str, Any], name: str) -> Iterator[str]:
    """The requirements of a dependency group, and of the groups in it."""
    for one in project["dependency-groups"][name]:
        yield from [one] if isinstance(one, str) else group(project, one["include-group"])


def _importable(requirements: list[str]) -> set[str]:
    return set().union(*(packages()[one] for one in brought_by(requirements)))


def _imported(text: str) -> set[str]:
    names = {said.partition(".")[0] for dots, said in read(text).imported if not dots}
    return names - sys.stdlib_module_names
