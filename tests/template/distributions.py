"""What comes with a requirement: the distributions, and the packages that they bring."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def brought_by(requirements: Iterable[str]) -> set[str]:
    """The distributions that these ask for and all that those need, with the extras asked for."""
    brought: dict[str, set[str]] = {}
    for one in requirements:
        _bring(Requirement(one), brought)
    return set(brought)


@cache
def packages() -> Mapping[str, set[str]]:
    """The packages that can be imported, by the distribution that they are in."""
    found = defaultdict[str, set[str]](set)
    for package, distributions in packages_distributions().items():
        for one in distributions:
            found[canonicalize_name(one)].add(package)
    return found


def _bring(wanted: Requirement, brought: dict[str, set[str]]) -> None:
    name = canonicalize_name(wanted.name)
    if name in brought and wanted.extras <= brought[name]:
        return
    brought[name] = brought.get(name, set()) | wanted.extras
    for need in _needs(name):
        extras = brought[name] or {""}
        if need.marker is None or any(need.marker.evaluate({"extra": one}) for one in extras):
            _bring(need, brought)


@cache
def _needs(name: str) -> list[Requirement]:
    try:
        return [Requirement(one) for one in requires(name) or []]
    except PackageNotFoundError:  # meant for another platform, or named in an answer alone
        return []
